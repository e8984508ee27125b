import { inspectorPage } from './inspector-page.ts';

/** A request handler, such as an API. */
type Fetch = (request: Request) => Promise<Response>;

/**
 * Serves the inspector at `/inspect` beside an API: it shows any of its sandboxes, live. The page contains no data: it
 * requests everything from the API, with the user's token. All other requests go to the API.
 *
 * @example
 * serve({ fetch: withInspector(createApi(host)), port: 8080, hostname: '127.0.0.1' });
 */
export function withInspector(api: Fetch, page: () => string = () => inspectorPage({ server: './' })): Fetch {
  return async (request) => {
    const isPage = new URL(request.url).pathname.replace(/\/{2,}/g, '/') === '/inspect';
    if (!isPage || request.method !== 'GET') return api(request);
    return new Response(page(), {
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': "frame-ancestors 'self'",
        'cache-control': 'no-cache',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      },
    });
  };
}
