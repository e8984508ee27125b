import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { simulatedDriver, simulatedPlatform } from '../../../src/server/driver/simulated/index.ts';
import { createApi, createHost, type Host, type Store } from '../../../src/server/index.ts';
import { memoryStore } from '../../../src/server/store/memory.ts';

type Handler = (request: Request) => Promise<Response>;

/** Options of a real server. */
export interface RealServerOptions {
  /** Creates the store at each start. */
  readonly store?: () => Store;
  /** Wraps the API in a proxy. */
  readonly through?: (api: Handler) => Handler;
}

/** The real API on the loopback address, which can be stopped and started again at the same port. */
export interface RealServer {
  readonly url: string;
  readonly host: Host;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the real server of this package, with a platform whose operations take 30 ms. */
export async function startRealServer({
  store = memoryStore,
  through = (api) => api,
}: RealServerOptions = {}): Promise<RealServer> {
  const platform = simulatedPlatform();
  let port = 0;
  let host: Host | undefined;
  let stop: (() => Promise<void>) | undefined;

  async function start(): Promise<void> {
    const own = await createHost({
      store: store(),
      driver: simulatedDriver({ platform, latencyMs: 30 }),
      policy: { suspendRetryDelaySeconds: 1 },
    });
    const api = createApi(own);
    const server = await new Promise<Server>((done) => {
      const started = serve({ fetch: through(api), hostname: '127.0.0.1', port }, () =>
        done(started as Server),
      );
    });
    port = (server.address() as AddressInfo).port;
    host = own;
    stop = async () => {
      api.close();
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
      await own.close();
    };
  }

  await start();
  return {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    get host() {
      return host as Host;
    },
    start,
    async stop() {
      await stop?.();
      stop = undefined;
    },
  };
}

const notFound = () => new Response('Not found.', { status: 404 });

/** Blocks the streams of a server, as some proxies do. */
export const withoutStreams =
  (api: Handler): Handler =>
  async (request) =>
    new URL(request.url).pathname.endsWith('/events') ? notFound() : api(request);

/** Reduces a server to Tensorlake's API. Its list can omit terminated sandboxes. */
export const tensorlakeOnly =
  ({ omitsTerminated = false } = {}) =>
  (api: Handler): Handler =>
  async (request) => {
    const { pathname } = new URL(request.url);
    if (/\/(events|history|wait|actions|keepalive)$/.test(pathname)) return notFound();
    const forwarded = new Request(request);
    for (const name of ['idempotency-key', 'if-match', 'x-request-id']) forwarded.headers.delete(name);
    const response = await api(forwarded);
    const headers = new Headers(response.headers);
    for (const name of [...headers.keys()])
      if (name.startsWith('x-') || name === 'etag') headers.delete(name);
    const isJson = headers.get('content-type')?.startsWith('application/json');
    const text = await response.text();
    const body = isJson && text ? JSON.stringify(stripped(JSON.parse(text), omitsTerminated)) : text;
    headers.delete('content-length');
    return new Response(body || null, { status: response.status, headers });
  };

interface ResponseBody {
  readonly status?: string;
  readonly sandboxes?: readonly ResponseBody[];
}

function stripped(body: ResponseBody, omitsTerminated: boolean): ResponseBody {
  const { lifecycle, version, expires_at, updated_at, termination_reason, ...rest } = body as Record<
    string,
    unknown
  >;
  const { sandboxes } = body;
  if (!sandboxes) return rest;
  const listed = sandboxes.filter(({ status }) => !omitsTerminated || status !== 'terminated');
  return { ...rest, sandboxes: listed.map((one) => stripped(one, omitsTerminated)) };
}

/** A `fetch` that loses the response to the first request with this method and path, after the server has handled it. */
export function losingFirst(method: string, path: RegExp): typeof fetch & { readonly lost: () => number } {
  let lost = 0;
  const losing = async (...[input, init]: Parameters<typeof fetch>) => {
    const response = await fetch(input, init);
    if (lost > 0 || init?.method !== method || !path.test(String(input))) return response;
    lost++;
    await response.text();
    throw new TypeError('The connection was lost.');
  };
  return Object.assign(losing, { lost: () => lost });
}
