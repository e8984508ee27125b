import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// Generous: a limit is for what hangs, and a busy machine is no reason to fail.
const timeouts = { testTimeout: 60_000, hookTimeout: 60_000 };

// By itself vitest leaves one of two processors unused.
const twoAtLeast = { ...timeouts, maxWorkers: Math.max(2, availableParallelism() - 1) };

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/{unit,property}/**/*.test.ts'], ...twoAtLeast } },
      { test: { name: 'simulation', include: ['test/simulation/**/*.test.ts'], ...twoAtLeast } },
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...twoAtLeast } },
      { test: { name: 'browser', include: ['test/browser/**/*.test.ts'], ...twoAtLeast } },
    ],
  },
});
