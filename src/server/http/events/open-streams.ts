import type { Clock } from '../../../utils/clock.ts';
import { createKeyedCounts } from '../../../utils/keyed-counts.ts';
import { onAbort } from '../../../utils/on-abort.ts';
import { accessEndedText } from '../request/grants.ts';
import { problem, type Reply, reply } from '../response/reply.ts';
import { createEventStream, type EventStream, type StreamSource } from './event-stream.ts';
import { tooMany, type Watchers } from './watchers.ts';

/** The fields of a request context that opening a stream needs. */
interface StreamRequest {
  readonly request: Request;
  readonly requestId: string;
  readonly namespace: string;
  /** Identifies the client, whose streams are limited in number. */
  readonly client: string;
  /** Aborts when the client loses access. */
  readonly accessEnded: AbortSignal | undefined;
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

/**
 * All streams together send about 4,000 pieces a second. With a few streams that delays nothing; with 1,000, a stream gets
 * the first change at once, and what follows within a quarter of a second in one piece.
 */
const paceMsPerStream = 0.25;

const headers = {
  'content-type': 'text/event-stream',
  // Some proxies buffer a response until it is complete.
  'x-accel-buffering': 'no',
};

/** Creates an empty set of streams. */
export function createEventStreams(options: {
  readonly clock: Clock;
  readonly watchers: Watchers;
  readonly onCount: (open: number) => void;
  readonly onProblem: (error: unknown, requestId: string) => void;
}): EventStreams {
  const { clock, watchers, onCount, onProblem } = options;
  const streams = new Set<EventStream>();
  const byClient = createKeyedCounts();
  let isClosed = false;

  return {
    open({ request, requestId, namespace, client, accessEnded }, source) {
      if (isClosed) return problem('stopping', 'The server is stopping; reconnect in a moment.', retryAfter);
      if (byClient.of(client) >= mostOfClient) return tooMany(`This client has ${mostOfClient} open streams`);
      // The reply to HEAD has no body and therefore no stream.
      if (request.method === 'HEAD') return reply(200, null, headers);
      const leave = watchers.enter(namespace);
      if (typeof leave !== 'function') return leave;
      const leaveClient = byClient.enter(client);
      let removeListener = () => {};
      const stream = createEventStream({
        ...source,
        clock,
        paceMs: () => streams.size * paceMsPerStream,
        onEnd() {
          removeListener();
          streams.delete(stream);
          leave();
          leaveClient();
          onCount(streams.size);
        },
        onProblem: (error) => onProblem(error, requestId),
      });
      streams.add(stream);
      onCount(streams.size);
      // The API checks the access before other limits; it may end while the route reads the first frames.
      const endAccess = () => stream.close(accessEndedText);
      if (accessEnded?.aborted) endAccess();
      else if (accessEnded) removeListener = onAbort(accessEnded, endAccess);
      const { signal } = request;
      if (signal.aborted) stream.drop();
      else onAbort(signal, stream.drop);
      return reply(200, stream.body, headers);
    },
    close() {
      isClosed = true;
      for (const stream of streams) stream.close('The server is stopping; reconnect in a moment.');
    },
  };
}

const retryAfter = { 'retry-after': '5' };
