import { beforeEach, expect, test } from 'vitest';
import { createHost, type Host, NamespaceDeletingError } from '../../../../src/server/index.ts';
import {
  type SharedMemoryStore,
  sharedMemoryStore,
} from '../../../../src/server/store/memory/shared-memory.ts';
import type { StoreNamespaces } from '../../../../src/server/store/store.ts';
import { fakeDriver } from '../../../harness/server/fake-driver.ts';
import { type VirtualClock, virtualClock } from '../../../harness/server/virtual-clock.ts';

let clock: VirtualClock;
let store: SharedMemoryStore;
let problems: unknown[];

beforeEach(() => {
  clock = virtualClock();
  store = sharedMemoryStore({ clock });
  problems = [];
});

/** Starts a host. `change` replaces methods of its deletion of namespaces. */
async function start(
  hostName: string,
  change: (namespaces: StoreNamespaces) => Partial<StoreNamespaces> = () => ({}),
): Promise<Host> {
  const handle = store.another();
  const namespaces = handle.namespaces as StoreNamespaces;
  const starting = createHost({
    ...{ clock, hostName, random: () => 0, driver: { ...fakeDriver(), reach: 'everywhere' } },
    store: { ...handle, namespaces: { ...namespaces, ...change(namespaces) } },
    observe: (observation) => void (observation.type === 'problem' && problems.push(observation.error)),
  });
  await clock.settle();
  return starting;
}

async function close(...hosts: Host[]): Promise<void> {
  const closing = Promise.all(hosts.map((host) => host.close()));
  await clock.advance(20_000);
  await closing;
}

async function fill(host: Host): Promise<void> {
  for (let index = 0; index < 3; index++)
    await host.create({ namespace: 'team', name: `s${index}` }, { idempotencyKey: `key-${index}` });
  await host.create({ namespace: 'other', name: 'kept' });
  await clock.advance(100);
}

const leftIn = async (host: Host, namespace: string) =>
  (await host.list({ namespace, limit: 9 })).items.length;

test('a namespace is deleted through any of several hosts, and every one refuses new sandboxes meanwhile', async () => {
  const [a, b] = [await start('a'), await start('b')];
  await fill(a);
  await b.deleteNamespace('team', { actor: 'ada' });
  const creating = a.create({ namespace: 'team', name: 'new' });
  await expect(creating).rejects.toThrow(NamespaceDeletingError);
  expect(await a.namespaceDeletion('team')).toMatchObject({ namespace: 'team', actor: 'ada' });
  await clock.advance(30_000);
  expect(await a.namespaceDeletion('team')).toBeUndefined();
  expect([await leftIn(a, 'team'), await leftIn(a, 'other')]).toEqual([0, 1]);
  await a.create({ namespace: 'team', name: 'new' });
  await b.create({ namespace: 'team', name: 'newer' });
  expect(problems).toEqual([]);
  await close(a, b);
});

test('a deletion goes on at another host when the one that began it has ended', async () => {
  const stuck = new Promise<never>(() => {});
  const dying = await start('dying', () => ({ deleteRows: () => stuck }));
  await fill(dying);
  await dying.deleteNamespace('team');
  await clock.advance(1_000);
  await store.shared.leave('dying');
  const next = await start('next');
  await clock.advance(60_000);
  expect(await next.namespaceDeletion('team')).toBeUndefined();
  expect([await leftIn(next, 'team'), await leftIn(next, 'other')]).toEqual([0, 1]);
  await close(next);
});

test('one host at a time deletes, and another one takes its turn when that has left', async () => {
  const calls: { host: string; at: number }[] = [];
  const noted = (host: string) => (namespaces: StoreNamespaces) => ({
    async deleteRows(...part: Parameters<StoreNamespaces['deleteRows']>) {
      calls.push({ host, at: clock.now() });
      await namespaces.deleteRows(...part);
      return 0;
    },
    isEmpty: async () => false,
  });
  const [a, b] = [await start('a', noted('a')), await start('b', noted('b'))];
  await fill(a);
  await a.deleteNamespace('team');
  await clock.advance(60_000);
  const before = calls.length;
  expect(before).toBeGreaterThan(5);
  await close(a);
  await clock.advance(60_000);
  expect(calls.slice(before).some(({ host }) => host === 'b')).toBe(true);
  for (const [index, { host, at }] of calls.entries()) {
    const earlier = calls[index - 1];
    if (earlier && earlier.host !== host) expect(at - earlier.at).toBeGreaterThanOrEqual(1_000);
  }
  await close(b);
});
