import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { withConsole } from '../../pages/index.ts';
import { withInspector } from '../../pages/inspector-route.ts';
import { processDriver } from '../../server/driver/process/index.ts';
import { remoteDriver } from '../../server/driver/remote/index.ts';
import { type SimulatedDriver, simulatedDriver } from '../../server/driver/simulated/index.ts';
import { type Api, createApi, createHost, type Driver, type Store, systemClock } from '../../server/index.ts';
import { sqliteStore } from '../../server/store/sqlite/index.ts';
import { createLogger, createLogOutput, logObservations } from '../../server/telemetry/log.ts';
import { createMetrics } from '../../server/telemetry/metrics.ts';
import { readVersion } from '../version.ts';
import { connectionLimit, limitConnections } from './connection-limit.ts';
import { greeting } from './greeting.ts';
import { listen } from './listen.ts';
import type { ServeOptions } from './serve-options.ts';
import { stopOnSignals } from './stop-on-signals.ts';
import { followTokenFile } from './token-file.ts';

/** Serves the HTTP API and the pages until a signal stops it. Resolves once it listens. */
export async function serve(options: ServeOptions): Promise<void> {
  const data = resolve(options.data);
  if (options.store === undefined) createFolder(data);
  const metrics = createMetrics({
    process: true,
    version: readVersion(),
    usageNamespaces: options.usageNamespaces,
  });
  const logOutput = createLogOutput({ onDropped: metrics.onDroppedLogLines });
  const log = logObservations(
    createLogger({ level: options.logLevel, destination: logOutput, host: options.hostName }),
  );
  const host = await createHost({
    store: await createStore(options, data),
    driver: await createDriver(options, data),
    policy: options.policy,
    quotas: options.quotas,
    retention: options.retention,
    ...options.presence,
    aliveSeconds: options.aliveSeconds,
    restored: options.restored,
    ...(options.hostName && { hostName: options.hostName }),
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
  const onProblem = (error: unknown) => log({ type: 'problem', error, sandboxId: null });
  followTokens(options, api, onProblem);
  const server = await listen(withConsole(withInspector(api)), options).catch(async (error: unknown) => {
    await host.close();
    throw error;
  });
  const limit = connectionLimit();
  if (limit) limitConnections(server, limit, onProblem);
  stopOnSignals({ server, api, host, logOutput }, onProblem, options.store ? sharedStopLimitMs : undefined);
  // Last, because a reader of this text may send a signal at once.
  console.log(greeting(server.address() as AddressInfo, options, data, limit));
}

/** Replaces the tokens of the API when their file changes, and on SIGHUP. */
function followTokens(
  { tokenFile: path }: ServeOptions,
  api: Api,
  onProblem: (error: unknown) => void,
): void {
  if (path === undefined) return;
  const clock = systemClock({ unref: true });
  const file = followTokenFile({ path, clock, onTokens: api.replaceTokens, onProblem });
  process.on('SIGHUP', file.reload);
}

/** The time limit of a stop where several servers share a database, in ms. Running operations may end first. */
const sharedStopLimitMs = 25_000;

/** Opens the database. The client of PostgreSQL is loaded only for it, because it is an optional peer. */
async function createStore({ store, restored }: ServeOptions, data: string): Promise<Store> {
  if (store === undefined) return sqliteStore(join(data, 'sandboxes.db'), { restored });
  const { postgresStore } = await import('../../server/store/postgres/index.ts');
  return postgresStore({ url: store.href, hosts: 'many', restored });
}

async function createDriver({ driver, simulation }: ServeOptions, data: string): Promise<Driver> {
  if (driver instanceof URL) return remoteDriver({ url: driver.href });
  return driver === 'process' ? processDriver(data) : inMemory(simulatedDriver(simulation));
}

/** The platform is in the memory of this process. So a sandbox that it does not know has ended with an earlier server. */
function inMemory(driver: SimulatedDriver): Driver {
  return {
    ...driver,
    async inspect(sandboxId) {
      const found = (await driver.inspect?.(sandboxId)) ?? ({ state: 'absent' } as const);
      const reason = 'The simulated platform ended with its server.';
      return found.state === 'absent' ? { state: 'exited', exitCode: null, reason } : found;
    },
  };
}

function createFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new Error(`Cannot create the folder --data ${path}: ${(cause as Error).message}`, { cause });
  }
}
