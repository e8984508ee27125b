import { beforeEach, expect, test } from 'vitest';
import { DriverError } from '../../../../src/server/index.ts';
import {
  type SharedMemoryStore,
  sharedMemoryStore,
} from '../../../../src/server/store/memory/shared-memory.ts';
import { type VirtualClock, virtualClock } from '../../../harness/server/virtual-clock.ts';
import { startMortalHost } from '../../../harness/simulation/hosts/mortal-host.ts';
import {
  createSharedPlatform,
  type SharedPlatform,
} from '../../../harness/simulation/hosts/shared-platform.ts';

const namespace = 'default';

let clock: VirtualClock;
let store: SharedMemoryStore;
let platform: SharedPlatform;
/** The calls of `configure`: the host, the generation, and the holder of the sandbox meanwhile. */
let configured: string[];
let errors: Error[];

beforeEach(() => {
  clock = virtualClock();
  store = sharedMemoryStore({ clock });
  platform = createSharedPlatform(clock, () => 100);
  [configured, errors] = [[], []];
});

async function start(name: string) {
  const starting = startMortalHost({
    ...{ name, clock, store: store.another(), aliveSeconds: 15, driftIntervalSeconds: 60 },
    driver: {
      ...platform.driver(name),
      async configure({ sandboxId, generation }) {
        const isFree = await store.shared.hold('other', sandboxId);
        configured.push(`${name} ${generation}${isFree ? ' without holding' : ''}`);
        const error = errors.shift();
        if (error) throw error;
      },
    },
    observe: () => {},
  });
  await clock.advance(10);
  return (await starting).host;
}

async function letPass<Result>(promise: Promise<Result>, milliseconds = 0): Promise<Result> {
  await clock.advance(milliseconds);
  return promise;
}

const change = { configuration: { exposedPorts: [3000] } };

test('a configuration reaches the platform while a host holds the sandbox, which is free after that', async () => {
  const a = await start('a');
  await store.shared.heartbeat('other', 3_600_000);
  const { id } = (await letPass(a.create({ namespace, name: 'ada' }), 1_000)).sandbox;
  errors.push(new Error('The platform is busy.'), new DriverError('no such port', { retryable: false }));
  await letPass(a.update(namespace, id, change), 5_000);
  expect(configured).toEqual(['a 2', 'a 2']);
  await letPass(a.update(namespace, id, { configuration: { exposedPorts: [4000] } }), 5_000);
  expect(configured).toEqual(['a 2', 'a 2', 'a 3']);
  expect(await store.shared.hold('other', id)).toBe(true);
});

test('a host does not configure what another one holds, and a later look finds it', async () => {
  const a = await start('a');
  const { id } = (await letPass(a.create({ namespace, name: 'ada' }), 1_000)).sandbox;
  await store.shared.heartbeat('other', 3_600_000);
  expect(await store.shared.hold('other', id)).toBe(true);
  await letPass(a.update(namespace, id, change), 10_000);
  expect(configured).toEqual([]);
  await store.shared.letGo('other', id);
  await clock.advance(120_000);
  expect(configured).toEqual(['a 2']);
});

test('the holder of a sandbox brings it a configuration that was committed through another host', async () => {
  const [a, b] = [await start('a'), await start('b')];
  const { id } = (await letPass(a.create({ namespace, name: 'ada' }), 1_000)).sandbox;
  const snapshot = a.send(namespace, id, { type: 'snapshot' });
  await clock.settle();
  await b.update(namespace, id, change);
  await letPass(snapshot, 5_000);
  expect(configured).toEqual(['a 2']);
});
