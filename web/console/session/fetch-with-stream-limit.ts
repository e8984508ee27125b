import { takeStreamSlot } from './stream-slot.ts';

/**
 * `fetch` that closes event streams which the page cannot use: while the page is hidden, beyond the limit that all windows of
 * a browser share, and when the browser goes offline, which a stream notices only much later. Clients poll in the meantime.
 */
export async function fetchWithStreamLimit(
  input: RequestInfo | URL,
  init: RequestInit = {},
): Promise<Response> {
  const isStream = new Headers(init.headers).get('accept') === 'text/event-stream';
  if (!isStream) return fetch(input, init);
  const release = new AbortController();
  const { signal } = release;
  const releaseWhenUnused = () => {
    if (document.hidden || !navigator.onLine || init.signal?.aborted) release.abort();
  };
  document.addEventListener('visibilitychange', releaseWhenUnused, { signal });
  addEventListener('offline', releaseWhenUnused, { signal });
  init.signal?.addEventListener('abort', releaseWhenUnused, { signal });
  releaseWhenUnused();
  try {
    if (!(await takeStreamSlot(signal))) throw new Error('Other windows of this browser use all streams.');
    const response = await fetch(input, { ...init, signal });
    return watchEnd(response, () => release.abort());
  } catch (error) {
    release.abort();
    throw error;
  }
}

/** The same response. Calls `onEnd` at the end of its body. */
function watchEnd(response: Response, onEnd: () => void): Response {
  if (!response.body || !response.ok) {
    onEnd();
    return response;
  }
  const watched = response.body.pipeThrough(new TransformStream({ flush: onEnd }));
  return new Response(watched, response);
}
