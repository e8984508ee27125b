import type { HistoryRow } from '../../store/store.ts';

/** One reading of the changes, from a place on. */
export interface Reading {
  /** The next change, or undefined when there is none and never will be. It is the same one until it is taken. */
  peek(): Promise<HistoryRow | undefined>;
  /** Lets the next `peek` go on to what follows. */
  take(): void;
  /**
   * Counts what is there and not taken, until there is more than so much, and forgets what it counts: afterwards
   * this reading is of no more use. Resolves with whether there was more.
   */
  isBehind(most: number): Promise<boolean>;
  /** Whether it was used up by counting. */
  readonly isSpent: boolean;
  /** Ends it. */
  end(): void;
}

/** Begins to read. */
export function createReading(changes: (signal: AbortSignal) => AsyncIterable<HistoryRow>): Reading {
  const ending = new AbortController();
  const iterator = changes(ending.signal)[Symbol.asyncIterator]();
  let next: Promise<HistoryRow | undefined> | undefined;
  let isSpent = false;

  async function read(): Promise<HistoryRow | undefined> {
    const { done, value } = await iterator.next();
    return done ? undefined : value;
  }
  function peek(): Promise<HistoryRow | undefined> {
    next ??= read();
    return next;
  }

  return {
    peek,
    take() {
      next = undefined;
    },
    async isBehind(most) {
      isSpent = true;
      let count = 0;
      for (let row = await peek(); row !== undefined && count <= most; row = await read()) count += 1;
      return count > most && !ending.signal.aborted;
    },
    get isSpent() {
      return isSpent;
    },
    end: () => ending.abort(),
  };
}
