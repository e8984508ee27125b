import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { afterEach, describe, expect, test } from 'vitest';
import { defaultConfiguration } from '../../../../../src/server/configuration.ts';
import type { BootJob, Crash, Driver, Exit } from '../../../../../src/server/driver/driver.ts';
import { remoteDriver, serveDriver } from '../../../../../src/server/driver/remote/index.ts';
import {
  type SimulatedDriverOptions,
  simulatedDriver,
  simulatedPlatform,
} from '../../../../../src/server/driver/simulated/index.ts';
import { driverConformance } from '../../../../../src/testing/index.ts';
import { simulatedProbes } from '../../../../harness/server/simulated-probes.ts';

/** Serves a simulated platform on loopback. */
async function served(options: SimulatedDriverOptions = {}) {
  const platform = simulatedPlatform();
  const driver = simulatedDriver({ ...options, platform });
  const service = serveDriver(driver);
  let followers = 0;
  async function fetch(request: Request): Promise<Response> {
    const response = await service.fetch(request);
    if (new URL(request.url).pathname === '/ends') followers += 1;
    return response;
  }
  const server = serve({ fetch, hostname: '127.0.0.1', port: 0 }) as Server;
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  async function cleanUp(): Promise<void> {
    service.close();
    server.closeAllConnections();
    server.close();
    await driver.close();
  }
  return {
    platform,
    url,
    service,
    server,
    cleanUp,
    connect: () => remoteDriver({ url }),
    followers: () => followers,
  };
}

type Served = Awaited<ReturnType<typeof served>> & {
  readonly driver: Driver;
  readonly reopen: () => Promise<Driver>;
};

describe.concurrent.each([
  ['at once', {}],
  [
    'with latency, retryable failures and duplicate reports',
    { latencyMs: [0, 8] as const, retryable: 0.3, duplicates: 0.5 },
  ],
])('the driver of a remote platform, %s', (_, options) => {
  const checks = driverConformance<Served>({
    async create() {
      const one = await served(options);
      return { ...one, driver: await one.connect(), reopen: one.connect };
    },
    ...simulatedProbes,
  });
  for (const { name, run } of checks) test(name, run);
});

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function setUp(options: SimulatedDriverOptions = {}) {
  const one = await served(options);
  open.push(one.cleanUp);
  return one;
}

async function connect({ connect }: Awaited<ReturnType<typeof served>>): Promise<Driver> {
  const driver = await connect();
  open.push(() => driver.close());
  return driver;
}

const boot = (sandboxId: string): BootJob => ({
  ...{ sandboxId, operation: 1, deadline: 9e15, generation: 1, configuration: defaultConfiguration },
  ...{
    signal: new AbortController().signal,
    snapshotId: null,
    snapshotType: null,
    owner: null,
    progress: () => {},
  },
});

describe('several servers on one platform', () => {
  test('see the same sandboxes, and each gets the report of an end', async () => {
    const one = await setUp();
    const [a, b] = [await connect(one), await connect(one)];
    const ends: (Crash | Exit)[][] = [[], []];
    a.watch((end) => ends[0]?.push(end));
    b.watch((end) => ends[1]?.push(end));
    await a.boot(boot('s1'));
    expect(await b.inventory()).toEqual([expect.objectContaining({ sandboxId: 's1', state: 'running' })]);
    expect(await b.inspect?.('s1')).toEqual({ state: 'running' });
    await expect.poll(one.followers).toBe(2);
    one.platform.kill('s1');
    await expect.poll(() => ends.map((list) => list.length)).toEqual([1, 1]);
  });

  test('a caller that disconnects undoes nothing', async () => {
    const one = await setUp({ latencyMs: 200 });
    const [a, b] = [await connect(one), await connect(one)];
    const booting = a.boot(boot('s1'));
    await new Promise((resolve) => setImmediate(resolve));
    await expect.poll(() => fetch(`${one.url}/driver`).then(({ ok }) => ok)).toBe(true);
    await a.close();
    await expect(booting).rejects.toMatchObject({ retryable: true, message: 'The driver is closed.' });
    // The next server sends the same job, and the platform does the work once.
    await b.boot(boot('s1'));
    expect(one.platform.timesDone('s1', 1)).toBe(1);
  });
});

describe('a platform that does not answer', () => {
  test('is an error with its address at the start', async () => {
    const { url, cleanUp } = await served();
    await cleanUp();
    await expect(remoteDriver({ url })).rejects.toThrow(
      /^The driver at http:\/\/127\.0\.0\.1:\d+ cannot be used: .*ECONNREFUSED/,
    );
  });

  test('is a retryable error later, and a look at it fails', async () => {
    const one = await setUp();
    const driver = await connect(one);
    one.server.closeAllConnections();
    one.server.close();
    await expect(driver.boot(boot('s1'))).rejects.toMatchObject({
      retryable: true,
      message: expect.stringMatching(/^The platform at .* cannot be reached: /),
    });
    await expect(driver.inventory()).rejects.toMatchObject({ retryable: true });
  });
});

test('a failure of the platform keeps its kind and its message', async () => {
  const one = await setUp();
  const driver = await connect(one);
  await driver.boot(boot('s1'));
  await driver.release({ sandboxId: 's1', operation: 5, signal: new AbortController().signal });
  await expect(driver.boot(boot('s1'))).rejects.toMatchObject({ retryable: false, isStale: true });
});

describe('the service', () => {
  const request = (path: string, init: RequestInit = {}) => new Request(`http://127.0.0.1${path}`, init);

  test.each([
    ['a page', '/driver', { headers: { origin: 'https://example.com' } }, 403],
    ['a page of the same site', '/driver', { headers: { 'sec-fetch-site': 'same-site' } }, 403],
    ['an unknown path', '/other', {}, 404],
    ['an unknown method', '/calls/a', { method: 'POST', body: '{"method":"constructor"}' }, 400],
    ['no JSON', '/calls/a', { method: 'POST', body: '{' }, 400],
    ['null', '/calls/a', { method: 'POST', body: 'null' }, 400],
    ['a long call', '/calls/a', { method: 'POST', body: `"${'x'.repeat(5 * 1024 * 1024)}"` }, 400],
  ])('refuses %s', async (_, path, init, status) => {
    const { service } = await setUp();
    expect((await service.fetch(request(path, init))).status).toBe(status);
  });

  test('an abort that arrives before its call ends it', async () => {
    const { service, platform } = await setUp({ latencyMs: 10 });
    await service.fetch(request('/calls/c1', { method: 'DELETE' }));
    const { signal: _, progress: __, ...argument } = boot('s1');
    const body = JSON.stringify({ method: 'boot', argument });
    const response = await service.fetch(request('/calls/c1', { method: 'POST', body }));
    expect(await response.text()).toContain('"error"');
    expect(platform.sandboxes()).toEqual([]);
  });
});
