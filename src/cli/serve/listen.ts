import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import type { ServeOptions } from './serve-options.ts';

type Fetch = (request: Request) => Promise<Response>;

/** Limits of a connection in ms, and of the head of a request in bytes. */
const limits = {
  // Longer than the 90 s for which clients pool idle connections, so that a client never uses a closed one.
  keepAliveTimeout: 120_000,
  headersTimeout: 30_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 16_384,
};

/** The time limit of a silent connection, in ms. It also closes connections of clients that never read. */
const silenceMs = 150_000;

/** Listens on the port, or on any free one when the default port is taken. */
export async function listen(fetch: Fetch, { host, port, isPortChosen }: ServeOptions): Promise<Server> {
  try {
    return await listenOn(fetch, host, port);
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    if (isTaken && isPortChosen) {
      throw new Error(`Port ${port} is taken. Pass another one, or leave --port out to use any free one.`);
    }
    if (!isTaken) throw error;
    return listenOn(fetch, host, 0);
  }
}

function listenOn(fetch: Fetch, hostname: string, port: number): Promise<Server> {
  return new Promise((done, fail) => {
    const server = serve({ fetch, hostname, port, serverOptions: limits }, () => {
      server.off('error', fail);
      done(server as Server);
    });
    server.once('error', fail);
    (server as Server).setTimeout(silenceMs);
  });
}
