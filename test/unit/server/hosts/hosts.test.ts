import { beforeEach, describe, expect, test } from 'vitest';
import { simulatedDriver } from '../../../../src/server/driver/simulated/index.ts';
import { joinHosts } from '../../../../src/server/hosts/membership.ts';
import { createStoreClock } from '../../../../src/server/hosts/store-clock.ts';
import {
  type BootJob,
  type Crash,
  createHost,
  type Driver,
  DriverError,
  type HistoryRow,
  type Host,
} from '../../../../src/server/index.ts';
import {
  type SharedMemoryStore,
  sharedMemoryStore,
} from '../../../../src/server/store/memory/shared-memory.ts';
import { creation, step, up } from '../../../../src/testing/store-conformance/fixtures.ts';
import { pause } from '../../../../src/utils/clock.ts';
import { type VirtualClock, virtualClock } from '../../../harness/server/virtual-clock.ts';
import { type MortalHost, startMortalHost } from '../../../harness/simulation/hosts/mortal-host.ts';
import {
  createSharedPlatform,
  type SharedPlatform,
} from '../../../harness/simulation/hosts/shared-platform.ts';

const namespace = 'default';
const aliveSeconds = 15;

let clock: VirtualClock;
let store: SharedMemoryStore;
let platform: SharedPlatform;
let operationMs: number;

beforeEach(() => {
  clock = virtualClock();
  store = sharedMemoryStore({ clock });
  operationMs = 100;
  platform = createSharedPlatform(clock, () => operationMs);
});

interface Changes {
  readonly onEnd?: (report: (end: Crash) => void) => void;
  readonly driver?: Partial<Driver>;
  /** Default: 15. */
  readonly aliveSeconds?: number;
}

async function start(name: string, changes: Changes = {}) {
  const driver = { ...platform.driver(name), ...changes.driver };
  const starting = startMortalHost({
    ...{ name, clock, driftIntervalSeconds: 60, observe: () => {} },
    aliveSeconds: changes.aliveSeconds ?? aliveSeconds,
    store: store.another(),
    driver: {
      ...driver,
      watch(onEnd) {
        changes.onEnd?.(onEnd);
        return driver.watch(onEnd);
      },
    },
  });
  await clock.advance(10);
  return starting;
}

async function letPass<Result>(promise: Promise<Result>, milliseconds = 0): Promise<Result> {
  await clock.advance(milliseconds);
  return promise;
}

const callsOf = (name: string) =>
  platform.calls.filter(({ host }) => host === name).map(({ kind, operation }) => `${kind} ${operation}`);
const statusOf = async (id: string) => (await store.get(id))?.sandbox.status;
const create = async ({ host }: MortalHost, name = 'ada') =>
  (await letPass(host.create({ namespace, name }))).sandbox.id;

