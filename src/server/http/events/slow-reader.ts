import type { Clock } from '../../../utils/clock.ts';

/** The longest time in which a reader may take nothing while a frame is ready, in ms. */
const slowestMs = 30_000;

/** The greatest number of changes that may wait for a reader that takes nothing. */
const mostBehind = 1_000;

/** The time in which a reader takes nothing before the waiting changes are counted, in ms. */
const countAfterMs = 1_000;

/** Limits for a slow reader. */
export interface SlowReaderLimit {
  /** Starts the limits: a frame is ready, and the reader does not wait for it. */
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
        disconnect('The reader took nothing for 30 s; connect again to go on.');
      });
      const cancelCount = clock.wake(countAfterMs, async () => {
        // The next read of the reader reports the error again, from a new cursor.
        const isTooMuch = await isBehind(mostBehind).catch(() => false);
        if (isTooMuch && !isStopped)
          disconnect(`The reader is more than ${mostBehind} changes behind; connect again to go on.`);
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
