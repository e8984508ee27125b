import { randomBytes } from 'node:crypto';
import { type ConsoleFiles, readConsole } from './built-files.ts';

/** A handler of requests, such as an API. */
type Fetch = (request: Request) => Promise<Response>;

/** Stands in the page wherever the nonce of an answer goes. */
const nonceMark = '%CSP_NONCE%';

const assetPath = /^\/console\/assets\/([^/]+)$/;

/**
 * Shows the console at `/` beside an API: a page of its sandboxes, live, with all that can be done with them. The page holds nothing
 * of anybody's; what it shows it asks the API for, with the token of whoever looks. Everything else goes to the API. Throws
 * when the package was not built.
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
        // The name of an asset changes with what is in it.
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

const headers = { 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff' };

/**
 * What the page may do: run its own script and no other, not even one that the same server answers with (a sandbox may be
 * behind it), talk to its own server, and nothing else.
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
