import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { withConsole } from '../../pages/index.ts';
import { withInspector } from '../../pages/inspector-route.ts';
import { processDriver } from '../../server/driver/process/index.ts';
import { simulatedDriver } from '../../server/driver/simulated/index.ts';
import { createApi, createHost, type Driver } from '../../server/index.ts';
import { sqliteStore } from '../../server/store/sqlite/index.ts';
import { createLogger, logObservations } from '../../server/telemetry/log.ts';
import { createMetrics } from '../../server/telemetry/metrics.ts';
import { greeting } from './greeting.ts';
import { listen } from './listen.ts';
import type { ServeOptions } from './serve-options.ts';
import { stopOnSignals } from './stop-on-signals.ts';

/** Serves the HTTP API and the pages until a signal stops it. Resolves once it listens. */
export async function serve(options: ServeOptions): Promise<void> {
  const data = resolve(options.data);
  createFolder(data);
  const metrics = createMetrics({ process: true });
  const log = logObservations(createLogger({ level: options.logLevel }));
  const host = await createHost({
    store: sqliteStore(join(data, 'sandboxes.db')),
    driver: createDriver(options, data),
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
  stopOnSignals({ server, api, host }, (error) => log({ type: 'problem', error, sandboxId: null }));
  // Last, because a reader of this text may send a signal at once.
  console.log(greeting(server.address() as AddressInfo, options, data));
}

function createDriver({ driver, simulation }: ServeOptions, data: string): Driver {
  return driver === 'process' ? processDriver(data) : simulatedDriver(simulation);
}

function createFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (cause) {
    throw new Error(`Cannot create the folder --data ${path}: ${(cause as Error).message}`, { cause });
  }
}
