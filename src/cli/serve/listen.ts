import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
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

/** A server that rejects what its framework would not see: a second `Host`, of which only the first one would be checked. */
function createUnambiguousServer(options: ServerOptions, listener: RequestListener): Server {
  return createServer(options, (request, response) => {
    const hosts = request.rawHeaders.filter((name, index) => index % 2 === 0 && /^host$/i.test(name));
    if (hosts.length <= 1) return listener(request, response);
    response.writeHead(400, {
      'content-type': 'text/plain; charset=utf-8',
      'x-error-code': 'several_hosts',
      connection: 'close',
    });
    response.end('The request has several Host headers; send one.');
  });
}

function listenOn(fetch: Fetch, hostname: string, port: number): Promise<Server> {
  return new Promise((done, fail) => {
    const create = createUnambiguousServer as typeof createServer;
    const server = serve({ fetch, hostname, port, createServer: create, serverOptions: limits }, () => {
      server.off('error', fail);
      done(server as Server);
    });
    server.once('error', fail);
    (server as Server).setTimeout(silenceMs);
  });
}
