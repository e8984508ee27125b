import { describe, expect, test } from 'vitest';
import type { HistoryRow, HostOptions, Store } from '../../../../src/server/index.ts';
import { memoryStore } from '../../../../src/server/store/memory.ts';
import { fakeDriver, hang, succeed } from '../../../harness/server/fake-driver.ts';
import { hostFixture, namespace } from '../../../harness/server/host-fixture.ts';

const on = hostFixture();
const hour = 3_600_000;
const graceMs = 15 * 60_000;

const rows = (id: string) => on.host.history(namespace, id);
/** The rows by the clock, as `event (cause)`. */
const byClock = async (id: string) =>
  (await rows(id))
    .filter(({ actor }) => actor === 'clock')
    .map(({ event, cause }) => `${event.type} (${cause})`);
const deadline = async (id: string) => (await on.record(id)).operation?.deadline;
const send = (id: string, type: 'suspend' | 'resume') => on.host.send(namespace, id, { type });

/** Creates a sandbox whose boot hangs, in this host and in the next ones. */
async function booting(): Promise<string> {
  on.driver.script('boot', hang);
  const { sandbox } = await on.host.create({ namespace, name: 'ada' });
  await on.clock.settle();
  return sandbox.id;
}

/** The options of a host whose boots hang. */
function hanging(): Partial<HostOptions> {
  const driver = fakeDriver(on.driver.platform);
  driver.script('boot', hang);
  return { driver };
}

/** Starts a host whose boots hang on the same store, `milliseconds` after the old one stopped. */
async function startAfter(milliseconds: number): Promise<void> {
  await on.host.close();
  await on.clock.advance(milliseconds);
  await on.restart(hanging());
}

/** Creates a suspended sandbox. */
async function suspended(limits: { suspendedTimeoutSeconds?: number } = {}): Promise<string> {
  const { sandbox } = await on.host.create({ namespace, name: 'ada', ...limits });
  await on.clock.settle();
  await send(sandbox.id, 'suspend');
  await on.clock.settle();
  expect((await on.record(sandbox.id)).status).toBe('suspended');
  return sandbox.id;
}

describe('a heartbeat', () => {
  test('is recorded at the start, every five seconds, and at the end', async () => {
    await on.clock.settle();
    expect(await on.store.lastHeartbeat()).toBe(1_000_000);
    await on.clock.advance(4_999);
    expect(await on.store.lastHeartbeat()).toBe(1_000_000);
    await on.clock.advance(1);
    expect(await on.store.lastHeartbeat()).toBe(1_005_000);
    await on.clock.advance(1_234);
    await on.host.close();
    expect(await on.store.lastHeartbeat()).toBe(1_006_234);
  });

  test('that cannot be recorded is a problem, and the host continues', async () => {
    const recordHeartbeat = on.store.recordHeartbeat;
    on.store.recordHeartbeat = async () => Promise.reject(new Error('disk is full'));
    await on.clock.advance(5_000);
    on.store.recordHeartbeat = recordHeartbeat;
    expect(on.seen.filter(({ type }) => type === 'problem')).toHaveLength(1);
    await on.clock.advance(5_000);
    expect(await on.store.lastHeartbeat()).toBe(1_010_000);
  });
});

