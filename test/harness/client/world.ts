import type { Clock } from '../../../src/client/index.ts';

interface ScheduledCallback {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
  isCancelled: boolean;
}

/** A simulated world whose clock advances from one scheduled callback to the next. */
export interface World extends Clock {
  /** Runs the callbacks due until this instant, in order; calls `onStep` after each. */
  runUntil(end: number, onStep: () => void): Promise<void>;
}

/** The limit on the steps of a schedule, many times their usual number. */
const mostSteps = 10_000;

/** Waits as many turns as the longest chain of promises in a client needs. */
export async function settlePromises(): Promise<void> {
  for (let turn = 0; turn < 7; turn++) await undefined;
}

/** Creates a world whose clock starts at this instant (epoch ms). */
export function createWorld(start: number): World {
  let now = start;
  let order = 0;
  const queue: ScheduledCallback[] = [];

  function isBefore(a: ScheduledCallback, b: ScheduledCallback): boolean {
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  /** The index in the queue, which is sorted with the next callback last. */
  function indexFor(scheduled: ScheduledCallback): number {
    let low = 0;
    let high = queue.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(scheduled, queue[middle] as ScheduledCallback)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    now: () => now,
    wake(afterMs, callback) {
      const scheduled = {
        at: now + Math.max(0, Math.round(afterMs)),
        order: order++,
        callback,
        isCancelled: false,
      };
      queue.splice(indexFor(scheduled), 0, scheduled);
      return () => {
        scheduled.isCancelled = true;
      };
    },
    async runUntil(end, onStep) {
      let steps = 0;
      await settlePromises();
      onStep();
      for (;;) {
        const next = queue.at(-1);
        if (next === undefined || next.at > end) break;
        queue.pop();
        if (next.isCancelled) continue;
        now = next.at;
        if (++steps > mostSteps) throw new Error('The callbacks schedule each other in an endless loop.');
        next.callback();
        await settlePromises();
        onStep();
      }
      now = end;
    },
  };
}
