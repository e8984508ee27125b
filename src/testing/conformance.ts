/** One thing that an implementation owes. `run` rejects with an `AssertionError` when it does not keep it. */
export interface ConformanceCheck {
  readonly name: string;
  run(): Promise<void>;
}

/** A check of a suite, before it has a harness. */
export interface SuiteCheck<Harness, Option extends string> {
  readonly name: string;
  /** The option without which the check cannot run. */
  readonly needs?: Option;
  run(harness: Harness): Promise<void>;
}

/**
 * The checks of a suite for any test runner. Each one has a harness to itself, which is cleaned up at its end. A check that
 * needs an option that is left out does nothing, and says so in its name.
 */
export function conformanceChecks<Harness extends { cleanUp(): Promise<void> }, Option extends string>(
  checks: readonly SuiteCheck<Harness, Option>[],
  options: Readonly<Partial<Record<Option, unknown>>>,
  createHarness: () => Promise<Harness>,
): readonly ConformanceCheck[] {
  return checks.map(({ name, needs, run }) => {
    if (needs !== undefined && options[needs] === undefined) {
      return { name: `(left out, for want of the option ${needs}) ${name}`, run: async () => {} };
    }
    return {
      name,
      async run() {
        const harness = await createHarness();
        try {
          await run(harness);
        } catch (error) {
          // The failure of the check comes first, whatever else fails because of it.
          await harness.cleanUp().catch(() => {});
          throw error;
        }
        await harness.cleanUp();
      },
    };
  });
}
