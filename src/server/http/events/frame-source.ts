import type { Clock } from '../../../utils/clock.ts';
import { HistoryDeletedError } from '../../errors.ts';
import { isMissing } from '../../store/history-items.ts';
import type { HistoryItem, MissingRow } from '../../store/records.ts';
import { unappliedInfo } from '../response/serialize.ts';
import { createCursor, type FeedItem } from './cursor.ts';
import { changeFrame, heartbeatFrame, missingFrame, unnumberedFrame } from './frames.ts';

/** The frame to send next. */
export interface NextFrame {
  readonly text: string;
  /** The item of the feed in the frame, if it has one. */
  readonly item?: FeedItem;
  /** The reason of the last frame. */
  readonly end?: string;
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
  /** Called with an error that ends the frames. */
  readonly onProblem: (error: unknown) => void;
}

/** The frames of one stream. It has no buffer: it reads an item after it has sent the one before. */
export interface FrameSource {
  /** The next frame: an item of the feed, or a heartbeat after 15 s without one. Never rejects. */
  next(): Promise<NextFrame>;
  /** Moves to the item after that of this frame. */
  advance(frame: NextFrame): void;
  /** Whether more than `most` items wait. */
  isBehind(most: number): Promise<boolean>;
  /** Ends the reads. */
  end(): void;
}

/** The time without other frames until a heartbeat, in ms. */
const heartbeatMs = 15_000;

/** The last reason of a stream that has sent all changes of a terminated sandbox. */
export const everythingSent = 'The sandbox is terminated, and all its changes were sent.';

/** Creates a source that starts after a sequence. */
export function createFrameSource(options: FrameSourceOptions): FrameSource {
  const { clock, changes, isLast = () => false, onProblem } = options;
  const openCursor = () => createCursor((signal) => changes(position, signal));
  let position = options.after;
  let cursor = openCursor();
  let cancelHeartbeat: () => void = () => {};

  return {
    async next() {
      if (cursor.isSpent) {
        cursor.end();
        cursor = openCursor();
      }
      try {
        return await nextFrame();
      } catch (error) {
        if (error instanceof HistoryDeletedError) return { text: '', end: error.message };
        onProblem(error);
        return { text: '', end: 'Internal server error; reconnect.' };
      }
    },
    advance({ item }) {
      if (item === undefined) return;
      if ('sequence' in item) position = item.sequence;
      cursor.take();
    },
    isBehind: (most) => cursor.isBehind(most),
    end() {
      cancelHeartbeat();
      cursor.end();
    },
  };

  async function nextFrame(): Promise<NextFrame> {
    const item = await orHeartbeat(cursor.peek());
    if (item === 'heartbeat') return { text: heartbeatFrame };
    if (item === undefined) return { text: '', end: 'The server is stopping; reconnect in a moment.' };
    if ('outcome' in item) return { text: unnumberedFrame(item.outcome, unappliedInfo(item)), item };
    return {
      text: isMissing(item) ? await missingFrames(item) : changeFrame(item, options.sandboxId),
      item,
      ...(isLast(item) && { end: everythingSent }),
    };
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
