import { currentPage, type Page } from './page.ts';

/**
 * The number of streams to one server that all windows of a browser share. Over HTTP/1.1 a browser opens at most six
 * connections to a server, and pages and commands need some of them.
 */
const slots = 4;

/** The error of a stream that this page may not open now. */
const taken = 'Other windows of this browser use all streams.';
const away = 'The page is hidden or offline.';

/**
 * Returns a `fetch` that limits the event streams of all windows of a browser, so that every window can load and send commands
 * over HTTP/1.1. It opens at most four streams to a server at a time, and rejects further ones: clients poll instead. It closes
 * the streams of a page that is hidden or offline. Other requests, and all requests outside of a browser, stay as they are.
 * The windows share the streams by Web Locks; on a page without them (plain HTTP from another machine), only the rule of
 * hidden and offline pages holds. `httpTransport` applies it by itself.
 *
 * @example
 * const transport = createTransport(myProtocol({ fetch: limitStreams() }));
 */
export function limitStreams(fetch: typeof globalThis.fetch = globalFetch): typeof globalThis.fetch {
  return async (input, init = {}) => {
    const isStream = new Headers(init.headers).get('accept') === 'text/event-stream';
    const page = currentPage();
    if (!isStream || !page) return fetch(input, init);
    const { document, navigator } = page;
    const release = new AbortController();
    const { signal } = release;
    const releaseWhenUnused = () => {
      if (document.hidden || !navigator.onLine || init.signal?.aborted) release.abort(new Error(away));
    };
    document.addEventListener('visibilitychange', releaseWhenUnused, { signal });
    page.addEventListener('offline', releaseWhenUnused, { signal });
    init.signal?.addEventListener('abort', releaseWhenUnused, { signal });
    releaseWhenUnused();
    try {
      signal.throwIfAborted();
      if (!(await takeSlot(page, originOf(input, page), signal))) throw new Error(taken);
      return watchEnd(await fetch(input, { ...init, signal }), () => release.abort());
    } catch (error) {
      release.abort();
      throw error;
    }
  };
}

const globalFetch: typeof globalThis.fetch = (...request) => globalThis.fetch(...request);

/** The server of a request. */
function originOf(input: string | URL | Request, { document }: Page): string {
  return new URL(input instanceof Request ? input.url : input, document.baseURI).origin;
}

/** Takes one of the slots for this server until the signal aborts. Resolves with false when all are taken. */
async function takeSlot({ navigator }: Page, origin: string, released: AbortSignal): Promise<boolean> {
  const { locks } = navigator;
  if (!locks) return true;
  for (let slot = 0; slot < slots; slot++) {
    const isTaken = await new Promise<boolean>((resolve) => {
      locks
        .request(`sandbox-lifecycle:stream:${origin}:${slot}`, { ifAvailable: true }, (lock) => {
          resolve(lock !== null);
          return lock && !released.aborted
            ? new Promise<void>((end) => released.addEventListener('abort', () => end(), { once: true }))
            : undefined;
        })
        // A page may be denied locks.
        .catch(() => resolve(true));
    });
    if (isTaken) return true;
  }
  return false;
}

/** The same response. Calls `onEnd` when its body ends, breaks or is cancelled. */
function watchEnd(response: Response, onEnd: () => void): Response {
  if (!response.body || !response.ok) {
    onEnd();
    return response;
  }
  const reader = response.body.getReader();
  const watched = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        onEnd();
        controller.close();
      } catch (error) {
        onEnd();
        controller.error(error);
      }
    },
    cancel(reason) {
      const cancelled = reader.cancel(reason);
      onEnd();
      return cancelled;
    },
  });
  return new Response(watched, response);
}
