import type { Clock } from '../../../utils/clock.ts';
import type { HistoryRow } from '../../store/store.ts';
import { changeInfo, unappliedInfo } from '../response/serialize.ts';
import { createReading, type FeedItem } from './cursor.ts';
import { closedFrame, eventFrame, heartbeatFrame, openingFrame, passingFrame } from './frames.ts';
import { createPatience } from './slow-reader.ts';

/** What a stream tells. */
export interface StreamSource {
  /** What it begins with, which may be nothing. */
  readonly first: string;
  /** The place after which it goes on. */
  readonly after: number;
  /** The changes after a place, and what else there is to tell, until the signal aborts. */
  readonly changes: (after: number, signal: AbortSignal) => AsyncIterable<FeedItem>;
  /** Whether nothing follows what it begins with. */
  readonly isOver?: boolean;
  /** Whether nothing follows this change. */
  readonly isLast?: (row: HistoryRow) => boolean;
}

/** What a stream works with. */
export interface StreamOptions extends StreamSource {
  readonly clock: Clock;
  /** Called once, when it has ended, however. */
  readonly onEnd: () => void;
  /** Told of an error that ended it. */
  readonly onProblem: (error: unknown) => void;
}

/** A stream of events that is open. */
export interface EventStream {
  readonly body: ReadableStream<Uint8Array>;
  /** Ends it with a last event that has the reason. */
  close(reason: string): void;
  /** Ends it without a word: the client is gone. */
  drop(): void;
}

/** How long until a heartbeat when there is nothing else to send, in ms. */
const heartbeatMs = 15_000;

/** What is to be sent next. */
interface NextFrame {
  readonly text: string;
  /** What it tells of. */
  readonly news?: FeedItem;
  /** Why nothing follows. */
  readonly end?: string;
}

const everythingTold = 'The sandbox is terminated, and everything was told.';

/**
 * A stream of events that keeps nothing: it has one thing ready to send, and reads on from its own place in the
 * store only when the reader has taken that.
 */
export function eventStream(options: StreamOptions): EventStream {
  const { clock, after, first, isOver = false, isLast = () => false } = options;
  const encoder = new TextEncoder();
  const openReading = () => createReading((signal) => options.changes(position, signal));
  let position = after;
  let reading = openReading();
  let hasEnded = false;
  let isReaderWaiting = false;
  let cancelHeartbeat: () => void = () => {};
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  const patience = createPatience(clock, { isBehind: (most) => reading.isBehind(most), cutOff: close });
  let upcoming = Promise.resolve<NextFrame>({
    text: openingFrame + first,
    ...(isOver && { end: everythingTold }),
  });

  const body = new ReadableStream<Uint8Array>(
    {
      start(given) {
        controller = given;
        watchReader();
      },
      async pull() {
        isReaderWaiting = true;
        patience.stop();
        const due = await upcoming;
        if (hasEnded) return;
        send(due);
        if (due.end !== undefined) return close(due.end);
        isReaderWaiting = false;
        upcoming = next();
        watchReader();
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );

  return { body, close, drop };

  function send({ text, news }: NextFrame): void {
    if (text !== '') controller?.enqueue(encoder.encode(text));
    if (news === undefined) return;
    if ('sequence' in news) position = news.sequence;
    reading.take();
  }

  /** What is next, or a heartbeat when there is nothing for a while. Never rejects. */
  async function next(): Promise<NextFrame> {
    if (reading.isSpent) {
      reading.end();
      reading = openReading();
    }
    try {
      const news = await orHeartbeat(reading.peek());
      if (news === 'heartbeat') return { text: heartbeatFrame };
      if (news === undefined) return { text: '', end: 'The server is stopping; connect again in a moment.' };
      if ('outcome' in news) return { text: passingFrame(news.outcome, unappliedInfo(news)), news };
      return {
        text: eventFrame('change', news.sequence, changeInfo(news)),
        news,
        ...(isLast(news) && { end: everythingTold }),
      };
    } catch (error) {
      options.onProblem(error);
      return { text: '', end: 'Something went wrong in the server; connect again.' };
    }
  }

  function orHeartbeat(news: Promise<FeedItem | undefined>): Promise<FeedItem | undefined | 'heartbeat'> {
    return new Promise((resolve, reject) => {
      const cancel = clock.wake(heartbeatMs, () => resolve('heartbeat'));
      cancelHeartbeat = cancel;
      void news.then(resolve, reject).finally(cancel);
    });
  }

  /** Has patience with the reader from when there is something for it until it comes. */
  function watchReader(): void {
    const awaited = upcoming;
    void awaited.then(() => {
      if (isReaderWaiting || hasEnded || awaited !== upcoming) return;
      patience.start();
    });
  }

  function close(reason: string): void {
    if (hasEnded) return;
    end();
    controller?.enqueue(encoder.encode(closedFrame(reason)));
    controller?.close();
  }

  function drop(): void {
    if (hasEnded) return;
    end();
    // Whoever reads for the client that is gone is to hear that nothing comes any more.
    controller?.close();
  }

  function end(): void {
    if (hasEnded) return;
    hasEnded = true;
    cancelHeartbeat();
    patience.stop();
    reading.end();
    options.onEnd();
  }
}
