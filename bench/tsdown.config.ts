import { defineConfig } from 'tsdown';

// Plain JavaScript for plain Node: a loader for TypeScript names every closure again, which costs as much as the
// measured code.
export default defineConfig({
  entry: [
    'transition.ts',
    'durable-rate.ts',
    'many-sandboxes.ts',
    'growth.ts',
    'watchers.ts',
    'hosts-rate.ts',
    'hosts-latency.ts',
    'client-list.ts',
    'support/bench-server.ts',
    'support/committer.ts',
  ],
  outDir: '../node_modules/.cache/bench',
  platform: 'node',
  target: 'node20',
  dts: false,
  fixedExtension: false,
  logLevel: 'error',
});
