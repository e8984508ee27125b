import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    machine: 'src/machine/index.ts',
    schema: 'src/schema/index.ts',
    client: 'src/client/index.ts',
    react: 'src/react/index.ts',
    inspect: 'src/inspect/index.ts',
    'inspect/relay': 'src/inspect/transports/index.ts',
    testing: 'src/testing/index.ts',
    console: 'src/pages/index.ts',
    server: 'src/server/index.ts',
    'server/sqlite': 'src/server/store/sqlite/index.ts',
    'server/memory': 'src/server/store/memory.ts',
    'server/process': 'src/server/driver/process/index.ts',
    'server/simulated': 'src/server/driver/simulated/index.ts',
    'server/log': 'src/server/telemetry/log.ts',
    'server/metrics': 'src/server/telemetry/metrics.ts',
    cli: 'src/cli/index.ts',
  },
  dts: true,
  platform: 'neutral',
  target: 'node20',
  fixedExtension: false,
});
