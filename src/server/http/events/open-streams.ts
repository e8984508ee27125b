import type { Clock } from '../../../utils/clock.ts';
import type { RequestContext } from '../request-context.ts';
import { type Reply, reply, sentence } from '../response/reply.ts';
import { type EventStream, eventStream, type StreamSource } from './event-stream.ts';

/** The streams of events that are open. */
export interface EventStreams {
  /** Opens one, or answers why not. */
  open(call: RequestContext, source: StreamSource): Reply;
  /** Ends all of them, and opens no more. */
  close(): void;
}

/** How many streams one client may have. */
const mostOfClient = 100;

/** How many streams there may be. */
const mostInAll = 1_000;

const headers = {
  'content-type': 'text/event-stream',
  // Some proxies keep an answer back until it is whole.
  'x-accel-buffering': 'no',
};

/** No streams yet. */
export function createEventStreams(options: {
  readonly clock: Clock;
  readonly onCount: (open: number) => void;
  readonly onProblem: (error: unknown, requestId: string) => void;
}): EventStreams {
  const { clock, onCount, onProblem } = options;
  const open = new Map<EventStream, string>();
  let isClosed = false;

  return {
    open(call, source) {
      if (isClosed) return sentence(503, 'The server is stopping; connect again in a moment.', retryAfter);
      if (open.size >= mostInAll) return tooMany(`This server has ${mostInAll} streams open`);
      const { client } = call;
      if ([...open.values()].filter((other) => other === client).length >= mostOfClient) {
        return tooMany(`You have ${mostOfClient} streams open`);
      }
      // Of a stream whose body nobody will read nothing is opened.
      if (call.request.method === 'HEAD') return reply(200, null, headers);
      const stream = eventStream({
        ...source,
        clock,
        onEnd() {
          open.delete(stream);
          onCount(open.size);
        },
        onProblem: (error) => onProblem(error, call.write.cause ?? ''),
      });
      open.set(stream, client);
      onCount(open.size);
      const { signal } = call.request;
      if (signal.aborted) stream.drop();
      else signal.addEventListener('abort', stream.drop);
      return reply(200, stream.body, headers);
    },
    close() {
      isClosed = true;
      for (const stream of open.keys()) stream.close('The server is stopping; connect again in a moment.');
    },
  };
}

const retryAfter = { 'retry-after': '5' };

function tooMany(what: string): Reply {
  return sentence(429, `${what}, which is the most; close some, or try again later.`, retryAfter);
}
