import type { Clock } from '../../utils/clock.ts';
import type { ServerUpdate } from './server-update.ts';

/** An estimate of the server's clock. */
export interface ClockOffset {
  /** How far it is ahead of this machine's, in ms. */
  aheadMs(): number;
  /** Learns from an answer that was asked for at `began`, in epoch ms of this machine's clock. */
  learn(time: NonNullable<ServerUpdate['serverTime']>, began: number): void;
}

/** Estimates from answers as they come: the one that leaves the least doubt counts. */
export function createClockOffset(clock: Clock): ClockOffset {
  let ahead = 0;
  let doubt = Number.POSITIVE_INFINITY;
  return {
    aheadMs: () => ahead,
    learn({ atMs, precisionMs }, began) {
      const ended = clock.now();
      const newDoubt = (ended - began + precisionMs) / 2;
      // An old estimate becomes more doubtful with each answer, so that a clock that was corrected is noticed.
      doubt *= 1.1;
      if (newDoubt > doubt || newDoubt < 0) return;
      doubt = newDoubt;
      ahead = Math.round(atMs + precisionMs / 2 - (began + ended) / 2);
    },
  };
}
