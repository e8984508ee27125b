import { backOffMs } from '../../utils/back-off.ts';
import { readEvents } from '../../utils/sse-reader.ts';

/** The state of a connection: open, lost (a retry follows), or an HTTP status of a response without a stream. */
export type ConnectionState = 'open' | 'lost' | number;

/** Settings of {@link followStream}. */
export interface StreamOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Called with the type and the data of each event. */
  readonly onEvent: (type: string, data: string) => void;
  readonly onState: (state: ConnectionState) => void;
}

const pauses = { firstMs: 500, longestMs: 10_000 };

/**
 * Follows a stream of server-sent events. After a lost connection it resumes after the last event, and after a failure of
 * the server (5xx or 429) it tries again. Returns a function that closes the stream.
 */
export function followStream(url: string, { headers = {}, onEvent, onState }: StreamOptions): () => void {
  const controller = new AbortController();
  let lastEventId = '';
  let failures = 0;

  /** Reads until the stream ends. Returns the state of the connection then. */
  const read = async (): Promise<ConnectionState> => {
    const response = await fetch(url, {
      headers: { ...headers, ...(lastEventId && { 'last-event-id': lastEventId }) },
      signal: controller.signal,
    });
    const { status, ok, body } = response;
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
    if (!ok || !isStream || !body) return status;
    onState('open');
    failures = 0;
    await readEvents(
      body,
      ({ type, data, id }) => {
        lastEventId = id || lastEventId;
        onEvent(type, data);
      },
      () => {},
    );
    return 'lost';
  };

  const run = async () => {
    for (;;) {
      const state = await read().catch(() => 'lost' as const);
      if (controller.signal.aborted) return;
      onState(state);
      if (Number(state) < 500 && state !== 429) return;
      failures += 1;
      const pauseMs = backOffMs(failures, pauses, Math.random);
      await new Promise((done) => setTimeout(done, pauseMs));
    }
  };
  void run();
  return () => controller.abort();
}
