/** One thing that is wrong in a database. */
export interface DataProblem {
  /** Whose it is, or null for what is of no one sandbox. */
  readonly sandboxId: string | null;
  /** A sentence. */
  readonly problem: string;
  /** What would help: another one. */
  readonly help: string;
}

/** What helps where nothing else does. */
export const backup = 'Restore it from a backup.';

/** What an attempt throws, as a sentence; undefined when it throws nothing. */
export function failureOf(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
