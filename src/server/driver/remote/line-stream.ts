import { type Clock, systemClock } from '../../../utils/clock.ts';
import { aliveMs } from './protocol.ts';

/** A response body of JSON lines. */
export interface LineStream {
  readonly body: ReadableStream<Uint8Array>;
  /** Sends a line. Has no effect after the end, or when the reader has left. */
  send(line: object): void;
  end(): void;
}

/** The most bytes that wait for a reader. A reader that is further behind is disconnected. */
const mostWaiting = 1024 * 1024;

/** Creates a stream of lines, with an empty object while there is nothing to send. Calls `onLeave` when the reader leaves. */
export function createLineStream(
  onLeave: () => void,
  clock: Clock = systemClock({ unref: true }),
): LineStream {
  const encoder = new TextEncoder();
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  let cancelTimer = () => {};

  const body = new ReadableStream<Uint8Array>(
    {
      start(given) {
        controller = given;
        keepAlive();
      },
      cancel() {
        stop();
        onLeave();
      },
    },
    { highWaterMark: mostWaiting, size: (chunk) => chunk.byteLength },
  );

  function keepAlive(): void {
    send({});
    cancelTimer = clock.wake(aliveMs, keepAlive);
  }

  function send(line: object): void {
    if (controller === undefined) return;
    if ((controller.desiredSize ?? 0) <= 0) {
      controller.error(new Error('The reader is too slow.'));
      stop();
      onLeave();
      return;
    }
    controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`));
  }

  function stop(): void {
    cancelTimer();
    controller = undefined;
  }

  return {
    body,
    send,
    end() {
      controller?.close();
      stop();
    },
  };
}
