import type { Clock } from '../../utils/clock.ts';
import type { ServerUpdate } from './server-update.ts';

/** An estimate of the offset between the server's clock and this machine's. */
export interface ClockOffset {
  /** The offset in ms; positive when the server is ahead. */
  aheadMs(): number;
  /** Updates the estimate from a response whose request was sent at `sentAtMs`, in epoch ms of this machine's clock. */
  learn(time: NonNullable<ServerUpdate['serverTime']>, sentAtMs: number): void;
}

/** Creates an estimate that follows the response with the least uncertainty. */
export function createClockOffset(clock: Clock): ClockOffset {
  let aheadMs = 0;
  let uncertaintyMs = Number.MAX_SAFE_INTEGER;
  return {
    aheadMs: () => aheadMs,
    learn({ atMs, precisionMs }, sentAtMs) {
      const receivedAtMs = clock.now();
      const newUncertaintyMs = (receivedAtMs - sentAtMs + precisionMs) / 2;
      // The estimate becomes more uncertain with each response, so that the client notices a corrected clock.
      uncertaintyMs *= 1.1;
      if (newUncertaintyMs > uncertaintyMs || newUncertaintyMs < 0) return;
      uncertaintyMs = newUncertaintyMs;
      aheadMs = Math.round(atMs + precisionMs / 2 - (sentAtMs + receivedAtMs) / 2);
    },
  };
}
