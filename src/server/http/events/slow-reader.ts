import type { Clock } from '../../../utils/clock.ts';

/** The longest time that a reader may read nothing while a frame is ready, in ms. */
const slowestMs = 30_000;

/** The maximum number of changes that may wait for a reader that reads nothing. */
const mostBehind = 1_000;

/** The time that a reader reads nothing before the waiting changes are counted, in ms. */
const countAfterMs = 1_000;

/** Limits for a slow reader. */
export interface SlowReaderLimit {
  /** Starts the limits: a frame is ready, and the reader is not waiting for it. */
  start(): void;
  /** Stops the limits: the reader takes the frame, or the stream has ended. */
  stop(): void;
}

/** Creates limits that disconnect the reader with a reason. */
export function createSlowReaderLimit(
  clock: Clock,
  { isBehind, disconnect }: { isBehind(most: number): Promise<boolean>; disconnect(reason: string): void },
): SlowReaderLimit {
  let stop: () => void = () => {};

  return {
    start() {
      let isStopped = false;
      const cancelLimit = clock.wake(slowestMs, () => {
        disconnect('The client read nothing for 30 s; reconnect to continue.');
      });
      const cancelCount = clock.wake(countAfterMs, async () => {
        // The next read, from a new cursor, reports the error again.
        const isTooMuch = await isBehind(mostBehind).catch(() => false);
        if (isTooMuch && !isStopped)
          disconnect(`The client is more than ${mostBehind} changes behind; reconnect to continue.`);
      });
      stop = () => {
        isStopped = true;
        cancelLimit();
        cancelCount();
      };
    },
    stop: () => stop(),
  };
}