describe('several hosts on one store', () => {
  test('need a driver that all of them reach', async () => {
    await expect(createHost({ store, driver: simulatedDriver({ clock }), clock })).rejects.toThrow(
      /Several hosts share this store, but only this process can reach what the driver/,
    );
  });

  test('leave the work of a command to the host that holds the sandbox', async () => {
    const [a, b] = [await start('a'), await start('b')];
    operationMs = 5_000;
    const id = await create(a);
    await clock.advance(1_000);
    await letPass(b.host.send(namespace, id, { type: 'terminate' }), 6_000);
    expect(callsOf('a')).toEqual(['boot 1', 'release 2']);
    expect(callsOf('b')).toEqual([]);
    expect((await store.get(id))?.released).toBe(true);
    expect(platform.sandboxes.size).toBe(0);
  });

  test('see the changes of each other in streams and waits at once', async () => {
    const [a, b] = [await start('a'), await start('b')];
    const seen: HistoryRow[] = [];
    const ending = new AbortController();
    const watching = (async () => {
      for await (const row of b.host.watch({ namespace, signal: ending.signal })) seen.push(row);
    })();
    await clock.settle();
    const id = await create(a);
    const waiting = b.host.waitFor(namespace, id, ['running'], { timeoutMs: 60_000 });
    await clock.advance(200);
    expect(seen.map(({ event }) => event.type)).toEqual(['created', 'boot.completed']);
    await waiting;
    ending.abort();
    await watching;
  });

  test('continue what a killed host has begun, after its time to live', async () => {
    const [a] = [await start('a'), await start('b')];
    operationMs = 1_000;
    const id = await create(a);
    a.kill();
    await clock.advance(10_000);
    expect(callsOf('b')).toEqual([]);
    await clock.advance(aliveSeconds * 1000 - 9_000);
    // Its time to live is over within 15 s, and the others look every second.
    expect(callsOf('b')).toEqual(['boot 1']);
    await clock.advance(1_000);
    expect(await statusOf(id)).toBe('running');
    expect(callsOf('a')).toEqual(['boot 1']);
  });

  test('take over from a host that stops in order within a second', async () => {
    const [a] = [await start('a'), await start('b')];
    operationMs = 60_000;
    const id = await create(a);
    const closing = a.close();
    await clock.advance(9_000);
    // It lets running work go on for a while.
    expect(callsOf('b')).toEqual([]);
    await letPass(closing, 1_500);
    expect(callsOf('b')).toEqual(['boot 1']);
    await clock.advance(60_000);
    expect(await statusOf(id)).toBe('running');
    expect(platform.sandboxes.get(id)).toBe('running');
  });

  test('lose nothing when one was stopped for longer than its time to live', async () => {
    const [a] = [await start('a'), await start('b')];
    operationMs = 40_000;
    const id = await create(a);
    a.stop();
    await clock.advance(20_000);
    expect(callsOf('b')).toEqual(['boot 1']);
    await a.continue();
    await clock.advance(60_000);
    expect(await statusOf(id)).toBe('running');
    expect(platform.sandboxes.get(id)).toBe('running');
    const rows = await store.history({ after: 0, sandboxId: id, limit: 9 });
    expect(rows.map(({ event }) => event.type)).toEqual(['created', 'boot.completed']);
  });

  test.each([
    ['fails', (fail: () => void) => fail()],
    ['completes', (_: () => void, complete: () => void) => complete()],
  ])('report nothing of a boot that %s after a pause in which another host took over', async (_, end) => {
    let fail = () => {};
    let complete = () => {};
    const boot = () =>
      new Promise<void>((resolve, reject) => {
        fail = () => reject(new DriverError('no capacity', { retryable: false }));
        complete = resolve;
      });
    const [a] = [await start('a', { driver: { boot } }), await start('b')];
    operationMs = 40_000;
    const id = await create(a);
    a.stop();
    await clock.advance(2 * aliveSeconds * 1000);
    expect(callsOf('b')).toEqual(['boot 1']);
    end(fail, complete);
    await a.continue();
    await clock.settle();
    expect(await statusOf(id)).toBe('pending');
    await clock.advance(40_000);
    expect(await statusOf(id)).toBe('running');
    expect(platform.sandboxes.get(id)).toBe('running');
    const rows = await store.history({ after: 0, sandboxId: id, limit: 9 });
    expect(rows.map(({ event }) => event.type)).toEqual(['created', 'boot.completed']);
  });

  test('undo nothing of a boot that another host has completed meanwhile', async () => {
    let job: BootJob | undefined;
    const boot = (begun: BootJob) => {
      job = begun;
      return new Promise<void>(() => {});
    };
    const [a] = [await start('a', { driver: { boot } }), await start('b')];
    await create(a);
    a.stop();
    await clock.advance(2 * aliveSeconds * 1000);
    expect(callsOf('b')).toEqual(['boot 1']);
    await a.continue();
    await clock.advance(2 * aliveSeconds * 1000);
    expect([job?.signal.aborted, job?.letGo?.aborted]).toEqual([false, true]);
  });

  test('report no progress after a pause in which another host took over', async () => {
    let progress = () => {};
    const boot: Driver['boot'] = (job) => {
      progress = () => job.progress('pool_at_capacity');
      return new Promise(() => {});
    };
    const [a] = [await start('a', { driver: { boot } }), await start('b')];
    operationMs = 40_000;
    const id = await create(a);
    a.stop();
    await clock.advance(2 * aliveSeconds * 1000);
    const continuing = a.continue();
    progress();
    await continuing;
    await clock.settle();
    const rows = await store.history({ after: 0, sandboxId: id, limit: 9 });
    expect(rows.map(({ event }) => event.type)).toEqual(['created']);
  });

  test('adopt nothing at their start', async () => {
    const a = await start('a');
    await create(a);
    await clock.advance(1_000);
    await start('b');
    await clock.advance(30_000);
    expect(platform.calls.filter(({ kind }) => kind === 'adopt')).toEqual([]);
  });

  test('commit the crash of a sandbox only after its boot is on record', async () => {
    const a = await start('a');
    let report: ((end: Crash) => void) | undefined;
    await start('b', {
      onEnd: (onEnd) => {
        report = onEnd;
      },
    });
    operationMs = 3_000;
    const id = await create(a);
    report?.({ sandboxId: id, incarnation: 1, reason: 'exit code 137' });
    await clock.advance(2_000);
    expect(await statusOf(id)).toBe('pending');
    await clock.advance(4_000);
    const rows = await store.history({ after: 0, sandboxId: id, limit: 9 });
    expect(rows.map(({ event }) => event.type)).toEqual(['created', 'boot.completed', 'crashed']);
  });

  test('write the activity of a sandbox before another host ends it', async () => {
    const [a] = [await start('a'), await start('b')];
    const created = await letPass(a.host.create({ namespace, name: 'ada', idleTimeoutSeconds: 120 }), 1_000);
    const { id } = created.sandbox;
    const touch = async (host: Host) => host.touch((await host.get(namespace, id)).sandbox);
    for (let round = 0; round < 30; round++) {
      await clock.advance(10_000);
      await touch(a.host);
    }
    await clock.advance(100_000);
    expect(await statusOf(id)).toBe('running');
    await clock.advance(30_000);
    expect(await statusOf(id)).not.toBe('running');
  });

  test('do not release a sandbox without a record that another host adopts', async () => {
    const inventory = async () => {
      await pause(clock, 2_000);
      return platform.driver('a').inventory();
    };
    const [a, b] = [await start('a', { driver: { inventory } }), await start('b')];
    await clock.advance(5_000);
    platform.sandboxes.set('stray', 'running');
    const [sandboxIds, actor] = [['stray'], { actor: 'root' }];
    const adopting = a.host.decideOrphans({ decision: 'adopt', namespace, sandboxIds }, actor);
    await clock.advance(1_000);
    const release = () => b.host.decideOrphans({ decision: 'release', sandboxIds }, actor);
    await letPass(expect(release()).rejects.toMatchObject({ code: 'orphan_busy' }), 10);
    await letPass(adopting, 5_000);
    await letPass(expect(release()).rejects.toMatchObject({ code: 'orphan_has_record' }), 10);
    expect(await statusOf('stray')).toBe('running');
    expect(platform.sandboxes.get('stray')).toBe('running');
  });

  test('do not adopt a sandbox without a record that another host releases', async () => {
    const [a, b] = [await start('a'), await start('b')];
    platform.sandboxes.set('stray', 'running');
    operationMs = 20_000;
    const [sandboxIds, actor] = [['stray'], { actor: 'root' }];
    await letPass(a.host.decideOrphans({ decision: 'keep', sandboxIds }, actor), 10);
    await letPass(b.host.decideOrphans({ decision: 'release', sandboxIds }, actor), 1_000);
    const adopt = () => a.host.decideOrphans({ decision: 'adopt', namespace, sandboxIds }, actor);
    await letPass(expect(adopt()).rejects.toMatchObject({ code: 'orphan_busy' }), 10);
    await clock.advance(20_000);
    await letPass(expect(adopt()).rejects.toMatchObject({ code: 'orphan_not_found' }), 10);
    expect(await store.get('stray')).toBeUndefined();
  });

  test('move the deadline of an operation by the time in which no host was alive', async () => {
    const a = await start('a');
    operationMs = 30_000;
    const id = await create(a);
    await clock.advance(6_000);
    const before = (await store.get(id))?.sandbox.operation?.deadline ?? 0;
    a.kill();
    await clock.advance(3_600_000);
    await start('b');
    await clock.advance(35_000);
    expect(await statusOf(id)).toBe('running');
    const rows = await store.history({ after: 0, sandboxId: id, limit: 9 });
    const [moved] = rows.filter(({ event }) => event.type === 'deadline.moved');
    const deadline = moved?.sandbox.operation?.deadline ?? 0;
    expect(deadline - before).toBeGreaterThan(3_600_000 - 2 * aliveSeconds * 1000);
    expect(deadline - before).toBeLessThanOrEqual(3_600_000);
  });

  test.each([2_500, 3_500, 4_500, 5_500])(
    'with a short time to live do not move a deadline when another host was alive (%i ms)',
    async (after) => {
      const short = { aliveSeconds: 2 };
      const a = await start('a', short);
      operationMs = 40_000;
      const id = await create(a);
      await clock.advance(after);
      await start('b', short);
      await clock.advance(40_000);
      const rows = await store.history({ after: 0, sandboxId: id, limit: 9 });
      expect(rows.map(({ event }) => event.type)).toEqual(['created', 'boot.completed']);
    },
  );

  test('write the activity of a sandbox in time when their heartbeats are rare', async () => {
    const rare = { aliveSeconds: 100 };
    const [a] = [await start('a', rare), await start('b', rare)];
    const ids: string[] = [];
    const touch = async (id: string | undefined) => {
      if (id) a.host.touch((await a.host.get(namespace, id)).sandbox);
    };
    // One sandbox at each second between two heartbeats. The second activity comes so soon after the first that it is not written at once.
    for (let second = 0; second < 50; second++) {
      if (second < 20)
        ids.push(
          (await letPass(a.host.create({ namespace, name: `s${second}`, idleTimeoutSeconds: 120 }))).sandbox
            .id,
        );
      await touch(ids[second - 5]);
      await touch(ids[second - 30]);
      await clock.advance(1_000);
    }
    // The idle limits after the first activity have ended, and those after the second have not.
    await clock.advance(97_000);
    const statuses = await Promise.all(ids.map(statusOf));
    expect(new Set(statuses)).toEqual(new Set(['running']));
  });

  test('do not move a deadline when another host was alive', async () => {
    const a = await start('a');
    operationMs = 40_000;
    const id = await create(a);
    await clock.advance(6_000);
    await start('b');
    await clock.advance(40_000);
    const rows = await store.history({ after: 0, sandboxId: id, limit: 9 });
    expect(rows.map(({ event }) => event.type)).toEqual(['created', 'boot.completed']);
  });
});

