import { defineConfig } from 'vitest/config';

// Generous: a limit is for what hangs, and a busy machine is no reason to fail.
const timeouts = { testTimeout: 60_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/{unit,property}/**/*.test.ts'], ...timeouts } },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          ...timeouts,
        },
      },
    ],
  },
});
