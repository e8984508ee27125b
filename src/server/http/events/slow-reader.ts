import type { Clock } from '../../../utils/clock.ts';

/** How long a reader may take nothing while there is something to send, in ms. */
const slowestMs = 30_000;

/** How many changes may pile up in front of a reader that takes nothing. */
const mostBehind = 1_000;

/** How long a reader has to take nothing before what piles up is counted, in ms. */
const countAfterMs = 1_000;

/** The patience with a reader that takes nothing of what is there for it. */
export interface SlowReaderLimit {
  /** There is something, and the reader is not there. */
  start(): void;
  /** The reader came, or the stream is over. */
  stop(): void;
}

/** Patience that ends in cutting the reader off, with the reason. */
export function createPatience(
  clock: Clock,
  { isBehind, cutOff }: { isBehind(most: number): Promise<boolean>; cutOff(reason: string): void },
): SlowReaderLimit {
  let stop: () => void = () => {};

  return {
    start() {
      let isStopped = false;
      const cancelLimit = clock.wake(slowestMs, () => {
        cutOff('The reader took nothing for 30 s; connect again to go on.');
      });
      const cancelCount = clock.wake(countAfterMs, async () => {
        // An error comes again when the reader does, from a new reading.
        const isTooMuch = await isBehind(mostBehind).catch(() => false);
        if (isTooMuch && !isStopped)
          cutOff(`The reader is more than ${mostBehind} changes behind; connect again to go on.`);
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
