import { defineConfig } from 'vitest/config';

/** The tests that judge the machine: what mutants of it must not survive. */
export default defineConfig({
  test: {
    testTimeout: 120_000,
    include: [
      'test/unit/{lifecycle,generated,transition,refusal,bridge,policy,schema,duties}.test.ts',
      'test/property/{exhaustive,contract}.test.ts',
    ],
  },
});
