import { beforeEach, expect, test } from 'vitest';
import { hostStore } from '../../../../src/server/hosts/host-store.ts';
import { type Directed, joinHosts, type Membership } from '../../../../src/server/hosts/membership.ts';
import {
  type SharedMemoryStore,
  sharedMemoryStore,
} from '../../../../src/server/store/memory/shared-memory.ts';
import type { SharedStore } from '../../../../src/server/store/shared.ts';
import type { Observation } from '../../../../src/server/telemetry/observation.ts';
import { creation, step, up } from '../../../../src/testing/store-conformance/fixtures.ts';
import { pause } from '../../../../src/utils/clock.ts';
import { type VirtualClock, virtualClock } from '../../../harness/server/virtual-clock.ts';

const aliveMs = 15_000;
const beatMs = aliveMs / 5;

let clock: VirtualClock;
let store: SharedMemoryStore;
let problems: string[];
let reconciled: string[];
let letGo: string[];
let seen: Observation[];

beforeEach(() => {
  clock = virtualClock();
  store = sharedMemoryStore({ clock });
  [problems, reconciled, letGo, seen] = [[], [], [], []];
});

/** Joins as host `a`, on a store with these changes. */
function join(changes: Partial<SharedStore> = {}): Promise<Membership> {
  return joinHosts({
    observe: (observation) => void seen.push(observation),
    ...{ store, clock, aliveMs, name: 'a' },
    shared: { ...store.shared, ...changes },
    onProblem: (error) => void problems.push(String(error)),
  });
}

function parts(changes: Partial<Directed> = {}): Directed {
  return {
    reconcile: async (id) => void reconciled.push(id),
    letGo: (id) => void letGo.push(id),
    isBusy: () => true,
    changed: () => {},
    beat: () => {},
    ...changes,
  };
}

/** Creates a sandbox with work that a host holds. */
const create = (id: string, host = 'a') => store.commit({ change: creation({ id, name: id }), host });

test('a host lets go in time while the store does not answer', async () => {
  let isHanging = false;
  const hang = () => new Promise<never>(() => {});
  const membership = await join({
    heartbeat: (...values) => (isHanging ? hang() : store.shared.heartbeat(...values)),
    take: (...values) => (isHanging ? hang() : store.shared.take(...values)),
  });
  await membership.start(parts());
  await create('s');
  await clock.advance(beatMs);
  expect(membership.holding.holds('s')).toBe(true);
  isHanging = true;
  await clock.advance(aliveMs);
  expect(letGo).toEqual(['s']);
  const lease = { type: 'lease', host: 'a' };
  expect(seen).toEqual([{ ...lease, isLost: true, held: 1 }]);
  // The age is that of the last heartbeat that succeeded.
  expect(membership.stats()).toEqual({ host: 'a', living: 1, held: 0, heartbeatAgeMs: aliveMs });
});

test('a host whose lease was lost says when it is alive again', async () => {
  let isDown = false;
  const membership = await join({
    async heartbeat(...values) {
      if (isDown) throw new Error('The store is busy.');
      return store.shared.heartbeat(...values);
    },
  });
  await membership.start(parts());
  await create('s');
  await clock.advance(beatMs);
  expect(membership.stats()).toEqual({ host: 'a', living: 1, held: 1, heartbeatAgeMs: 0 });
  isDown = true;
  await clock.advance(2 * aliveMs);
  isDown = false;
  await clock.advance(beatMs);
  expect(seen.filter(({ type }) => type === 'lease')).toEqual([
    { type: 'lease', host: 'a', isLost: true, held: 1 },
    { type: 'lease', host: 'a', isLost: false, held: 1 },
  ]);
});

test('a look at a record that fails is repeated at the next heartbeat', async () => {
  let failures = 1;
  const membership = await join();
  await membership.start(
    parts({
      reconcile: async (id) => {
        if (failures-- > 0) throw new Error('The store is busy.');
        reconciled.push(id);
      },
    }),
  );
  await create('s');
  await clock.advance(beatMs);
  expect([problems, reconciled]).toEqual([['Error: The store is busy.'], []]);
  await clock.advance(beatMs);
  expect(reconciled).toEqual(['s']);
  await clock.advance(5 * beatMs);
  expect(reconciled).toEqual(['s']);
});

test('a host takes all work of one that has ended at one look', async () => {
  await store.shared.heartbeat('b', 1_000);
  for (let index = 0; index < 200; index++) await create(`s${index}`, 'b');
  const membership = await join();
  await membership.start(parts());
  expect(membership.held()).toEqual([]);
  await clock.advance(2_000);
  expect(membership.held()).toHaveLength(200);
  expect(new Set(reconciled).size).toBe(200);
  const takenOver = seen.flatMap((one) => (one.type === 'takeover' ? [`${one.host} ${one.sandboxId}`] : []));
  expect(takenOver.sort()).toEqual(membership.held().map((id) => `a ${id}`));
});

