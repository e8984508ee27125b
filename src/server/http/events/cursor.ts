import type { Unapplied } from '../../changes/unapplied.ts';
import type { HistoryRow } from '../../store/store.ts';

/** What a stream tells of. */
export type FeedItem = HistoryRow | Unapplied;

/** One reading of the news, from a place on. */
export interface ChangeCursor {
  /** What is next, or undefined when there is nothing and never will be. It is the same until it is taken. */
  peek(): Promise<FeedItem | undefined>;
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
export function createReading(news: (signal: AbortSignal) => AsyncIterable<FeedItem>): ChangeCursor {
  const ending = new AbortController();
  const iterator = news(ending.signal)[Symbol.asyncIterator]();
  let next: Promise<FeedItem | undefined> | undefined;
  let isSpent = false;

  async function read(): Promise<FeedItem | undefined> {
    const { done, value } = await iterator.next();
    return done ? undefined : value;
  }
  function peek(): Promise<FeedItem | undefined> {
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
      for (let one = await peek(); one !== undefined && count <= most; one = await read()) count += 1;
      return count > most && !ending.signal.aborted;
    },
    get isSpent() {
      return isSpent;
    },
    end: () => ending.abort(),
  };
}
