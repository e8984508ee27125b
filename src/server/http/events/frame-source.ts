import { type Clock, elapsedBy, pause } from '../../../utils/clock.ts';
import { nextTurn } from '../../../utils/next-turn.ts';
import { HistoryDeletedError } from '../../errors.ts';
import { isMissing } from '../../store/history-items.ts';
import type { HistoryItem, MissingRow } from '../../store/records.ts';
import { unappliedInfo } from '../response/serialize.ts';
import { createCursor, type FeedItem } from './cursor.ts';
import { changeFrame, heartbeatFrame, missingFrame, unnumberedFrame } from './frames.ts';

/** The frames to send next, in one piece. */
export interface NextFrame {
  readonly text: string;
  /** The sequence of the last change in it, if it has one. */
  readonly sequence?: number | undefined;
  /** The reason of the last frame. */
  readonly end?: string | undefined;
}

/** Options of {@link createFrameSource}. */
export interface FrameSourceOptions {
  readonly clock: Clock;
  /** The sequence after which the frames start. */
  readonly after: number;
  /** Yields the changes after a sequence, and unapplied events if requested, until the signal aborts. */
  readonly changes: (after: number, signal: AbortSignal) => AsyncIterable<FeedItem>;
  /** The only sandbox that the stream follows. */
  readonly sandboxId?: string;
  /** Whether no change follows this one. */
  readonly isLast?: (row: HistoryItem) => boolean;
  /** Reads frames that make up for a change that cannot be read. */
  readonly afterMissing?: (row: MissingRow) => Promise<string>;
  /** The least time from one piece with changes to the next one, in ms. Changes of meanwhile share the next piece. */
  readonly paceMs: () => number;
  /** Called with an error that ends the frames. */
  readonly onProblem: (error: unknown) => void;
}

/** The frames of one stream. It holds one piece, and reads the next one after it has sent that. */
export interface FrameSource {
  /** The next piece: the items of the feed that wait, up to 64 KiB, or a heartbeat after 15 s without one. Never rejects. */
  next(): Promise<NextFrame>;
  /** Moves to the items after those of this piece. */
  advance(frame: NextFrame): void;
  /** Whether more than `most` items wait. */
  isBehind(most: number): Promise<boolean>;
  /** Ends the reads. */
  end(): void;
}

/** The time without other frames until a heartbeat, in ms. */
const heartbeatMs = 15_000;

/** The size from which a piece takes no more items, in characters. */
const fullPieceLength = 65_536;

/** A pace below this many ms would save nothing. */
const leastPaceMs = 10;

/** The last reason of a stream that has sent all changes of a terminated sandbox. */
export const everythingSent = 'The sandbox is terminated, and all its changes were sent.';

/** Creates a source that starts after a sequence. */
export function createFrameSource(options: FrameSourceOptions): FrameSource {
  const { clock, changes, paceMs, onProblem } = options;
  const openCursor = () => createCursor((signal) => changes(position, signal));
  const ending = new AbortController();
  let position = options.after;
  let cursor = openCursor();
  let cancelHeartbeat: () => void = () => {};
  let pacedUntilMs = 0;

  return {
    async next() {
      if (cursor.isSpent) {
        cursor.end();
        cursor = openCursor();
      }
      try {
        return await nextPiece();
      } catch (error) {
        if (error instanceof HistoryDeletedError) return { text: '', end: error.message };
        onProblem(error);
        return { text: '', end: 'Internal server error; reconnect.' };
      }
    },
    advance({ sequence }) {
      if (sequence !== undefined) position = sequence;
    },
    isBehind: (most) => cursor.isBehind(most),
    end() {
      ending.abort();
      cancelHeartbeat();
      cursor.end();
    },
  };

  async function nextPiece(): Promise<NextFrame> {
    const item = await orHeartbeat(cursor.peek());
    if (item === 'heartbeat') return { text: heartbeatFrame };
    if (item === undefined) return { text: '', end: 'The server is stopping; reconnect in a moment.' };
    const restMs = pacedUntilMs - elapsedBy(clock);
    if (restMs > 0) await pause(clock, restMs, ending.signal);
    const piece = await withWaiting(await take(item));
    // A full piece means that more wait, and a reader that is behind is not slowed down.
    const gapMs = piece.text.length < fullPieceLength ? paceMs() : 0;
    pacedUntilMs = gapMs < leastPaceMs ? 0 : elapsedBy(clock) + gapMs;
    return piece;
  }

  /** Adds the items that can be read without waiting. An error is left to the next piece. */
  async function withWaiting(first: NextFrame): Promise<NextFrame> {
    let piece = first;
    while (piece.end === undefined && piece.text.length < fullPieceLength) {
      const item = await Promise.race([cursor.peek().catch(() => undefined), nextTurn()]);
      if (!item) break;
      const { text, sequence = piece.sequence, end } = await take(item);
      piece = { text: piece.text + text, sequence, end };
    }
    return piece;
  }

  async function take(item: FeedItem): Promise<NextFrame> {
    cursor.take();
    if ('outcome' in item) return { text: unnumberedFrame(item.outcome, unappliedInfo(item)) };
    const { sequence } = item;
    const end = options.isLast?.(item) ? everythingSent : undefined;
    const text = isMissing(item) ? await missingFrames(item) : changeFrame(item, options.sandboxId);
    return { text, sequence, end };
  }

  async function missingFrames(row: MissingRow): Promise<string> {
    return missingFrame(row, options.sandboxId) + ((await options.afterMissing?.(row)) ?? '');
  }

  function orHeartbeat(item: Promise<FeedItem | undefined>): Promise<FeedItem | undefined | 'heartbeat'> {
    return new Promise((resolve, reject) => {
      const cancel = clock.wake(heartbeatMs, () => resolve('heartbeat'));
      cancelHeartbeat = cancel;
      void item.then(resolve, reject).finally(cancel);
    });
  }
}