describe('after a downtime', () => {
  test('an operation has the time that it had left', async () => {
    const id = await booting();
    await on.clock.advance(100_000);
    await startAfter(hour);
    expect(await byClock(id)).toEqual(['deadline.moved (downtime)']);
    expect(await deadline(id)).toBe(on.clock.now() + 500_000);
  });

  test('a crash counts from the last heartbeat', async () => {
    const id = await booting();
    await on.clock.advance(7_000);
    const { store } = on;
    // The host crashes: it does not record that it stops.
    store.recordHeartbeat = async () => {};
    await on.host.close();
    await on.clock.advance(hour);
    await on.restart(hanging());
    expect(await deadline(id)).toBe(1_000_000 + 600_000 + hour + 2_000);
  });

  test('a second start after a crash in the middle does not count the same time twice', async () => {
    const ids = [await booting(), (await on.host.create({ namespace })).sandbox.id];
    await on.clock.settle();
    await on.host.close();
    await on.clock.advance(hour);
    const { store } = on;
    // The first start moves one of the two deadlines, records no heartbeat, and ends.
    const { commit, recordHeartbeat } = store;
    let commits = 0;
    store.recordHeartbeat = async () => {};
    store.commit = async (one) => {
      if (one.change && ++commits > 1) throw new Error('disk is full');
      return commit(one);
    };
    await on.restart(hanging());
    await on.clock.settle();
    await on.host.close();
    Object.assign(store, { commit, recordHeartbeat });
    await on.clock.advance(60_000);
    await on.restart(hanging());
    for (const id of ids) expect(await deadline(id)).toBe(1_000_000 + 600_000 + hour + 60_000);
  });

  test('with a clock that was set back, an operation has at most its limit', async () => {
    const id = await booting();
    await on.host.close();
    on.clock.jump(-hour);
    await on.restart(hanging());
    expect(await deadline(id)).toBe(on.clock.now() + 600_000);
  });

  test('of a record from before the clock was set back, an operation has the time that it had left', async () => {
    const id = await booting();
    on.clock.jump(-hour);
    await on.clock.advance(100_000);
    expect((await on.record(id)).updatedAt).toBeGreaterThan(on.clock.now());
    await startAfter(60_000);
    expect(await deadline(id)).toBe(on.clock.now() + 500_000);
  });

  test('what runs gets its whole idle limit again, before any timeout is sent', async () => {
    const { sandbox } = await on.host.create({ namespace, name: 'ada', idleTimeoutSeconds: 60 });
    await on.clock.settle();
    await startAfter(hour);
    await on.clock.advance(59_999);
    expect((await on.record(sandbox.id)).status).toBe('running');
    await on.clock.advance(1);
    expect((await on.record(sandbox.id)).status).toBe('suspended');
    expect(await byClock(sandbox.id)).toEqual(['keepalive (downtime)', 'timeout (deadline)']);
  });

  test('a deadline that passes during the start does not send the other timeouts too early', async () => {
    await booting();
    await on.clock.advance(599_999);
    on.driver.script('boot', succeed);
    const { sandbox } = await on.host.create({ namespace, name: 'grace', idleTimeoutSeconds: 60 });
    await on.clock.settle();
    await on.host.close();
    await on.clock.advance(hour);
    // The boot has 1 ms left, and the start takes longer than that.
    const { store } = on;
    const slow = <Part>(read: (...args: never[]) => Promise<Part>) =>
      (async (...args: never[]) => {
        await new Promise<void>((resolve) => void on.clock.wake(10, resolve));
        return read(...args);
      }) as never;
    const restarting = on.restart({
      ...hanging(),
      store: { ...store, unsettled: slow(store.unsettled), living: slow(store.living) },
    });
    await on.clock.advance(1_000);
    await restarting;
    expect(await byClock(sandbox.id)).toEqual(['keepalive (downtime)']);
    expect((await on.record(sandbox.id)).status).toBe('running');
  });

  test('an operation continues after its sandbox is adopted, although its deadline moves first', async () => {
    const { id } = await on.running('ada');
    on.driver.script('suspend', hang);
    await send(id, 'suspend');
    await on.clock.settle();
    await on.host.close();
    await on.clock.advance(hour);
    const driver = fakeDriver(on.driver.platform);
    const order: string[] = [];
    const { adopt, suspend } = driver;
    driver.adopt = async (sandboxes) => {
      order.push('adopt');
      await adopt(sandboxes);
    };
    driver.suspend = async (job) => {
      order.push('suspend');
      await suspend(job);
    };
    await on.restart({ driver });
    await on.clock.settle();
    expect(order).toEqual(['adopt', 'suspend']);
    expect(await byClock(id)).toEqual(['deadline.moved (downtime)']);
    expect((await on.record(id)).status).toBe('suspended');
  });

  test('a boot that an earlier host began with older ports gets the newest ones when it has ended', async () => {
    const id = await booting();
    await on.host.update(namespace, id, { configuration: { exposedPorts: [3000] } });
    await on.host.close();
    await on.clock.advance(hour);
    const driver = fakeDriver(on.driver.platform);
    await on.restart({ driver });
    await on.clock.settle();
    expect((await on.record(id)).status).toBe('running');
    expect(driver.configured.map(({ generation }) => generation)).toEqual([2]);
  });

  test('an instant that lies further ahead than its limit counts again from now', async () => {
    const { sandbox } = await on.host.create({ namespace, timeoutSeconds: 60, idleTimeoutSeconds: 40 });
    const paused = await suspended({ suspendedTimeoutSeconds: 1_000 });
    await on.host.close();
    on.clock.jump(-hour);
    await on.restart();
    await on.clock.settle();
    const now = on.clock.now();
    expect(await on.record(sandbox.id)).toMatchObject({ expiresAt: now + 60_000, idleAt: now + 40_000 });
    expect(await on.record(paused)).toMatchObject({ discardAt: now + 1_000_000 });
    expect(await byClock(paused)).toEqual(['setTimeouts (downtime)']);
  });

  test('the retry delay after a failed suspend stays', async () => {
    const { sandbox } = await on.host.create({ namespace, name: 'ada', timeoutSeconds: 1 });
    on.driver.script('suspend', hang);
    await on.restart({ policy: { operationLimitSeconds: { suspend: 1 }, suspendRetryDelaySeconds: 30 } });
    on.driver.script('suspend', hang);
    await on.clock.advance(2_000);
    const { expiresAt, lastOperation } = await on.record(sandbox.id);
    expect(lastOperation).toMatchObject({ kind: 'suspend', result: 'timed_out' });
    await on.restart();
    await on.clock.settle();
    expect((await on.record(sandbox.id)).expiresAt).toBe(expiresAt);
  });

  test('a store that fails meanwhile delays the timeouts, and no request', async () => {
    const { sandbox } = await on.host.create({ namespace, name: 'ada', idleTimeoutSeconds: 60 });
    await on.clock.settle();
    await on.host.close();
    await on.clock.advance(hour);
    const { store } = on;
    const { commit } = store;
    store.commit = async () => Promise.reject(new Error('disk is full'));
    await on.restart();
    await on.clock.advance(10_000);
    expect((await on.record(sandbox.id)).status).toBe('running');
    store.commit = commit;
    await on.clock.advance(1_000);
    expect((await on.record(sandbox.id)).idleAt).toBe(on.clock.now() + 60_000);
  });
});

