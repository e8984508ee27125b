import type { Clock } from '../../utils/clock.ts';
import type { Store } from '../store/store.ts';

/** Forgets what is kept for a time only. */
export interface Housekeeping {
  start(): void;
  close(): void;
}

/** How long an answer is kept under its idempotency key, in ms. */
const keptMs = 24 * 60 * 60 * 1000;

/** How often it is looked for what can be forgotten, in ms. */
const intervalMs = 10 * 60 * 1000;

/** Housekeeping in a store: at once, and from then on every ten minutes. */
export function createHousekeeping(
  store: Store,
  clock: Clock,
  onProblem: (error: unknown, sandboxId: string | null) => void,
): Housekeeping {
  let cancel = () => {};
  return {
    start: tidy,
    close: () => cancel(),
  };

  function tidy(): void {
    cancel = clock.wake(intervalMs, tidy);
    store.forgetResponses(clock.now() - keptMs).catch((error: unknown) => onProblem(error, null));
  }
}
