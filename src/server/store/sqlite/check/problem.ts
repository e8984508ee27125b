/** A fault in a database. */
export interface DataProblem {
  /** The sandbox with the fault, or null when the fault does not belong to one sandbox. */
  readonly sandboxId: string | null;
  /** A sentence that describes the fault. */
  readonly problem: string;
  /** A sentence that says how to fix it. */
  readonly help: string;
}

/** The help for faults that only a backup fixes. */
export const backup = 'Restore it from a backup.';

/** Runs a function and returns the message of its error; undefined when it does not throw. */
export function failureOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
