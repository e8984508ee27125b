import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { checkData } from '../../../../src/cli/check/check-data.ts';
import {
  createHost,
  type Host,
  type HostOptions,
  NamespaceDeletingError,
  RuleError,
  type Store,
} from '../../../../src/server/index.ts';
import { memoryStore } from '../../../../src/server/store/memory.ts';
import { sqliteStore } from '../../../../src/server/store/sqlite/index.ts';
import { type FakeDriver, fakeDriver } from '../../../harness/server/fake-driver.ts';
import { type VirtualClock, virtualClock } from '../../../harness/server/virtual-clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'namespaces-'));
let files = 0;

const stores: readonly (readonly [string, () => () => Store])[] = [
  [
    'memory',
    () => {
      const store = memoryStore();
      return () => store;
    },
  ],
  [
    'SQLite',
    () => {
      const path = join(folder, `${++files}.db`);
      return () => sqliteStore(path);
    },
  ],
];

let host: Host;
let clock: VirtualClock;
let driver: FakeDriver;
let open: () => Store;
let problems: unknown[];

async function start(options: Partial<HostOptions> = {}): Promise<void> {
  driver = fakeDriver(driver?.platform);
  problems = [];
  host = await createHost({
    ...{ store: open(), driver, clock, random: () => 0, ...options },
    observe: (observation) => void (observation.type === 'problem' && problems.push(observation.error)),
  });
}

/** Fills two namespaces: sandboxes with metadata, a snapshot, and stored responses. */
async function fill(): Promise<void> {
  for (const namespace of ['team', 'other']) {
    for (const name of ['a', 'b', 'c']) {
      const configuration = { metadata: { owner: 'ada' } };
      await host.create({ namespace, name, configuration }, { idempotencyKey: `key-${name}` });
    }
    await clock.settle();
    await host.send(namespace, 'a', { type: 'snapshot' });
    await clock.settle();
    await host.send(namespace, 'b', { type: 'terminate' });
    // The ends of the two namespaces have an order.
    await clock.advance(1);
  }
}

const contentOf = async (namespace: string) => ({
  sandboxes: (await host.list({ namespace, limit: 100 })).items.length,
  snapshots: (await host.listSnapshots({ namespace, limit: 100 })).items.length,
});

async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) await clock.advance(1_000);
}