describe('a step of the wall clock', () => {
  test.each([
    ['forward', hour],
    ['back', -hour],
  ])('%s moves the deadlines of operations with it', async (_, by) => {
    const id = await booting();
    await on.clock.advance(100_000);
    on.clock.jump(by);
    await on.clock.advance(1_000);
    expect(await byClock(id)).toEqual(['deadline.moved (clock step)']);
    await on.clock.advance(498_999);
    expect((await on.record(id)).status).toBe('pending');
    await on.clock.advance(1);
    expect((await on.record(id)).outcome?.reason).toBe('startup_timed_out');
  });

  test('does not move the deadline of an operation that began after it', async () => {
    const early = await booting();
    on.clock.jump(-hour);
    const late = (await on.host.create({ namespace })).sandbox.id;
    await on.clock.advance(1_000);
    expect(await byClock(late)).toEqual([]);
    expect(await deadline(late)).toBe(on.clock.now() - 1_000 + 600_000);
    expect(await deadline(early)).toBe(on.clock.now() - 1_000 + 600_000);
  });

  test('moves the deadline of an operation whose commit was in flight', async () => {
    const { id } = await on.running('ada');
    on.driver.script('suspend', hang);
    const { commit } = on.store;
    let land = () => {};
    on.store.commit = async (one) => {
      await new Promise<void>((resolve) => {
        land = resolve;
      });
      return commit(one);
    };
    const sent = send(id, 'suspend');
    await on.clock.settle();
    on.clock.jump(hour);
    await on.clock.advance(3_000);
    on.store.commit = commit;
    land();
    await sent;
    await on.clock.advance(1_000);
    expect(await deadline(id)).toBe(1_000_000 + 300_000 + hour);
    expect((await on.record(id)).status).toBe('suspending');
  });

  test('two steps, one while the other is in progress, move each deadline by both', async () => {
    const id = await booting();
    const { commit } = on.store;
    on.store.commit = async () => Promise.reject(new Error('disk is full'));
    on.clock.jump(hour);
    await on.clock.advance(1_000);
    on.clock.jump(-2 * hour);
    await on.clock.advance(1_000);
    on.store.commit = commit;
    await on.clock.advance(2_000);
    expect(await deadline(id)).toBe(1_000_000 + 600_000 - hour);
  });

  test('a step while timeouts wait for the adjustment of another one is noticed before they are sent', async () => {
    const { sandbox } = await on.host.create({ namespace, name: 'ada', idleTimeoutSeconds: 600 });
    await on.running('grace', 5);
    const { living } = on.store;
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    // The end of the first adjustment, after its commits.
    on.store.living = async (...args) => {
      const page = await living(...args);
      if (page.length === 0) await held;
      return page;
    };
    on.clock.jump(-hour);
    await on.clock.advance(6_000);
    on.clock.jump(2 * hour);
    release();
    await on.clock.settle();
    await on.clock.advance(2_000);
    expect((await on.record(sandbox.id)).status).toBe('running');
    expect(await byClock(sandbox.id)).toContain('keepalive (clock step)');
  });

  test('a commit that was kept, and whose response was lost, moves a deadline once', async () => {
    const id = await booting();
    const { commit } = on.store;
    on.store.commit = async (one) => {
      await commit(one);
      throw new Error('the response was lost');
    };
    on.clock.jump(hour);
    await on.clock.advance(1_000);
    on.store.commit = commit;
    await on.clock.advance(2_000);
    expect(await deadline(id)).toBe(1_000_000 + 600_000 + hour);
  });

  test('of less than a second is none, and slow drift adds up to one', async () => {
    const id = await booting();
    on.clock.jump(999);
    await on.clock.advance(2_000);
    expect(await byClock(id)).toEqual([]);
    on.clock.jump(1);
    await on.clock.advance(1_000);
    expect(await byClock(id)).toEqual(['deadline.moved (clock step)']);
  });

  test('forward fires what is due within a second, and restarts the idle limits first', async () => {
    const create = async (limits: object) => (await on.host.create({ namespace, ...limits })).sandbox.id;
    const lifetime = await create({ timeoutSeconds: 1_800 });
    const idle = await create({ idleTimeoutSeconds: 1_800 });
    await on.clock.settle();
    on.clock.jump(hour);
    await on.clock.advance(1_000);
    expect((await on.record(lifetime)).outcome?.reason).toBe('timeout');
    expect(await byClock(idle)).toEqual(['keepalive (clock step)']);
    const { items } = await on.host.list({ namespace, statuses: ['terminated'], limit: 9 });
    expect(items).toHaveLength(1);
  });

  test('forward is seen before a timeout that fires at the same time', async () => {
    const { sandbox } = await on.host.create({ namespace, idleTimeoutSeconds: 60 });
    await on.clock.settle();
    await on.clock.advance(500);
    on.clock.jump(hour);
    // A new timeout that is due at once makes the host look for others before its next look at the clock.
    await on.host.create({ namespace, timeoutSeconds: 1 });
    await on.clock.advance(400);
    expect(await byClock(sandbox.id)).toEqual(['keepalive (clock step)']);
    expect((await on.record(sandbox.id)).status).toBe('running');
  });

  test('back does not leave a limit further ahead than it is long', async () => {
    const { sandbox } = await on.host.create({ namespace, timeoutSeconds: 60 });
    await on.clock.settle();
    await on.clock.advance(10_000);
    on.clock.jump(-hour);
    await on.clock.advance(1_000);
    await on.clock.advance(60_000);
    expect((await on.record(sandbox.id)).outcome?.reason).toBe('timeout');
  });
});

