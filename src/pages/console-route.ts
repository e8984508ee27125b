import { randomBytes } from 'node:crypto';
import { type ConsoleFiles, readConsole } from './built-files.ts';

/** A request handler, such as an API. */
type Fetch = (request: Request) => Promise<Response>;

/** The placeholder in the page for the nonce of a response. */
const nonceMark = '%CSP_NONCE%';

const assetPath = /^\/console\/assets\/([^/]+)$/;

/**
 * Serves the console at `/` beside an API: a live page of its sandboxes, with all their commands. The page contains no
 * data: it requests everything from the API, with the user's token. All other requests go to the API. Throws when the
 * package is not built.
 *
 * @example
 * serve({ fetch: withConsole(createApi(host)), port: 8080, hostname: '127.0.0.1' });
 */
export function withConsole(api: Fetch, files: ConsoleFiles = readConsole()): Fetch {
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return api(request);
    const { pathname } = new URL(request.url);
    if (pathname === '/') return page(files);
    const name = assetPath.exec(pathname)?.[1];
    const file = name === undefined ? undefined : files.assets.get(name);
    if (file === undefined) return api(request);
    const isGzipped = /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '');
    return new Response(isGzipped ? file.gzipped : file.body, {
      headers: {
        ...headers,
        ...(isGzipped && { 'content-encoding': 'gzip' }),
        vary: 'accept-encoding',
        'content-type': file.type,
        // The name of an asset changes with its content.
        'cache-control': 'public, max-age=31536000, immutable',
      },
    });
  };
}

function page({ page: html }: ConsoleFiles): Response {
  const nonce = randomBytes(18).toString('base64');
  return new Response(html.replaceAll(nonceMark, nonce), {
    headers: {
      ...headers,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policyWith(nonce),
      'cache-control': 'no-store',
    },
  });
}

const headers = {
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

/**
 * The policy of the page. The page may connect to its own server and run its own script. It may not run other scripts,
 * not even from the same origin, where a sandbox may serve content.
 */
const policyWith = (nonce: string) =>
  [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    'img-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
