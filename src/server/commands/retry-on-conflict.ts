import { type Clock, pause, systemClock } from '../../utils/clock.ts';
import { ContendedError } from '../errors.ts';
import { ConflictError, SnapshotUnusableError } from '../store/errors.ts';

/** The clock and the chance by which retries wait. */
export interface RetryTiming {
  readonly clock: Clock;
  /** Returns numbers from 0 to below 1. */
  readonly random: () => number;
}

/** The timing of a host that has no clock of its own. */
export const systemTiming: RetryTiming = { clock: systemClock({ unref: true }), random: Math.random };

/**
 * The maximum number of attempts of a commit. Each conflict means that another change of the same sandbox succeeded, so a command meets
 * at most as many as there are others at the same time.
 */
const mostTries = 100;

/** The longest pause before another attempt, in ms. The shortest is 1 ms. */
const longestPauseMs = 20;

/**
 * Runs `act` again when another writer has changed the sandbox or the snapshot between its read and its commit. Waits 1 to 20 ms
 * after a conflict, so that two hosts do not meet again. Throws {@link ContendedError} after 100 attempts.
 */
export async function retryOnConflict<Result>(
  act: () => Promise<Result>,
  { clock, random }: RetryTiming,
): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await act();
    } catch (error) {
      const isConflict = error instanceof ConflictError;
      if (!(isConflict || error instanceof SnapshotUnusableError)) throw error;
      if (tries === mostTries) throw new ContendedError(mostTries, error);
      // A snapshot that cannot be restored stays so: the next attempt reads it, and says why.
      if (isConflict) await pause(clock, 1 + Math.floor(random() * longestPauseMs));
    }
  }
}
