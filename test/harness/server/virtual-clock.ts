import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../../src/server/index.ts';

/** A clock that stands still until a test advances it. */
export interface VirtualClock extends Clock {
  /** Advances by this many ms: fires the due timers in the order of their times, and settles after each. */
  advance(milliseconds: number): Promise<void>;
  /** Runs all pending microtasks and immediates, without advancing the time. */
  settle(): Promise<void>;
  /** Changes the time without firing timers, as a correction of the machine's clock does. */
  jump(milliseconds: number): void;
  /** The longest requested sleep, in ms. */
  readonly longestSleep: number;
}

/** Creates a clock that starts at this instant (epoch ms). */
export function virtualClock(start = 1_000_000): VirtualClock {
  let time = start;
  let jumped = 0;
  let longestSleep = 0;
  const sleepers = new Set<{ at: number; callback: () => void }>();

  // Enough turns for the longest chain of promises between two timers.
  async function settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await setImmediate();
  }

  return {
    now: () => time + jumped,
    elapsed: () => time,
    wake(afterMs, callback) {
      longestSleep = Math.max(longestSleep, afterMs);
      const sleeper = { at: time + afterMs, callback };
      sleepers.add(sleeper);
      return () => sleepers.delete(sleeper);
    },
    async advance(milliseconds) {
      const end = time + milliseconds;
      await settle();
      for (;;) {
        const [first] = [...sleepers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (first === undefined) break;
        sleepers.delete(first);
        time = Math.max(time, first.at);
        first.callback();
        await settle();
      }
      time = end;
    },
    settle,
    jump(milliseconds) {
      jumped += milliseconds;
    },
    get longestSleep() {
      return longestSleep;
    },
  };
}
