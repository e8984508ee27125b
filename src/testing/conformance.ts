/** A check of one guarantee of an implementation. `run` rejects with an `AssertionError` when the check fails. */
export interface ConformanceCheck {
  readonly name: string;
  /** The reason why the check does nothing, which its name also has. Absent for a check that runs. */
  readonly skipped?: string;
  run(): Promise<void>;
}

/** A check of a suite, without a harness. */
export interface SuiteCheck<Harness, Option extends string> {
  readonly name: string;
  /** The option that the check needs, or several. */
  readonly needs?: Option | readonly Option[];
  run(harness: Harness): Promise<void>;
}

/**
 * Creates the checks of a suite, for any test runner. Each check gets its own harness and cleans it up at the end. A
 * check that needs a missing option does nothing, and its name says so.
 */
export function conformanceChecks<Harness extends { cleanUp(): Promise<void> }, Option extends string>(
  checks: readonly SuiteCheck<Harness, Option>[],
  options: Readonly<Partial<Record<Option, unknown>>>,
  createHarness: () => Harness | Promise<Harness>,
): readonly ConformanceCheck[] {
  return checks.map(({ name, needs, run }) => {
    const missing = [needs ?? []].flat().find((option) => options[option as Option] === undefined);
    if (missing !== undefined) return skippedCheck(name, `needs the option ${missing}`);
    return {
      name,
      async run() {
        const harness = await createHarness();
        try {
          await run(harness);
        } catch (error) {
          // Report the failure of the check, not a failure of the clean-up that follows from it.
          await harness.cleanUp().catch(() => {});
          throw error;
        }
        await harness.cleanUp();
      },
    };
  });
}

/** Creates a check that does nothing, and whose name has the reason. */
export function skippedCheck(name: string, reason: string): ConformanceCheck {
  return { name: `(skipped: ${reason}) ${name}`, skipped: reason, run: async () => {} };
}
