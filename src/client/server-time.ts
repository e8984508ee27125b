import type { Clock } from './clock.ts';
import type { Reading } from './transport.ts';

/** An estimate of the server's clock. */
export interface ServerTime {
  /** The server's clock now, in whole epoch ms. */
  now(): number;
  /** How far the server's clock is ahead of this machine's, in ms. */
  offsetMs(): number;
  /** Learns from an answer that was asked for at `began`, in epoch ms of this machine's clock. */
  learn(time: NonNullable<Reading['serverTime']>, began: number): void;
}

/** Estimates the offset from answers as they come: the one that leaves the least doubt counts. */
export function createServerTime(clock: Clock): ServerTime {
  let offset = 0;
  let doubt = Number.POSITIVE_INFINITY;
  return {
    now: () => Math.round(clock.now() + offset),
    offsetMs: () => offset,
    learn({ atMs, precisionMs }, began) {
      const ended = clock.now();
      const newDoubt = (ended - began + precisionMs) / 2;
      // An old estimate becomes more doubtful with each answer, so that a clock that was corrected is noticed.
      doubt *= 1.1;
      if (newDoubt > doubt || newDoubt < 0) return;
      doubt = newDoubt;
      offset = Math.round(atMs + precisionMs / 2 - (began + ended) / 2);
    },
  };
}
