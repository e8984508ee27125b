import { takeStreamSlot } from './stream-slot.ts';

/**
 * `fetch` that keeps no stream of which nothing can come: none while the page is hidden, none beyond what the windows of a
 * browser may have together, and none when the network goes, which a stream would notice only much later. Clients poll
 * meanwhile.
 */
export async function attentiveFetch(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const isStream = new Headers(init.headers).get('accept') === 'text/event-stream';
  if (!isStream) return fetch(input, init);
  const release = new AbortController();
  const { signal } = release;
  const look = () => {
    if (document.hidden || !navigator.onLine || init.signal?.aborted) release.abort();
  };
  document.addEventListener('visibilitychange', look, { signal });
  addEventListener('offline', look, { signal });
  init.signal?.addEventListener('abort', look, { signal });
  look();
  try {
    if (!(await takeStreamSlot(signal))) throw new Error('Other windows use all streams of this browser.');
    const response = await fetch(input, { ...init, signal });
    return untilItEnds(response, () => release.abort());
  } catch (error) {
    release.abort();
    throw error;
  }
}

/** The same answer, and a word when its body is over. */
function untilItEnds(response: Response, onEnd: () => void): Response {
  if (!response.body || !response.ok) {
    onEnd();
    return response;
  }
  const watched = response.body.pipeThrough(new TransformStream({ flush: onEnd }));
  return new Response(watched, response);
}
