import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import type { ServeOptions } from '../options.ts';

type Fetch = (request: Request) => Promise<Response>;

/** What a connection may take its time for, in ms, and how large a head may be, in bytes. */
const limits = {
  // Clients pool idle connections for 90 s, and must not find one closed that they are about to use.
  keepAliveTimeout: 120_000,
  headersTimeout: 30_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 16_384,
};

/** After so many ms without a byte a connection is given up: also one of a reader that was cut off and never reads. */
const silenceMs = 150_000;

/** Listens on the port, or on any free one when it is taken and was not asked for. */
export async function listen(fetch: Fetch, { host, port, portAsked }: ServeOptions): Promise<Server> {
  try {
    return await listenOn(fetch, host, port);
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    if (isTaken && portAsked) {
      throw new Error(`Port ${port} is taken; give another one, or none to have a free one found.`);
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