describe('a suspended limit', () => {
  test('from before a start or a step of the clock waits 15 minutes, without delay for others', async () => {
    const old = await suspended({ suspendedTimeoutSeconds: 60 });
    await on.clock.advance(1_000);
    on.clock.jump(hour);
    await on.clock.advance(1_000);
    const { sandbox } = await on.host.create({ namespace, timeoutSeconds: 5 });
    await on.clock.advance(5_000);
    expect((await on.record(sandbox.id)).status).toBe('terminated');
    expect((await on.record(old)).status).toBe('suspended');
    await on.clock.advance(graceMs - 5_001);
    expect((await on.record(old)).status).toBe('suspended');
    await on.clock.advance(1);
    expect((await on.record(old)).outcome?.reason).toBe('discarded');
  });

  test('that began since then ends the sandbox at its instant', async () => {
    await on.clock.advance(hour);
    await on.restart();
    const id = await suspended({ suspendedTimeoutSeconds: 60 });
    await on.clock.advance(59_999);
    expect((await on.record(id)).status).toBe('suspended');
    await on.clock.advance(1);
    expect((await on.record(id)).outcome?.reason).toBe('discarded');
  });

  test('can have another grace, or none', async () => {
    const id = await suspended({ suspendedTimeoutSeconds: 60 });
    await on.clock.advance(50_000);
    await on.restart({ discardGraceSeconds: 20 });
    await on.clock.advance(19_999);
    expect((await on.record(id)).status).toBe('suspended');
    await on.clock.advance(1);
    expect((await on.record(id)).outcome?.reason).toBe('discarded');
  });

  test('does not slow the timeouts down, however many wait', async () => {
    const store = memoryStore();
    const reads: number[] = [];
    const counted: Store = {
      ...store,
      async due(...args) {
        const due = await store.due(...args);
        reads.push(due.length);
        return due;
      },
    };
    await on.restart({ store: counted });
    for (let index = 0; index < 60; index++) {
      const { sandbox } = await on.host.create({ namespace, name: `n${index}`, suspendedTimeoutSeconds: 1 });
      await on.clock.settle();
      await send(sandbox.id, 'suspend');
    }
    await on.clock.settle();
    on.clock.jump(hour);
    await on.clock.advance(1_000);
    const { sandbox } = await on.host.create({ namespace, timeoutSeconds: 5 });
    reads.length = 0;
    await on.clock.advance(5_000);
    expect((await on.record(sandbox.id)).status).toBe('terminated');
    expect(Math.max(...reads)).toBe(1);
    expect(reads.length).toBeLessThan(5);
  });
});

test('a wait ends when its time has passed, also when the clock is set back', async () => {
  const { id } = await on.running('ada');
  const waiting = on.host.waitFor(namespace, id, ['suspended'], { timeoutMs: 1_000 });
  await on.clock.advance(200);
  on.clock.jump(-hour);
  await on.clock.advance(800);
  expect((await waiting).outcome).toBe('timed_out');
});

test('the duration of an attempt is not changed by the clock', async () => {
  on.driver.script('boot', async () => {
    on.clock.jump(hour);
    return undefined;
  });
  await on.running('ada');
  const attempt = on.seen.find((one) => one.type === 'operation');
  expect(attempt).toMatchObject({ durationMs: 0 });
});

test('the rows of the clock are in the history, and change no other field', async () => {
  const id = await booting();
  await startAfter(hour);
  const [created, moved] = (await rows(id)) as [HistoryRow, HistoryRow];
  expect(moved.sandbox).toEqual({
    ...created.sandbox,
    version: 2,
    updatedAt: on.clock.now(),
    operation: { ...created.sandbox.operation, deadline: 1_600_000 + hour },
  });
});
