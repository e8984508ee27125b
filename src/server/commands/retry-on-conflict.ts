import { ConflictError, SnapshotUnusableError } from '../store/errors.ts';

/** The maximum number of attempts of a commit. More conflicts in a row indicate a fault, not a race. */
const mostTries = 10;

/** Runs `act` again when another writer has changed the sandbox or the snapshot between its read and its commit. */
export async function retryOnConflict<Result>(act: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await act();
    } catch (error) {
      const isConflict = error instanceof ConflictError || error instanceof SnapshotUnusableError;
      if (!isConflict || tries === mostTries) throw error;
    }
  }
}
