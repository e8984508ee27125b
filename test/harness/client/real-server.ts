import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { simulatedDriver, simulatedPlatform } from '../../../src/server/driver/simulated/index.ts';
import { createApi, createHost, type Host, type Store } from '../../../src/server/index.ts';
import { memoryStore } from '../../../src/server/store/memory.ts';

type Handler = (request: Request) => Promise<Response>;

/** How a real server is to be. */
export interface RealServerOptions {
  /** Makes the store, anew at each start. */
  readonly store?: () => Store;
  /** What stands between the network and the API. */
  readonly through?: (api: Handler) => Handler;
}

/** The real API on the loopback address, which can be stopped and started again where it was. */
export interface RealServer {
  readonly url: string;
  readonly host: Host;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the real server of this package, with a platform that takes a moment for everything. */
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

const notFound = () => new Response('There is nothing here.', { status: 404 });

/** A server of this package whose streams do not get through, as behind some proxies. */
export const withoutStreams =
  (api: Handler): Handler =>
  async (request) =>
    new URL(request.url).pathname.endsWith('/events') ? notFound() : api(request);

/** A server that speaks the source documents' API and nothing else. Its list can leave out what has ended. */
export const sourceOnly =
  ({ leavesOut = false } = {}) =>
  (api: Handler): Handler =>
  async (request) => {
    const { pathname } = new URL(request.url);
    if (/\/(events|history|wait|actions|keepalive)$/.test(pathname)) return notFound();
    const asked = new Request(request);
    for (const name of ['idempotency-key', 'if-match', 'x-request-id']) asked.headers.delete(name);
    const answer = await api(asked);
    const headers = new Headers(answer.headers);
    for (const name of [...headers.keys()])
      if (name.startsWith('x-') || name === 'etag') headers.delete(name);
    const isJson = headers.get('content-type')?.startsWith('application/json');
    const text = await answer.text();
    const body = isJson && text ? JSON.stringify(stripped(JSON.parse(text), leavesOut)) : text;
    headers.delete('content-length');
    return new Response(body || null, { status: answer.status, headers });
  };

interface Told {
  readonly status?: string;
  readonly sandboxes?: readonly Told[];
}

function stripped(told: Told, leavesOut: boolean): Told {
  const { lifecycle, version, expires_at, updated_at, termination_reason, ...rest } = told as Record<
    string,
    unknown
  >;
  const { sandboxes } = told;
  if (!sandboxes) return rest;
  const left = sandboxes.filter(({ status }) => !leavesOut || status !== 'terminated');
  return { ...rest, sandboxes: left.map((one) => stripped(one, leavesOut)) };
}

/** A `fetch` that loses the answer to the first request of this method and path, after the server has carried it out. */
export function losingFirst(method: string, path: RegExp): typeof fetch & { readonly lost: () => number } {
  let lost = 0;
  const losing = async (...[input, init]: Parameters<typeof fetch>) => {
    const answer = await fetch(input, init);
    if (lost > 0 || init?.method !== method || !path.test(String(input))) return answer;
    lost++;
    await answer.text();
    throw new TypeError('The connection was lost.');
  };
  return Object.assign(losing, { lost: () => lost });
}