test('a host lets go of what it no longer works for, also when the store failed in between', async () => {
  const change = creation({ id: 'a', name: 'ada' });
  await store.commit({ change });
  await store.commit({ change: step(change.after, up) });
  let failures = 1;
  const failing = store.another();
  const problems: unknown[] = [];
  const membership = await joinHosts({
    observe: () => {},
    store: {
      ...failing,
      get: async (id) => (failures-- > 0 ? Promise.reject(new Error('The store is busy.')) : failing.get(id)),
    },
    shared: failing.shared,
    ...{ clock, name: 'a', aliveMs: 15_000 },
    onProblem: (error) => void problems.push(error),
  });
  await membership.start({
    reconcile: async () => {},
    letGo: () => {},
    isBusy: () => false,
    changed: () => {},
    beat: () => {},
  });
  await store.shared.heartbeat('b', 600_000);
  let isHeld = true;
  const act = async () => {
    isHeld = await store.shared.hold('b', 'a');
  };
  expect(await membership.holding.whileHeld('a', act)).toBe(true);
  expect(isHeld).toBe(false);
  expect(await store.shared.hold('b', 'a')).toBe(false);
  await clock.advance(4_000);
  expect(await store.shared.hold('b', 'a')).toBe(true);
  expect(await membership.holding.whileHeld('a', act)).toBe(false);
  expect(problems.map(String)).toEqual(['Error: The store is busy.']);
  await membership.leave();
});

test('the clock of a host has the time of the store, and a slow answer does not change it', () => {
  let elapsed = 0;
  const own = { now: () => 5_000_000, elapsed: () => elapsed, wake: () => () => {} };
  const storeClock = createStoreClock(own);
  storeClock.note(1_000_000, 0, 20);
  const first = storeClock.now() - elapsed;
  expect(first).toBeGreaterThanOrEqual(999_980);
  expect(first).toBeLessThanOrEqual(1_000_000);
  elapsed = 60_000;
  // Ten seconds late, and right.
  storeClock.note(1_055_000, 50_000, 60_000);
  expect(storeClock.now() - elapsed).toBe(first);
  // The clock of the store was set forward by a minute.
  storeClock.note(1_120_000, 60_000, 60_010);
  expect(storeClock.now() - elapsed).toBeGreaterThanOrEqual(1_059_990);
});
