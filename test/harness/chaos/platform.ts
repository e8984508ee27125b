import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { type DriverService, serveDriver } from '../../../src/server/driver/remote/index.ts';
import { type SimulatedPlatform, simulatedDriver } from '../../../src/server/driver/simulated/index.ts';
import type { Driver, Job, ReleaseJob } from '../../../src/server/index.ts';

/** A call of the platform for one sandbox by one host. Instants are epoch ms. */
export interface PlatformCall {
  readonly host: string;
  readonly kind: 'boot' | 'snapshot' | 'suspend' | 'resume' | 'release' | 'adopt';
  readonly sandboxId: string;
  /** The operation; for an adoption the incarnation that should run, or 0. */
  readonly operation: number;
  readonly begunAt: number;
  /** Null while the platform works on it, whether or not its host still waits. */
  endedAt: number | null;
  /** Whether the platform has carried it out. */
  isDone: boolean;
}

/** One platform for all hosts, over loopback HTTP. It notes which host calls what, and outlives the hosts. */
export interface ObservedPlatform {
  readonly platform: SimulatedPlatform;
  /** All calls so far, in the order of their begin. */
  readonly calls: readonly PlatformCall[];
  /** The address for one host. Its path is the name of the caller. */
  urlFor(host: string): string;
  close(): Promise<void>;
}

/** Serves an empty platform. Some calls are slow, fail, lose their response or hang, and some sandboxes end by themselves. */
export async function servePlatform(seed: number): Promise<ObservedPlatform> {
  const options = {
    seed,
    latencyMs: [20, 1_200],
    crashAfterMs: [500, 20_000],
    retryable: 0.05,
    lost: 0.03,
  } as const;
  const faults = { failures: 0.01, hangs: 0.02, crashes: 0.02, exits: 0.02 };
  const driver = simulatedDriver({ ...options, ...faults });
  // A release that hangs is tried again after a minute, which is longer than a run.
  const { release } = simulatedDriver({ ...options, platform: driver.platform });
  const calls: PlatformCall[] = [];
  const services = new Map<string, DriverService>();
  const serviceOf = (host: string) => {
    const known = services.get(host);
    const service = known ?? serveDriver(observed({ ...driver, release }, host, calls));
    services.set(host, service);
    return service;
  };
  const server = serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const { origin, pathname } = new URL(request.url);
      const [, host = '', path = ''] = /^\/([^/]+)(\/.*)$/.exec(pathname) ?? [];
      const { method, headers, signal } = request;
      const body = method === 'POST' ? await request.text() : undefined;
      return serviceOf(host).fetch(
        new Request(origin + path, { method, headers, signal, ...(body !== undefined && { body }) }),
      );
    },
  }) as Server;
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    platform: driver.platform,
    calls,
    urlFor: (host) => `${url}/${host}`,
    async close() {
      for (const service of services.values()) service.close();
      server.closeAllConnections();
      server.close();
      await driver.close();
    },
  };
}

/** The driver of one host, which notes its calls. */
function observed(driver: Driver, host: string, calls: PlatformCall[]): Driver {
  async function noted<Result>(
    kind: PlatformCall['kind'],
    { sandboxId, operation }: Pick<Job | ReleaseJob, 'sandboxId' | 'operation'>,
    run: () => Promise<Result>,
  ): Promise<Result> {
    const begunAt = Date.now();
    const call: PlatformCall = { host, kind, sandboxId, operation, begunAt, endedAt: null, isDone: false };
    calls.push(call);
    try {
      const result = await run();
      call.isDone = true;
      return result;
    } finally {
      call.endedAt = Date.now();
    }
  }

  return {
    ...driver,
    boot: (job) => noted('boot', job, () => driver.boot(job)),
    snapshot: (job) => noted('snapshot', job, () => driver.snapshot(job)),
    suspend: (job) => noted('suspend', job, () => driver.suspend(job)),
    resume: (job) => noted('resume', job, () => driver.resume(job)),
    release: (job) => noted('release', job, () => driver.release(job)),
    async adopt(adopted) {
      const settled = await Promise.allSettled(
        adopted.map((one) =>
          noted('adopt', { sandboxId: one.sandboxId, operation: one.incarnation ?? 0 }, () =>
            driver.adopt([one]),
          ),
        ),
      );
      const failed = settled.find(({ status }) => status === 'rejected');
      if (failed?.status === 'rejected') throw failed.reason;
    },
  };
}
