import type { Clock } from '../../utils/clock.ts';
import { nextTurn } from '../../utils/next-turn.ts';
import type { Store } from '../store/store.ts';

/** Deletes expired responses, and the records of snapshots that were deleted long ago, from a store. */
export interface Retention {
  start(): void;
  close(): void;
}

/** The time that the store keeps a response under its idempotency key, and the record of a deleted snapshot, in ms. */
const keptMs = 24 * 60 * 60 * 1000;

/** The time between two deletions, in ms. */
const intervalMs = 10 * 60 * 1000;

/** The most rows of one deletion. It takes a few ms, so that a request waits no longer for it. */
const batchSize = 100;

/** Creates the retention of a store. It deletes at startup and then every ten minutes, in small batches. */
export function createRetention(
  store: Pick<Store, 'forgetResponses' | 'forgetSnapshots'>,
  clock: Clock,
  onProblem: (error: unknown, sandboxId: string | null) => void,
): Retention {
  let cancel = () => {};
  let isClosed = false;
  return {
    start: () => void deleteExpired(),
    close() {
      isClosed = true;
      cancel();
    },
  };

  async function deleteExpired(): Promise<void> {
    const before = clock.now() - keptMs;
    await repeat((limit) => store.forgetResponses(before, limit));
    await repeat((limit) => store.forgetSnapshots(before, limit));
    if (!isClosed) cancel = clock.wake(intervalMs, () => void deleteExpired());
  }

  /** Repeats a deletion until nothing is left. Requests are served between two batches. */
  async function repeat(deleteSome: (limit: number) => Promise<number>): Promise<void> {
    try {
      while (!isClosed && (await deleteSome(batchSize)) === batchSize) await nextTurn();
    } catch (error) {
      if (!isClosed) onProblem(error, null);
    }
  }
}
