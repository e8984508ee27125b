import type { Clock } from '../../../src/utils/clock.ts';

/** The clock of a simulated world. Timers use the elapsed time; the wall clock can be set. */
export interface WorldClock extends Clock {
  /** The time since the beginning, in ms. It never decreases. */
  elapsed(): number;
  /** Moves the wall clock forward or back by this many ms, without firing timers. */
  jump(milliseconds: number): void;
  /** Moves the wall clock to its furthest offset so far, so that every deadline that it set comes due. Returns by how much, in ms. */
  catchUp(): number;
  /** Advances the time: fires due timers one by one, and awaits all work that follows from each. */
  pass(milliseconds: number): Promise<void>;
}

interface Sleeper {
  readonly at: number;
  readonly order: number;
  callback: (() => void) | undefined;
}

/** Creates a clock that begins at this instant (epoch ms). */
export function worldClock(start = 1_700_000_000_000): WorldClock {
  let elapsed = 0;
  let ahead = 0;
  let furthest = 0;
  let orders = 0;
  const heap: Sleeper[] = [];

  return {
    elapsed: () => elapsed,
    now: () => start + Math.floor(elapsed) + ahead,
    wake(afterMs, callback) {
      const sleeper: Sleeper = { at: elapsed + Math.max(0, afterMs), order: orders++, callback };
      push(heap, sleeper);
      return () => {
        sleeper.callback = undefined;
      };
    },
    jump(milliseconds) {
      ahead += milliseconds;
      furthest = Math.max(furthest, ahead);
    },
    catchUp() {
      const milliseconds = furthest - ahead;
      ahead = furthest;
      return milliseconds;
    },
    async pass(milliseconds) {
      const end = elapsed + milliseconds;
      await settle();
      for (let first = heap[0]; first !== undefined && first.at <= end; first = heap[0]) {
        pop(heap);
        const { callback } = first;
        if (callback === undefined) continue;
        elapsed = Math.max(elapsed, first.at);
        callback();
        await settle();
      }
      elapsed = end;
    },
  };
}

/** Resolves when no promise callback and no immediate is left to run. */
async function settle(): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve));
  while (process.getActiveResourcesInfo().includes('Immediate'));
}

const isBefore = (a: Sleeper, b: Sleeper) => a.at < b.at || (a.at === b.at && a.order < b.order);

function push(heap: Sleeper[], sleeper: Sleeper): void {
  let index = heap.length;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent] as Sleeper;
    if (isBefore(above, sleeper)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = sleeper;
}

function pop(heap: Sleeper[]): void {
  const last = heap.pop() as Sleeper;
  const { length } = heap;
  if (length === 0) return;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= length) break;
    if (child + 1 < length && isBefore(heap[child + 1] as Sleeper, heap[child] as Sleeper)) child++;
    const below = heap[child] as Sleeper;
    if (isBefore(last, below)) break;
    heap[index] = below;
    index = child;
  }
  heap[index] = last;
}
