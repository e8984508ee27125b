import { defineConfig } from 'tsdown';

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    machine: 'src/machine/index.ts',
    schema: 'src/schema/index.ts',
    testing: 'src/testing/index.ts',
    server: 'src/server/index.ts',
    'server/sqlite': 'src/server/store/sqlite/index.ts',
    'server/memory': 'src/server/store/memory.ts',
    'server/process': 'src/server/driver/process/index.ts',
    cli: 'src/cli/index.ts',
  },
  dts: true,
  platform: 'neutral',
  target: 'node20',
  fixedExtension: false,
});
