import { nextTurn } from '../../utils/next-turn.ts';

/** The most rows of one deletion. It takes a few ms, so that a request waits no longer for it. */
export const batchSize = 100;

/** Repeated small deletions. */
export interface Batches {
  /**
   * Repeats a deletion while it deletes as many as its limit, or until it deletes none. Reports an error, and ends. Returns how many
   * were deleted.
   */
  repeat(deleteSome: (limit: number) => Promise<number>, end?: 'until nothing is left'): Promise<number>;
}

/** Creates repetitions that end with the signal. */
export function createBatches(
  closing: AbortSignal,
  onProblem: (error: unknown, sandboxId: null) => void,
): Batches {
  return {
    async repeat(deleteSome, end) {
      const least = end === undefined ? batchSize : 1;
      let total = 0;
      try {
        for (let count = least; count >= least && !closing.aborted; total += count) {
          count = await deleteSome(batchSize);
          // Requests are served between two batches.
          await nextTurn();
        }
      } catch (error) {
        if (!closing.aborted) onProblem(error, null);
      }
      return total;
    },
  };
}
