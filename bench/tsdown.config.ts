import { defineConfig } from 'tsdown';

// Plain JavaScript for a plain node: what runs TypeScript as it is names every closure anew, which costs as much as it measures.
export default defineConfig({
  entry: ['durable-rate.ts', 'many-sandboxes.ts', 'support/bench-server.ts'],
  outDir: '../node_modules/.cache/bench',
  platform: 'node',
  target: 'node20',
  dts: false,
  fixedExtension: false,
  logLevel: 'error',
});
