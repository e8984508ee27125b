import type { Unapplied } from '../../changes/unapplied.ts';
import type { HistoryItem } from '../../store/records.ts';

/** An item of the change feed: a change, one that cannot be read, or an event that was not applied. */
export type FeedItem = HistoryItem | Unapplied;

/** A position in the change feed, and the reads from there. */
export interface ChangeCursor {
  /** The next item, or undefined at the end of the feed. Returns the same item until it is taken. */
  peek(): Promise<FeedItem | undefined>;
  /** Moves to the next item. */
  take(): void;
  /**
   * Counts the remaining items, up to one more than `most`, and discards them: after that the cursor is spent. Resolves
   * with whether more than `most` remain.
   */
  isBehind(most: number): Promise<boolean>;
  /** Whether a count has used up the cursor. */
  readonly isSpent: boolean;
  /** Ends the reads. */
  end(): void;
}

/** Creates a cursor on the items that `read` yields until its signal aborts. */
export function createCursor(read: (signal: AbortSignal) => AsyncIterable<FeedItem>): ChangeCursor {
  const ending = new AbortController();
  const iterator = read(ending.signal)[Symbol.asyncIterator]();
  let next: Promise<FeedItem | undefined> | undefined;
  let isSpent = false;

  async function readNext(): Promise<FeedItem | undefined> {
    const { done, value } = await iterator.next();
    return done ? undefined : value;
  }
  function peek(): Promise<FeedItem | undefined> {
    next ??= readNext();
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
      for (let item = await peek(); item !== undefined && count <= most; item = await readNext()) count += 1;
      return count > most && !ending.signal.aborted;
    },
    get isSpent() {
      return isSpent;
    },
    end: () => ending.abort(),
  };
}