afterEach(() => host.close());
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(stores)('a namespace in %s', (kind, opener) => {
  async function begin(options: Partial<HostOptions> = {}): Promise<void> {
    clock = virtualClock();
    driver = fakeDriver();
    open = opener();
    await start(options);
  }

  test('is deleted with its archived sandboxes, also with one whose deletion has begun', async () => {
    await begin();
    await fill();
    for (const name of ['a', 'c']) await host.send('team', name, { type: 'terminate' });
    await clock.settle();
    await host.close();
    const store = open();
    await store.retention?.archive(Number.MAX_SAFE_INTEGER, 0, 99);
    await store.retention?.deleteArchived(Number.MAX_SAFE_INTEGER, 1);
    if (kind === 'SQLite') await store.close();
    await start();
    await host.deleteNamespace('team');
    await pass(20);
    expect(await host.namespaceDeletion('team')).toBeUndefined();
    expect((await host.listArchived({ namespace: 'team', limit: 9 })).items).toEqual([]);
    expect((await host.listArchived({ namespace: 'other', limit: 9 })).items).toHaveLength(1);
    expect(problems).toEqual([]);
    await host.close();
    if (kind === 'SQLite') expect((await checkData(join(folder, `${files}.db`))).problems).toEqual([]);
  });

  test('is deleted with all that it has, and nothing else is', async () => {
    await begin();
    await fill();
    const before = await host.position();
    const [snapshot] = (await host.listSnapshots({ namespace: 'team', limit: 1 })).items;
    const events: string[] = [];
    const ending = new AbortController();
    const watch = (async () => {
      for await (const row of host.watch({ namespace: 'team', signal: ending.signal, after: before }))
        events.push(`${row.event.type} by ${row.actor}`);
    })();
    const begun = await host.deleteNamespace('team', { actor: 'root', cause: 'r1' });
    expect(begun).toMatchObject({ namespace: 'team', actor: 'root', cause: 'r1', terminatedSandboxes: 0 });
    await pass(20);
    expect(await host.namespaceDeletion('team')).toBeUndefined();
    expect(await contentOf('team')).toEqual({ sandboxes: 0, snapshots: 0 });
    expect(await contentOf('other')).toEqual({ sandboxes: 3, snapshots: 1 });
    expect(driver.deletedSnapshots).toEqual([snapshot?.id]);
    expect(driver.platform.size).toBe(2);
    expect(problems).toEqual([]);
    ending.abort();
    await watch;
    expect(events.filter((event) => event === 'terminate by root').length).toBeLessThanOrEqual(2);
    // A sequence is never used again, and a key is free.
    const entry = await host.create({ namespace: 'team', name: 'a' }, { idempotencyKey: 'key-a' });
    const [row] = await host.history('team', entry.sandbox.id);
    expect(row?.sequence).toBeGreaterThan(before + 2);
    await host.close();
    if (kind === 'SQLite') expect((await checkData(join(folder, `${files}.db`))).problems).toEqual([]);
  });

  test('accepts no new sandbox meanwhile, and waits for the platform', async () => {
    await begin();
    await fill();
    driver.script('release', async () => {
      throw new Error('The platform is busy.');
    });
    await host.deleteNamespace('team');
    await pass(10);
    expect(await host.namespaceDeletion('team')).toMatchObject({
      terminatedSandboxes: 2,
      deletedSnapshots: 1,
    });
    await expect(host.create({ namespace: 'team', name: 'new' })).rejects.toThrow(NamespaceDeletingError);
    await host.create({ namespace: 'other', name: 'new' });
    expect((await contentOf('team')).sandboxes).toBe(2);
    driver.script('release', async () => undefined);
    await pass(60);
    expect(await host.namespaceDeletion('team')).toBeUndefined();
    expect((await contentOf('team')).sandboxes).toBe(0);
    await host.create({ namespace: 'team', name: 'new' });
  });

  test('is deleted by the next host when the first one stops', async () => {
    await begin();
    await fill();
    driver.script('release', async () => {
      throw new Error('The platform is busy.');
    });
    await host.deleteNamespace('team', { actor: 'root' });
    await pass(3);
    const begun = await host.namespaceDeletion('team');
    await host.close();
    await start();
    expect(await host.namespaceDeletion('team')).toMatchObject({
      actor: 'root',
      requestedAt: begun?.requestedAt,
    });
    await expect(host.create({ namespace: 'team', name: 'new' })).rejects.toThrow(NamespaceDeletingError);
    expect(await host.deleteNamespace('team', { actor: 'other' })).toMatchObject({ actor: 'root' });
    await pass(60);
    expect(await host.namespaceDeletion('team')).toBeUndefined();
    expect(await contentOf('team')).toEqual({ sandboxes: 0, snapshots: 0 });
    await host.close();
    await start();
    expect(await host.namespaceDeletion('team')).toBeUndefined();
  });

  test('is deleted in batches, also when a batch fails', async () => {
    clock = virtualClock();
    driver = fakeDriver();
    const openStore = opener();
    const limits: number[] = [];
    let failures = 2;
    open = () => {
      const store = openStore();
      const { namespaces } = store;
      if (namespaces === undefined) throw new Error('The store does not delete namespaces.');
      return {
        ...store,
        namespaces: {
          ...namespaces,
          async deleteRows(namespace, limit) {
            if (failures-- > 0) throw new Error('The disk is full.');
            const rows = await namespaces.deleteRows(namespace, limit);
            limits.push(rows);
            return rows;
          },
        },
      };
    };
    await start();
    for (let made = 0; made < 120; made++) await host.create({ namespace: 'team' });
    await clock.settle();
    await host.deleteNamespace('team');
    await pass(120);
    expect(await host.namespaceDeletion('team')).toBeUndefined();
    expect((await contentOf('team')).sandboxes).toBe(0);
    expect(problems).toHaveLength(2);
    // A batch is at most 50 rows, of each of responses, snapshots and sandboxes.
    expect(Math.max(...limits)).toBeLessThanOrEqual(50);
    expect(limits.filter((rows) => rows > 0).length).toBeGreaterThan(5);
  });
});

test('a store that cannot delete namespaces says so', async () => {
  clock = virtualClock();
  driver = fakeDriver();
  const { namespaces, ...store } = memoryStore();
  open = () => store;
  await start();
  await expect(host.deleteNamespace('team')).rejects.toThrow(RuleError);
});
