import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../utils/clock.ts';

/** A clock for one host, which the suite can stop as a crash of the host does. */
interface HostClock extends Clock {
  /** Drops the timers, now and later. */
  stop(): void;
}

/** The time of all hosts of a check. It stands still until it is advanced. */
export interface TestClock {
  now(): number;
  /** Advances by this many ms, and fires the due timers in the order of their times. */
  advance(milliseconds: number): Promise<void>;
  forHost(): HostClock;
}

/** How many timers may fire in one advance. A host that wakes more often does nothing but wake. */
const mostTimers = 2_000;

/** Creates a clock that starts at a fixed instant. */
export function createTestClock(): TestClock {
  const start = 1_700_000_000_000;
  const timers = new Set<{ at: number; callback: () => void }>();
  let now = start;

  return {
    now: () => now,
    async advance(milliseconds) {
      const end = now + milliseconds;
      for (let fired = 0; ; fired++) {
        const [first] = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (first === undefined) break;
        assert.ok(fired < mostTimers, `The host must not wake ${mostTimers} times in ${milliseconds} ms.`);
        timers.delete(first);
        now = Math.max(now, first.at);
        first.callback();
        // The host reacts to one timer before the next one fires, as with real time.
        for (let turn = 0; turn < 10; turn++) await setImmediate();
      }
      now = end;
    },
    forHost() {
      let isStopped = false;
      return {
        now: () => now,
        elapsed: () => now - start,
        wake(afterMs, callback) {
          const timer = { at: now + afterMs, callback: () => isStopped || callback() };
          timers.add(timer);
          return () => timers.delete(timer);
        },
        stop() {
          isStopped = true;
        },
      };
    },
  };
}
