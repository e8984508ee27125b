import type { Server } from 'node:http';
import type { Api, Host } from '../../server/index.ts';
import type { LogOutput } from '../../server/telemetry/log-output.ts';

/** The time limit for requests in progress after the first signal, in ms. */
const requestGraceMs = 1_500;

/** The default time limit of the whole stop, in ms. After that the process ends as it is. */
const stopLimitMs = 10_000;

/** How long the last lines of the log may take, in ms. */
const logLimitMs = 500;

/** The parts of a running server. */
export interface RunningServer {
  readonly server: Server;
  readonly api: Api;
  readonly host: Host;
  readonly logOutput: LogOutput;
}

/**
 * Stops the server and ends the process on SIGINT or SIGTERM: with exit code 0 after a graceful stop, with 1 when the
 * stop fails or takes longer than `limitMs`, or on a second signal. Calls `onError` when the stop fails.
 */
export function stopOnSignals(
  running: RunningServer,
  onError: (error: unknown) => void,
  limitMs = stopLimitMs,
): void {
  let isStopping = false;
  const stop = () => {
    // A second signal does not wait for the first.
    if (isStopping) process.exit(1);
    isStopping = true;
    setTimeout(() => {
      onError(new Error(`The server did not stop within ${limitMs / 1000} s.`));
      process.exit(1);
    }, limitMs);
    void closeAll(running, onError).then(process.exit);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

/** Closes everything. Resolves with the exit code. */
async function closeAll(running: RunningServer, onError: (error: unknown) => void): Promise<number> {
  const exitCode = await closeServer(running).then(
    () => 0,
    (error: unknown) => {
      onError(error);
      return 1;
    },
  );
  await running.logOutput.close(logLimitMs);
  return exitCode;
}

/** Stops accepting connections, ends streams and waits, completes requests, closes connections, then closes the host. */
async function closeServer({ server, api, host }: RunningServer): Promise<void> {
  const graceTimer = setTimeout(() => server.closeAllConnections(), requestGraceMs);
  await new Promise((done) => {
    server.close(done);
    api.close();
    server.closeIdleConnections();
  });
  clearTimeout(graceTimer);
  await host.close();
}
