import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { afterAll, expect, test } from 'vitest';
import { serveDriver } from '../../src/server/driver/remote/index.ts';
import { simulatedDriver } from '../../src/server/driver/simulated/index.ts';
import { startServer } from '../harness/integration/server-process.ts';
import { postgresForTests } from '../harness/postgres/server.ts';

const { url, stop, skipped } = await postgresForTests();
afterAll(stop);

const statusOf = async (base: string, name: string) => {
  const response = await fetch(`${base}/sandboxes/${name}`);
  return response.ok ? ((await response.json()) as { status: string }).status : response.status;
};

test.skipIf(skipped)('a server on a shared database continues what a killed one had begun', async () => {
  const driver = simulatedDriver({ latencyMs: [3_000, 3_000] });
  const platform = serve({ fetch: serveDriver(driver).fetch, hostname: '127.0.0.1', port: 0 });
  await once(platform, 'listening');
  const address = `http://127.0.0.1:${(platform.address() as AddressInfo).port}`;
  const args = ['--store', url, '--driver', address];
  const [first, second] = await Promise.all([startServer({ args }), startServer({ args })]);
  try {
    const created = await fetch(`${first.url}/sandboxes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'my-env' }),
    });
    expect(created.ok).toBe(true);
    expect(await statusOf(second.url, 'my-env')).toBe('pending');
    await first.kill();
    await expect.poll(() => statusOf(second.url, 'my-env'), { timeout: 120_000 }).toBe('running');
    const ended = await fetch(`${second.url}/sandboxes/my-env`, { method: 'DELETE' });
    expect(ended.ok).toBe(true);
    await expect.poll(() => driver.inventory(), { timeout: 60_000 }).toEqual([]);
    await second.stop();
  } finally {
    await Promise.allSettled([first.kill(), second.kill()]);
    platform.close();
  }
});
