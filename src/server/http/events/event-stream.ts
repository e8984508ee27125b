import {
  createFrameSource,
  everythingSent,
  type FrameSourceOptions,
  type NextFrame,
} from './frame-source.ts';
import { closedFrame, encodeFrame, openingFrame, timeComment } from './frames.ts';
import { createSlowReaderLimit } from './slow-reader.ts';

/** The content of a stream. */
export interface StreamSource
  extends Pick<FrameSourceOptions, 'after' | 'changes' | 'isLast' | 'afterMissing' | 'sandboxId'> {
  /** The first frames; may be empty. */
  readonly first: string;
  /** Whether the first frames are the last ones. */
  readonly isOver?: boolean;
}

/** Options of {@link createEventStream}. */
export interface EventStreamOptions extends StreamSource, FrameSourceOptions {
  /** Called once, when the stream has ended. */
  readonly onEnd: () => void;
}

/** An open stream of events. */
export interface EventStream {
  readonly body: ReadableStream<Uint8Array>;
  /** Ends the stream with a last event that has the reason. */
  close(reason: string): void;
  /** Ends the stream without a last event: the client has disconnected. */
  drop(): void;
}

/**
 * Creates a stream of events that buffers one piece: it reads the next one only after the reader has taken that.
 */
export function createEventStream(options: EventStreamOptions): EventStream {
  const { clock, first, isOver = false } = options;
  const frames = createFrameSource(options);
  const readerLimit = createSlowReaderLimit(clock, { isBehind: frames.isBehind, disconnect: close });
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let hasEnded = false;
  let isReaderWaiting = false;
  let upcoming = Promise.resolve<NextFrame>({
    text: openingFrame + first,
    ...(isOver && { end: everythingSent }),
  });

  const body = new ReadableStream<Uint8Array>(
    {
      start(given) {
        controller = given;
        watchReader();
      },
      async pull() {
        isReaderWaiting = true;
        readerLimit.stop();
        const frame = await upcoming;
        if (hasEnded) return;
        send(frame.text);
        frames.advance(frame);
        if (frame.end !== undefined) return close(frame.end);
        isReaderWaiting = false;
        upcoming = frames.next();
        watchReader();
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );

  return { body, close, drop };

  function send(text: string): void {
    if (text !== '') controller?.enqueue(encodeFrame(timeComment(clock.now()) + text));
  }

  /** Starts the limit when a frame is ready and the reader is not waiting for it. */
  function watchReader(): void {
    const awaited = upcoming;
    void awaited.then(() => {
      if (isReaderWaiting || hasEnded || awaited !== upcoming) return;
      readerLimit.start();
    });
  }

  function close(reason: string): void {
    if (hasEnded) return;
    end();
    send(closedFrame(reason));
    controller?.close();
  }

  function drop(): void {
    if (hasEnded) return;
    end();
    // A server that still reads the body on behalf of the client gets to its end.
    controller?.close();
  }

  function end(): void {
    if (hasEnded) return;
    hasEnded = true;
    readerLimit.stop();
    frames.end();
    options.onEnd();
  }
}
