import { backOffMs } from '../../utils/back-off.ts';
import { readEvents } from '../../utils/sse-reader.ts';

/** The state of a connection: open, lost (a retry follows), or rejected with this HTTP status. */
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
 * Follows a stream of server-sent events. After a lost connection it resumes after the last event. Returns a function
 * that closes the stream.
 */
export function followStream(url: string, { headers = {}, onEvent, onState }: StreamOptions): () => void {
  const controller = new AbortController();
  let lastEventId = '';
  let failures = 0;

  /** Reads until the stream ends. Returns whether to retry. */
  const read = async (): Promise<boolean> => {
    const { status, ok, body } = await fetch(url, {
      headers: { ...headers, ...(lastEventId && { 'last-event-id': lastEventId }) },
      signal: controller.signal,
    });
    if (status === 204 || (status >= 400 && status < 500 && status !== 429)) {
      onState(status);
      return false;
    }
    if (!ok || body === null) return true;
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
    return true;
  };

  const run = async () => {
    while ((await read().catch(() => true)) && !controller.signal.aborted) {
      onState('lost');
      failures += 1;
      const pauseMs = backOffMs(failures, pauses, Math.random);
      await new Promise((done) => setTimeout(done, pauseMs));
    }
  };
  void run();
  return () => controller.abort();
}
