import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { Sandbox } from '../../../src/index.ts';
import { withConsole } from '../../../src/pages/index.ts';
import { simulatedDriver } from '../../../src/server/driver/simulated/index.ts';
import {
  createApi,
  createHost,
  type Driver,
  type Host,
  type Store,
  type Token,
} from '../../../src/server/index.ts';
import { memoryStore } from '../../../src/server/store/memory.ts';

/** A running server with the console in front of its API. */
export interface ConsoleServer {
  readonly host: Host;
  /** The address of the console. */
  readonly url: string;
  readonly origin: string;
  readonly port: number;
  /** The requests, such as `POST /sandboxes`. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** Options of {@link startConsole}. */
export interface ConsoleServerOptions {
  readonly store?: Store;
  readonly driver?: Driver;
  /** The name of the host, among several on one store. */
  readonly hostName?: string;
  readonly tokens?: readonly Token[];
  readonly port?: number;
  /** Mounts the console and its API below this path, such as `/console`. */
  readonly below?: string;
  /** Called before the server handles a request. */
  readonly before?: (request: Request, host: Host) => Promise<void>;
}

/** Starts a server on the loopback address with the built console. */
export async function startConsole(options: ConsoleServerOptions = {}): Promise<ConsoleServer> {
  const {
    store = memoryStore(),
    driver = simulatedDriver({ latencyMs: 40 }),
    tokens,
    port = 0,
    below = '',
    before,
    hostName,
  } = options;
  const host = await createHost({ store, driver, ...(hostName && { hostName }) });
  const api = createApi(host, { tokens });
  const page = withConsole(api);
  const requests: string[] = [];
  const fetch = async (request: Request) => {
    requests.push(`${request.method} ${new URL(request.url).pathname}`);
    await before?.(request, host);
    return page(request);
  };
  const app = new Hono().mount(below || '/', fetch);
  const server = await new Promise<Server>((done) => {
    const started = serve({ fetch: app.fetch, hostname: '127.0.0.1', port }, () => done(started as Server));
  });
  const address = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${address.port}`;
  return {
    host,
    requests,
    port: address.port,
    url: `${origin}${below}/`,
    origin,
    async close() {
      api.close();
      server.close();
      server.closeAllConnections();
      await host.close();
    },
  };
}

/** Creates a sandbox and waits until it runs. */
export async function runningSandbox(host: Host, name: string): Promise<Sandbox> {
  const { sandbox } = await host.create({ namespace: 'default', name });
  await host.waitFor('default', sandbox.id, ['running'], { timeoutMs: 120_000 });
  return sandbox;
}

/** Creates the function that starts a server for one test. `later` registers what ends with the test. */
export const startForTest =
  (later: (end: () => unknown) => void) =>
  async (options?: ConsoleServerOptions): Promise<ConsoleServer> => {
    const server = await startConsole(options);
    later(() => server.close());
    return server;
  };
