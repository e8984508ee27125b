import { type Clock, elapsedBy } from '../../utils/clock.ts';
import type { Store } from '../store/store.ts';

/** Records that this host runs, so that the next one can read its downtime. */
export interface Heartbeat {
  /** Records a heartbeat now. Does not reject. */
  beat(): Promise<void>;
  /** Whether the last one was recorded long enough ago for the next. */
  isDue(): boolean;
  /** The error of the last one; null when it was recorded. */
  failure(): unknown;
}

/** The time between two heartbeats, in ms. */
const intervalMs = 5_000;

/** Creates a heartbeat that has recorded none yet. */
export function createHeartbeat(
  store: Pick<Store, 'recordHeartbeat'>,
  clock: Clock,
  onProblem: (error: unknown, sandboxId: null) => void,
): Heartbeat {
  let lastAt = Number.NEGATIVE_INFINITY;
  let failure: unknown = null;
  return {
    async beat() {
      lastAt = elapsedBy(clock);
      try {
        await store.recordHeartbeat(clock.now());
        failure = null;
      } catch (error) {
        failure = error;
        onProblem(error, null);
      }
    },
    failure: () => failure,
    isDue: () => elapsedBy(clock) - lastAt >= intervalMs,
  };
}
