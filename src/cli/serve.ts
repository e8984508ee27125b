import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { join, resolve } from 'node:path';
import { serve as listen } from '@hono/node-server';
import { processDriver } from '../server/driver/process/index.ts';
import { createApi, createHost, type Host } from '../server/index.ts';
import { sqliteStore } from '../server/store/sqlite/index.ts';
import { readServeOptions, type ServeOptions } from './options.ts';

/** Serves the HTTP API until it is interrupted. Resolves once it listens. */
export async function serve(args: readonly string[]): Promise<void> {
  const options = readServeOptions(args);
  const data = resolve(options.data);
  makeFolder(data);
  const report = (error: unknown, what: unknown) =>
    console.error(
      `${new Date().toISOString()} ${String(what)}: ${error instanceof Error ? error.message : error}`,
    );
  const host = await createHost({
    store: sqliteStore(join(data, 'sandboxes.db')),
    driver: processDriver(data),
    onProblem: (error, sandboxId) => report(error, sandboxId ? `sandbox ${sandboxId}` : 'server'),
  });
  const api = createApi(host, {
    tokens: options.tokens,
    allowedHosts: [options.host],
    onProblem: (error, { url }) => report(error, url),
  });
  const server = await bind(api, options).catch(async (error: unknown) => {
    await host.close();
    throw error;
  });
  let stopping = false;
  const stop = () => {
    // A second signal does not wait for the first.
    if (stopping) process.exit(1);
    stopping = true;
    void closeAll(server, host).then(
      () => process.exit(0),
      (error: unknown) => {
        report(error, 'server');
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // Last: who reads that it listens may also ask it to stop.
  greet(server, options, data);
}

/** How long requests may take to end once the server is to stop, in ms. */
const requestGraceMs = 2_000;

/** Ends what is being answered, then every connection, then the host. */
async function closeAll(server: Server, host: Host): Promise<void> {
  const rest = setTimeout(() => server.closeAllConnections(), requestGraceMs);
  await new Promise((done) => {
    server.close(done);
    server.closeIdleConnections();
  });
  clearTimeout(rest);
  await host.close();
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw new Error(`--data ${path} cannot be made a folder: ${(cause as Error).message}`, { cause });
  }
}

/** Listens on the port, or on any free one when it is taken and was not asked for. */
async function bind(fetch: (request: Request) => Promise<Response>, options: ServeOptions): Promise<Server> {
  try {
    return await bindTo(fetch, options.host, options.port);
  } catch (error) {
    const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    if (taken && options.portAsked) {
      throw new Error(`Port ${options.port} is taken; give another one, or none to have a free one found.`);
    }
    if (!taken) throw error;
    return bindTo(fetch, options.host, 0);
  }
}

function bindTo(
  fetch: (request: Request) => Promise<Response>,
  hostname: string,
  port: number,
): Promise<Server> {
  return new Promise((done, fail) => {
    const server = listen({ fetch, hostname, port, serverOptions: { keepAliveTimeout: 120_000 } }, () => {
      server.off('error', fail);
      done(server as Server);
    });
    server.once('error', fail);
  });
}

function greet(server: Server, { host }: ServeOptions, data: string): void {
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : '';
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  console.log(`Listening on ${url}
Data in ${data}
Sandboxes are plain processes of this machine: for development, nothing is isolated.

Try:
  curl -s ${url}/sandboxes -d '{ "name": "my-env", "timeout_secs": 300 }'
  curl -s ${url}/sandboxes/my-env
  curl -s -X POST ${url}/sandboxes/my-env/suspend`);
}
