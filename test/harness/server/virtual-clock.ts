import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../../src/server/index.ts';

/** A clock that stands still until a test moves it on. */
export interface VirtualClock extends Clock {
  /** Moves on by so many ms, waking who is due in the order of their times, and lets everything that follows happen. */
  advance(milliseconds: number): Promise<void>;
  /** Lets everything happen that waits for nothing but its turn. */
  settle(): Promise<void>;
  /** Sets the time without waking anybody, as a correction of the machine's clock would. */
  jump(milliseconds: number): void;
  /** The longest sleep that was asked for, in ms. */
  readonly longestSleep: number;
}

/** A clock that begins at this instant (epoch ms). */
export function virtualClock(start = 1_000_000): VirtualClock {
  let time = start;
  let longestSleep = 0;
  const sleepers = new Set<{ at: number; callback: () => void }>();

  // As many turns as the longest chain of promises between two wake-ups can need.
  async function settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await setImmediate();
  }

  return {
    now: () => time,
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
      time += milliseconds;
    },
    get longestSleep() {
      return longestSleep;
    },
  };
}
