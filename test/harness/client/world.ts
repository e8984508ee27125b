import type { Clock } from '../../../src/client/index.ts';

/** Numbers from 0 to below 1 that are the same for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Happening {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
  isCancelled: boolean;
}

/** A world whose time goes on only from one happening to the next. */
export interface World extends Clock {
  /** Lets everything happen until this instant, in its order; `onStep` is called after each. */
  runUntil(end: number, onStep: () => void): Promise<void>;
}

/** Many times what a schedule takes. */
const mostSteps = 10_000;

/** As many turns as the longest chain of promises in a client needs. */
export async function settlePromises(): Promise<void> {
  for (let turn = 0; turn < 7; turn++) await undefined;
}

/** A world that begins at this instant (epoch ms). */
export function createWorld(start: number): World {
  let now = start;
  let order = 0;
  const queue: Happening[] = [];

  function isBefore(a: Happening, b: Happening): boolean {
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  /** The place in the queue, which is kept sorted with the next one last. */
  function placeOf(happening: Happening): number {
    let low = 0;
    let high = queue.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(happening, queue[middle] as Happening)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    now: () => now,
    wake(afterMs, callback) {
      const happening = {
        at: now + Math.max(0, Math.round(afterMs)),
        order: order++,
        callback,
        isCancelled: false,
      };
      queue.splice(placeOf(happening), 0, happening);
      return () => {
        happening.isCancelled = true;
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
        if (++steps > mostSteps)
          throw new Error('The world does not come to rest: something goes round and round.');
        next.callback();
        await settlePromises();
        onStep();
      }
      now = end;
    },
  };
}
