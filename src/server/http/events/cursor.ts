import type { Unapplied } from '../../changes/unapplied.ts';
import type { HistoryRow } from '../../store/store.ts';

/** An item of the change feed: a change, or an event that was not applied. */
export type FeedItem = HistoryRow | Unapplied;

/** A position in the change feed, and the reads from there on. */
export interface ChangeCursor {
  /** The next item, or undefined at the end of the feed. Returns the same item until it is taken. */
  peek(): Promise<FeedItem | undefined>;
  /** Lets the next `peek` return the item that follows. */
  take(): void;
  /**
   * Counts the items that are not taken, up to one more than `most`, and forgets them: the cursor is spent then.
   * Resolves with whether there are more than `most`.
   */
  isBehind(most: number): Promise<boolean>;
  /** Whether counting has used the cursor up. */
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
