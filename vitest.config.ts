import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// A limit is for a test that hangs. With eight busy loops beside it, a test takes ten times as long.
const timeouts = { testTimeout: 600_000, hookTimeout: 600_000 };

export default defineConfig(({ mode }) => {
  const env: Record<string, string> = mode === 'deep' ? { TEST_DEEP: '1' } : {};
  const expect = { poll: { timeout: 120_000, interval: 25 } };
  // One more than there are processors, because tests of servers and pages also wait.
  const shared = { ...timeouts, env, expect, maxWorkers: availableParallelism() + 1 };
  // The files of one worker share their modules, which saves a third of the time. So every mock ends with its test.
  const sharedModules = { isolate: false, restoreMocks: true, unstubGlobals: true };
  return {
    test: {
      projects: [
        {
          test: { name: 'unit', include: ['test/{unit,property}/**/*.test.ts'], ...sharedModules, ...shared },
        },
        { test: { name: 'simulation', include: ['test/simulation/**/*.test.ts'], ...shared } },
        { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...shared } },
        { test: { name: 'postgres', include: ['test/postgres/**/*.test.ts'], ...shared } },
        { test: { name: 'browser', include: ['test/browser/**/*.test.ts'], ...shared } },
      ],
    },
  };
});
