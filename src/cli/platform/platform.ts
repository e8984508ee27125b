import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { serveDriver } from '../../server/driver/remote/index.ts';
import { simulatedDriver } from '../../server/driver/simulated/index.ts';
import type { PlatformOptions } from './command.ts';

/** Serves a simulated platform on loopback until a signal ends it. Resolves once it listens. */
export async function servePlatform({ port, latency, failures, seed }: PlatformOptions): Promise<void> {
  const driver = simulatedDriver({ latencyMs: latency, failures, seed });
  const service = serveDriver(driver);
  const server = serve({ fetch: service.fetch, hostname: '127.0.0.1', port }) as Server;
  await once(server, 'listening').catch((error: unknown) => {
    const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    throw isTaken ? new Error(`Port ${port} is taken. Pass another --port.`, { cause: error }) : error;
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      service.close();
      server.closeAllConnections();
      server.close();
      void driver.close();
    });
  }
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  console.log(
    `Simulated platform on ${url}\nIts sandboxes end with this process.\n\nTry:\n  sandbox-lifecycle serve --driver ${url}`,
  );
}
