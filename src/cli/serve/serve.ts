import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { join, resolve } from 'node:path';
import { withInspector } from '../../inspect/transports/index.ts';
import { withConsole } from '../../pages/index.ts';
import { processDriver } from '../../server/driver/process/index.ts';
import { simulatedDriver } from '../../server/driver/simulated/index.ts';
import { type Api, createApi, createHost, type Driver, type Host } from '../../server/index.ts';
import { sqliteStore } from '../../server/store/sqlite/index.ts';
import { createLogger, logObservations } from '../../server/telemetry/log.ts';
import { createMetrics } from '../../server/telemetry/metrics.ts';
import { readServeOptions, type ServeOptions } from '../options.ts';
import { listen } from './listen.ts';

/** Serves the HTTP API until it is interrupted. Resolves once it listens. */
export async function serve(args: readonly string[]): Promise<void> {
  const options = readServeOptions(args, process.env);
  const data = resolve(options.data);
  makeFolder(data);
  const logger = createLogger({ level: options.logLevel });
  const metrics = createMetrics({ process: true });
  const log = logObservations(logger);
  const host = await createHost({
    store: sqliteStore(join(data, 'sandboxes.db')),
    driver: driverOf(options, data),
    policy: options.policy,
    observe(observation) {
      metrics.observe(observation);
      log(observation);
    },
  });
  const api = createApi(host, {
    tokens: options.tokens,
    allowedHosts: [options.host],
    origins: options.origins,
    rateLimit: options.rateLimit,
    publicUrl: options.publicUrl,
    metrics,
    observe: log,
  });
  const server = await listen(withConsole(withInspector(api)), options).catch(async (error: unknown) => {
    await host.close();
    throw error;
  });
  let isStopping = false;
  const stop = () => {
    // A second signal does not wait for the first.
    if (isStopping) process.exit(1);
    isStopping = true;
    closeAll(api, server, host).then(
      () => process.exit(0),
      (error: unknown) => {
        log({ type: 'problem', error, sandboxId: null });
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

/** Takes nothing new, ends streams and waits, lets what is being answered end, then every connection, then the host. */
async function closeAll(api: Api, server: Server, host: Host): Promise<void> {
  const rest = setTimeout(() => server.closeAllConnections(), requestGraceMs);
  await new Promise((done) => {
    server.close(done);
    api.close();
    server.closeIdleConnections();
  });
  clearTimeout(rest);
  await host.close();
}

function driverOf({ driver, simulation }: ServeOptions, data: string): Driver {
  return driver === 'process' ? processDriver(data) : simulatedDriver(simulation);
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw new Error(`--data ${path} cannot be made a folder: ${(cause as Error).message}`, { cause });
  }
}

const driverNotes = {
  process: 'Sandboxes are plain processes of this machine: for development, nothing is isolated.',
  simulated: 'Sandboxes are simulated: nothing runs in them, and a restart finds them gone.',
};

function greet(server: Server, { host, driver, tokens }: ServeOptions, data: string): void {
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : '';
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const curl = tokens === undefined ? 'curl -s' : 'curl -s -H "Authorization: Bearer $TOKEN"';
  console.log(`Listening on ${url}
Data in ${data}
${driverNotes[driver]}

Try:
  ${curl} ${url}/sandboxes -d '{ "name": "my-env", "timeout_secs": 300 }'
  ${curl} ${url}/sandboxes/my-env
  ${curl} -X POST ${url}/sandboxes/my-env/suspend
The console: ${url}/
The whole API: ${url}/docs
The machine, live: ${url}/inspect`);
}