test('heartbeats wait for no work', async () => {
  const membership = await join();
  let beats = 0;
  await membership.start(
    parts({
      reconcile: () => new Promise(() => {}),
      beat() {
        beats += 1;
      },
    }),
  );
  await create('s');
  await clock.advance(4 * beatMs);
  expect(beats).toBe(4);
});

test('a heartbeat that is on its way when a host leaves does not make it alive again', async () => {
  let arrive = () => {};
  let isLate = false;
  const membership = await join({
    async heartbeat(...values) {
      if (isLate)
        await new Promise<void>((resolve) => {
          arrive = resolve;
        });
      return store.shared.heartbeat(...values);
    },
  });
  await membership.start(parts());
  isLate = true;
  await clock.advance(beatMs);
  const leaving = membership.leave();
  arrive();
  await leaving;
  await clock.settle();
  expect((await store.shared.heartbeat('b', aliveMs)).alive).toEqual(['b']);
});

test('work that a commit leaves while a host drains goes to the others', async () => {
  const membership = await join();
  await membership.start(parts());
  const own = hostStore(store, membership);
  const before = creation({ id: 'before', name: 'before' });
  await own.commit({ change: before });
  membership.drain();
  await own.commit({ change: creation({ id: 'after', name: 'after' }) });
  await store.shared.heartbeat('b', aliveMs);
  const taken = await store.shared.take('b', 9);
  expect(taken.map(({ sandbox }) => sandbox.id)).toEqual(['after']);
  // What it held already, it still holds.
  await own.commit({ change: step(before.after, { type: 'rename', name: 'other' }) });
  expect(membership.held()).toEqual(['before']);
  await own.commit({ change: step(step(before.after, { type: 'rename', name: 'other' }).after, up) });
  expect(membership.held()).toEqual([]);
});

test('a sandbox that got work meanwhile stays with its host', async () => {
  const created = creation({ id: 's', name: 's' });
  await store.commit({ change: created });
  const running = step(created.after, up);
  await store.commit({ change: running });
  let isBusy = false;
  const membership = await joinHosts({
    observe: () => {},
    store: {
      ...store,
      async get(id) {
        const entry = await store.get(id);
        // The commit arrives after the read, and its answer before that of the read.
        const ended = step(running.after, { type: 'terminate' });
        const { holder } = await store.commit({ change: ended, host: 'a' });
        membership.committed(ended.after, holder ?? null);
        isBusy = true;
        return entry;
      },
    },
    ...{ shared: store.shared, clock, aliveMs, name: 'a' },
    onProblem: (error) => void problems.push(String(error)),
  });
  await membership.start(parts({ isBusy: () => isBusy }));
  expect(await membership.holding.whileHeld('s', async () => {})).toBe(true);
  expect(membership.holding.holds('s')).toBe(true);
  await store.shared.heartbeat('b', aliveMs);
  expect(await store.shared.hold('b', 's')).toBe(false);
});

test('the end of one act does not free a sandbox for which another one has asked', async () => {
  const created = creation({ id: 's', name: 's' });
  await store.commit({ change: created });
  await store.commit({ change: step(created.after, up) });
  await store.shared.heartbeat('b', aliveMs);
  const membership = await join({
    async hold(...values) {
      const isHeld = await store.shared.hold(...values);
      await pause(clock, 100);
      return isHeld;
    },
  });
  await membership.start(parts({ isBusy: () => false }));
  const first = membership.holding.whileHeld('s', () => pause(clock, 50));
  await clock.advance(100);
  let isFree = true;
  const second = membership.holding.whileHeld('s', async () => {
    isFree = await store.shared.hold('b', 's');
  });
  await clock.advance(1_000);
  expect(await Promise.all([first, second])).toEqual([true, true]);
  expect(isFree).toBe(false);
});

test('a first heartbeat that takes long does not become a step of the clock', async () => {
  let delayMs = 3_000;
  const joining = join({
    async heartbeat(...values) {
      const answer = await store.shared.heartbeat(...values);
      await pause(clock, delayMs);
      delayMs = 20;
      return answer;
    },
  });
  await clock.advance(4_000);
  const membership = await joining;
  const before = membership.clock.now() - clock.now();
  await membership.start(parts());
  await clock.advance(3 * beatMs);
  expect(Math.abs(membership.clock.now() - clock.now() - before)).toBeLessThan(500);
});
