import { backOffMs } from '../../../utils/back-off.ts';
import { type Clock, pause, systemClock } from '../../../utils/clock.ts';
import { onAbort } from '../../../utils/on-abort.ts';
import { createCrashReports } from '../crash-reports.ts';
import {
  type Adopted,
  type BootJob,
  type Captured,
  type ConfigureJob,
  type Driver,
  DriverError,
  type Found,
  type Inspection,
  type Job,
  type SnapshotJob,
} from '../driver.ts';
import type { EndLine, Method } from './protocol.ts';
import { createRequests, type OnReport, type Requests } from './requests.ts';

/** Options of {@link remoteDriver}. */
export interface RemoteDriverOptions {
  /** The address at which `serveDriver` listens, such as `http://127.0.0.1:9090`. */
  readonly url: string;
  readonly clock?: Clock;
  /** Headers of each request, such as an `Authorization` for a proxy. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Connects to a driver that `serveDriver` serves. Every server with such a driver reaches the same platform. Rejects with
 * a sentence when nothing answers at the address. Later, calls that do not reach it fail as retryable.
 *
 * @example
 * const driver = await remoteDriver({ url: 'http://127.0.0.1:9090' });
 * const host = await createHost({ store, driver });
 */
export async function remoteDriver(options: RemoteDriverOptions): Promise<Driver> {
  const { url, clock = systemClock({ unref: true }), headers = {} } = options;
  const closing = new AbortController();
  const request = createRequests({ url, headers, clock, closing: closing.signal });
  const { methods, ...abilities } = await request.abilities();
  const reports = createCrashReports();
  const following = followEnds(request.ends, reports.publish, clock, closing.signal);
  const { call } = request;
  const carryOut = (
    method: Method,
    { signal, letGo, ...job }: Pick<Job, 'signal' | 'letGo'>,
    onReport?: OnReport,
  ) => untilLetGo(call(method, job, signal, onReport), letGo);

  return {
    ...abilities,
    reach: 'everywhere',
    ...(methods.includes('ownership.read') && {
      ownership: {
        read: () => call('ownership.read') as Promise<string | null>,
        write: (identity) => call('ownership.write', identity) as Promise<never>,
      },
    }),
    ...(methods.includes('configure') && {
      configure: (job: ConfigureJob) => carryOut('configure', job) as Promise<never>,
    }),
    ...(methods.includes('inspect') && {
      inspect: (sandboxId: string) => call('inspect', sandboxId) as Promise<Inspection>,
    }),
    boot({ progress, ...job }: BootJob) {
      return carryOut('boot', job, (line) => line.progress && progress(line.progress)) as Promise<never>;
    },
    snapshot({ localReady, ...job }: SnapshotJob) {
      return carryOut('snapshot', job, (line) => line.localReady && localReady?.()) as Promise<Captured>;
    },
    suspend: (job) => carryOut('suspend', job) as Promise<never>,
    resume: (job) => carryOut('resume', job) as Promise<never>,
    async release(job) {
      await carryOut('release', job);
      reports.forget(job.sandboxId);
    },
    deleteSnapshot: (snapshotId) => call('deleteSnapshot', snapshotId) as Promise<never>,
    inventory: () => call('inventory') as Promise<readonly Found[]>,
    adopt: (sandboxes: readonly Adopted[]) => call('adopt', sandboxes) as Promise<never>,
    watch: reports.watch,
    async close() {
      closing.abort();
      reports.close();
      await following;
    },
  };
}

/** Stops to wait when another host continues the operation. The platform carries the call out, because nothing aborts it. */
async function untilLetGo(called: Promise<unknown>, letGo: AbortSignal | undefined): Promise<unknown> {
  if (letGo === undefined) return called;
  const left = new Promise((_, reject) =>
    onAbort(letGo, () =>
      reject(new DriverError('Another host continues the operation.', { retryable: true })),
    ),
  );
  return Promise.race([called, left]);
}

/** Publishes the ends that the platform reports, and connects again after a pause, until the signal aborts. */
async function followEnds(
  ends: Requests['ends'],
  publish: (end: NonNullable<EndLine['end']>) => void,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      for await (const { end } of ends()) {
        failures = 0;
        if (end) publish(end);
      }
    } catch {
      // The next connection may succeed. A look at the inventory finds what ended meanwhile.
    }
    await pause(
      clock,
      backOffMs(Math.max(1, failures), { firstMs: 200, longestMs: 5_000 }, Math.random),
      signal,
    );
  }
}
