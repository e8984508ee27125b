import type { Clock } from '../../utils/clock.ts';
import type { ServerTime } from './server-update.ts';

/** An estimate of the offset between the server's clock and this machine's. */
export interface ClockOffset {
  /** The offset in ms; positive when the server is ahead. */
  aheadMs(): number;
  /**
   * Corrects the estimate by a response or a frame that the server wrote at `time`, after `sentAtMs` (epoch ms of this machine's
   * clock). Returns whether it is so much later than the estimate says that one of the clocks may have been corrected.
   */
  learn(time: ServerTime, sentAtMs: number): boolean;
}

/** The shortest step of the estimate, in ms. A smaller one is not worth a new view. */
const stepMs = 100;

/** The longest usual time between a frame and its arrival, in ms. */
const latestMs = 3_000;

/**
 * Creates an estimate that starts with equal clocks and changes only as far as a message disproves it. `onChange` is called
 * after each step.
 */
export function createClockOffset(clock: Clock, onChange: () => void): ClockOffset {
  let aheadMs = 0;
  return {
    aheadMs: () => aheadMs,
    learn({ atMs, precisionMs }, sentAtMs) {
      // The server read its clock after the request was sent, and before the message arrived.
      const leastMs = atMs - clock.now();
      const mostMs = Math.max(leastMs, atMs + precisionMs - sentAtMs);
      const nextMs = Math.min(Math.max(aheadMs, leastMs), mostMs);
      if (Math.abs(nextMs - aheadMs) > stepMs) {
        aheadMs = nextMs;
        onChange();
      }
      return aheadMs - leastMs > precisionMs + latestMs;
    },
  };
}
