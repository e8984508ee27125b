import type { Clock } from '../../utils/clock.ts';

/** The one wake-up of a host: for the earliest timeout of all its sandboxes. */
export interface Alarm {
  /** There is a timeout at this instant (epoch ms): wake then, unless something earlier is set. */
  set(at: number): void;
  /** Drops the wake-up. Setting it again has no effect. */
  close(): void;
}

/**
 * The longest sleep, in ms. A timer holds some 24 days at most, and counts while a wall clock may be set forward: a
 * look once a minute is what both need.
 */
const longestSleepMs = 60_000;

/** An alarm that calls `onDue` once the instant has come. Whoever is called sets it again. */
export function createAlarm(clock: Clock, onDue: () => void): Alarm {
  let setTo = Number.POSITIVE_INFINITY;
  let cancel: () => void = () => {};
  let closed = false;

  function sleep(): void {
    cancel();
    const left = setTo - clock.now();
    cancel = clock.wake(Math.min(Math.max(left, 0), longestSleepMs), () => {
      if (clock.now() < setTo) return sleep();
      setTo = Number.POSITIVE_INFINITY;
      onDue();
    });
  }

  return {
    set(at) {
      if (closed || at >= setTo) return;
      setTo = at;
      sleep();
    },
    close() {
      closed = true;
      cancel();
    },
  };
}
