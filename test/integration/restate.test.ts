import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sandbox, Status } from '../../src/index.ts';
import { serveDriver } from '../../src/server/driver/remote/index.ts';
import { simulatedDriver, simulatedPlatform } from '../../src/server/driver/simulated/index.ts';
import { type Engine, restateSkipped, startEngine } from '../harness/restate/engine.ts';
import { createRandom } from '../harness/shared/random.ts';

const skipped = restateSkipped();

interface Row {
  readonly version: number;
  readonly event: { readonly type: string };
  readonly sandbox: Sandbox;
}

describe.skipIf(skipped)('the Restate sample of docs/engines.md', () => {
  const platform = simulatedPlatform();
  const driver = simulatedDriver({ platform, latencyMs: [20, 400], seed: 3 });
  let server: ReturnType<typeof serve>;
  let engine: Engine;

  beforeAll(async () => {
    const { fetch } = serveDriver(driver);
    server = await new Promise((resolve) => {
      const opened = serve({ fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(opened));
    });
    engine = await startEngine(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  afterAll(async () => {
    await engine?.stop();
    server?.close();
  });

  const send = (id: string, type: string) => engine.call('Sandbox', id, 'send', { type });
  const read = (id: string) => engine.call<{ sandbox: Sandbox; released: boolean }>('Sandbox', id, 'get');
  const until = (id: string, status: Status) =>
    expect
      .poll(async () => (await read(id)).sandbox.status, { timeout: 300_000, interval: 100 })
      .toBe(status);

  async function live(id: string): Promise<void> {
    await engine.call('Sandbox', id, 'create', { name: `name-of-${id}` });
    await until(id, 'running');
    await send(id, 'suspend');
    await until(id, 'suspended');
    await send(id, 'resume');
    await until(id, 'running');
    await send(id, 'terminate');
    await expect.poll(async () => (await read(id)).released, { timeout: 300_000, interval: 100 }).toBe(true);
  }

  test('lives are right while the service is killed again and again', async () => {
    const ids = Array.from({ length: 16 }, (_, index) => `life-${index}`);
    const random = createRandom(1);
    const lives = Promise.all(ids.map(live));
    for (let kills = 0; kills < 8; kills++) {
      await sleep(random.between(500, 2_000));
      await engine.killService();
    }
    await lives;
    for (const id of ids) {
      const rows = await engine.call<Row[]>('Sandbox', id, 'history');
      expect(rows.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7]);
      expect(rows.map(({ event }) => event.type).join(' ')).toBe(
        'created boot.completed suspend suspend.completed resume resume.completed terminate',
      );
      // Each operation took effect once, however often its call was repeated.
      expect([1, 2, 3].map((operation) => platform.timesDone(id, operation))).toEqual([1, 1, 1]);
    }
    expect(platform.sandboxes()).toEqual([]);
  });

  test('a run limit fires once, and not early', async () => {
    await engine.call('Sandbox', 'timed', 'create', { name: 'timed', timeoutMs: 2_000 });
    await until('timed', 'suspended');
    const rows = await engine.call<Row[]>('Sandbox', 'timed', 'history');
    const expiresAt = rows.find(({ event }) => event.type === 'boot.completed')?.sandbox.expiresAt ?? 0;
    const timeouts = rows.filter(({ event }) => event.type === 'timeout');
    expect(timeouts).toHaveLength(1);
    expect(timeouts[0]?.sandbox.updatedAt).toBeGreaterThanOrEqual(expiresAt);
  });

  test('a name belongs to one living sandbox, and a refusal is a result', async () => {
    await engine.call('Sandbox', 'first', 'create', { name: 'shared' });
    const claim = () => engine.call<string>('Name', 'shared', 'claim', 'second');
    expect(await claim()).toBe('first');
    await until('first', 'running');
    const { refusal } = await engine.call<{ refusal?: { code: string } }>('Sandbox', 'first', 'send', {
      type: 'rename',
      name: '',
    });
    expect(refusal?.code).toBe('invalid');
    await send('first', 'terminate');
    await expect.poll(claim, { timeout: 300_000, interval: 100 }).toBe('second');
  });
});
