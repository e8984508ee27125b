import type { Server } from 'node:http';
import type { Api, Host } from '../../server/index.ts';

/** The time limit for requests in progress after the first signal, in ms. */
const requestGraceMs = 2_000;

/** The parts of a running server. */
export interface RunningServer {
  readonly server: Server;
  readonly api: Api;
  readonly host: Host;
}

/**
 * Stops the server and ends the process on SIGINT or SIGTERM: with exit code 0 after a graceful stop, with 1 when the
 * stop fails or on a second signal. Calls `onError` when the stop fails.
 */
export function stopOnSignals(running: RunningServer, onError: (error: unknown) => void): void {
  let isStopping = false;
  const stop = () => {
    // A second signal does not wait for the first.
    if (isStopping) process.exit(1);
    isStopping = true;
    closeAll(running).then(
      () => process.exit(0),
      (error: unknown) => {
        onError(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

/** Stops accepting connections, ends streams and waits, completes requests, closes connections, then closes the host. */
async function closeAll({ server, api, host }: RunningServer): Promise<void> {
  const graceTimer = setTimeout(() => server.closeAllConnections(), requestGraceMs);
  await new Promise((done) => {
    server.close(done);
    api.close();
    server.closeIdleConnections();
  });
  clearTimeout(graceTimer);
  await host.close();
}
