import type { Clock } from '../../utils/clock.ts';
import type { Store } from '../store/store.ts';

/** Deletes expired responses from a store. */
export interface Retention {
  start(): void;
  close(): void;
}

/** The time that the store keeps a response under its idempotency key, in ms. */
const keptMs = 24 * 60 * 60 * 1000;

/** The time between two deletions, in ms. */
const intervalMs = 10 * 60 * 1000;

/** Creates the retention of a store. It deletes at startup and then every ten minutes. */
export function createRetention(
  store: Store,
  clock: Clock,
  onProblem: (error: unknown, sandboxId: string | null) => void,
): Retention {
  let cancel = () => {};
  return {
    start: deleteExpired,
    close: () => cancel(),
  };

  function deleteExpired(): void {
    cancel = clock.wake(intervalMs, deleteExpired);
    store.forgetResponses(clock.now() - keptMs).catch((error: unknown) => onProblem(error, null));
  }
}
