import type { Clock } from '../../../utils/clock.ts';
import { type Reply, reply, sentence } from '../response/reply.ts';
import { createEventStream, type EventStream, type StreamSource } from './event-stream.ts';

/** The fields of a request context that opening a stream needs. */
interface StreamRequest {
  readonly request: Request;
  readonly requestId: string;
  /** Identifies the client, whose streams are limited in number. */
  readonly client: string;
}

/** The open streams of events. */
export interface EventStreams {
  /** Opens a stream, or returns a reply with the reason against it. */
  open(context: StreamRequest, source: StreamSource): Reply;
  /** Ends all streams, and rejects new ones. */
  close(): void;
}

/** The maximum number of streams per client. */
const mostOfClient = 100;

/** The maximum number of streams of all clients. */
const mostInAll = 1_000;

const headers = {
  'content-type': 'text/event-stream',
  // Some proxies buffer a response until it is complete.
  'x-accel-buffering': 'no',
};

/** Creates an empty set of streams. */
export function createEventStreams(options: {
  readonly clock: Clock;
  readonly onCount: (open: number) => void;
  readonly onProblem: (error: unknown, requestId: string) => void;
}): EventStreams {
  const { clock, onCount, onProblem } = options;
  const streams = new Map<EventStream, string>();
  let isClosed = false;

  return {
    open({ request, requestId, client }, source) {
      if (isClosed) return sentence(503, 'The server is stopping; reconnect in a moment.', retryAfter);
      if (streams.size >= mostInAll) return tooMany(`This server has ${mostInAll} open streams`);
      if ([...streams.values()].filter((other) => other === client).length >= mostOfClient) {
        return tooMany(`This client has ${mostOfClient} open streams`);
      }
      // The reply to HEAD has no body and therefore no stream.
      if (request.method === 'HEAD') return reply(200, null, headers);
      const stream = createEventStream({
        ...source,
        clock,
        onEnd() {
          streams.delete(stream);
          onCount(streams.size);
        },
        onProblem: (error) => onProblem(error, requestId),
      });
      streams.set(stream, client);
      onCount(streams.size);
      const { signal } = request;
      if (signal.aborted) stream.drop();
      else signal.addEventListener('abort', stream.drop);
      return reply(200, stream.body, headers);
    },
    close() {
      isClosed = true;
      for (const stream of streams.keys()) stream.close('The server is stopping; reconnect in a moment.');
    },
  };
}

const retryAfter = { 'retry-after': '5' };

function tooMany(what: string): Reply {
  return sentence(429, `${what}, which is the limit; close some, or try again later.`, retryAfter);
}
