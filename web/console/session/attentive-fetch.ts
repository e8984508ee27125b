/**
 * `fetch` that lets go of streams while nothing can come of them: while the page is hidden, because a browser keeps no more
 * than six connections to a server and the tabs that nobody looks at would use them up (clients poll meanwhile); and when the
 * network goes, which a stream would notice only much later.
 */
export async function attentiveFetch(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const isStream = new Headers(init.headers).get('accept') === 'text/event-stream';
  if (!isStream) return fetch(input, init);
  if (document.hidden) throw new Error('The page is hidden.');
  const release = new AbortController();
  const look = () => {
    if (document.hidden || !navigator.onLine)
      release.abort(new Error('The page is hidden, or there is no network.'));
  };
  const { signal } = release;
  document.addEventListener('visibilitychange', look, { signal });
  addEventListener('offline', look, { signal });
  init.signal?.addEventListener('abort', () => release.abort(), { signal });
  return fetch(input, { ...init, signal });
}
