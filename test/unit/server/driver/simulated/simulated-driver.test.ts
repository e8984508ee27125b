import { describe, expect, test } from 'vitest';
import { defaultConfiguration } from '../../../../../src/server/configuration.ts';
import type {
  BootJob,
  Crash,
  Exit,
  ResumeJob,
  SnapshotJob,
} from '../../../../../src/server/driver/driver.ts';
import {
  type SimulatedDriver,
  type SimulatedDriverOptions,
  simulatedDriver,
  simulatedPlatform,
} from '../../../../../src/server/driver/simulated/index.ts';
import { type VirtualClock, virtualClock } from '../../../../harness/server/virtual-clock.ts';

interface Setup {
  readonly clock: VirtualClock;
  readonly driver: SimulatedDriver;
  readonly crashes: (Crash | Exit)[];
}

/** A driver on a virtual clock, and the crashes that it reports. */
function setUp(options: SimulatedDriverOptions = {}, clock = virtualClock()): Setup {
  const driver = simulatedDriver({ clock, ...options });
  const crashes: (Crash | Exit)[] = [];
  driver.watch((crash) => crashes.push(crash));
  return { clock, driver, crashes };
}

function job(sandboxId: string, operation: number, signal = new AbortController().signal): ResumeJob {
  return {
    sandboxId,
    operation,
    deadline: 9_000_000,
    signal,
    configuration: defaultConfiguration,
    generation: 1,
  };
}

function bootJob(sandboxId: string, more: Partial<BootJob> = {}): BootJob {
  return {
    ...job(sandboxId, 1),
    snapshotId: null,
    snapshotType: null,
    owner: null,
    progress: () => {},
    ...more,
  };
}

function snapshotJob(sandboxId: string, operation: number, snapshotId: string): SnapshotJob {
  return { ...job(sandboxId, operation), snapshotId, snapshotType: 'filesystem' };
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`);

/** The current state of a promise: `pending`, `done`, or its error as text. */
function endOf(promise: Promise<unknown>): { now: string } {
  const end = { now: 'pending' };
  promise.then(
    () => (end.now = 'done'),
    (error: unknown) => (end.now = String(error)),
  );
  return end;
}

/** Boots many sandboxes at once, and counts how they ended within a minute. */
async function bootMany(options: SimulatedDriverOptions, count = 400): Promise<Map<string, number>> {
  const { driver, clock } = setUp(options);
  const ends = ids(count).map((id) => endOf(driver.boot(bootJob(id))));
  await clock.advance(60_000);
  const counts = new Map<string, number>();
  for (const { now } of ends) counts.set(now, (counts.get(now) ?? 0) + 1);
  return counts;
}

/** Asserts about a quarter of 400. The seed is fixed, so the count does not vary. */
function expectQuarter(count: number | undefined): void {
  expect(count).toBeGreaterThan(75);
  expect(count).toBeLessThan(125);
}

describe('without options', () => {
  test('every call succeeds at once, on the system clock', async () => {
    const driver = simulatedDriver();
    const received: string[] = [];
    await driver.boot(bootJob('a', { progress: (reason) => received.push(reason) }));
    expect(driver.platform.get('a')).toEqual({
      sandboxId: 'a',
      state: 'running',
      incarnation: 1,
      generation: 1,
      bootedAt: expect.any(Number),
    });
    const captured = await driver.snapshot(snapshotJob('a', 2, 's'));
    expect(captured).toEqual({ sizeBytes: 1_000_002, uri: 'simulated://snapshots/s' });
    expect(driver.platform.snapshots()).toEqual([
      { snapshotId: 's', sandboxId: 'a', operation: 2, type: 'filesystem', ...captured },
    ]);
    await driver.suspend(job('a', 3));
    expect(await driver.inventory()).toEqual([{ sandboxId: 'a', state: 'paused' }]);
    await driver.resume(job('a', 4));
    expect(driver.platform.get('a')).toEqual({
      sandboxId: 'a',
      state: 'running',
      incarnation: 4,
      generation: 1,
      bootedAt: expect.any(Number),
    });
    await driver.release(job('a', 5));
    await driver.deleteSnapshot('s');
    expect([...driver.platform.sandboxes(), ...driver.platform.snapshots()]).toEqual([]);
    expect(received.at(-1)).toBe('waiting_for_container');
    await driver.close();
  });

  test('the list of effects contains each operation once', async () => {
    const { driver } = setUp();
    for (let time = 0; time < 3; time += 1) {
      await driver.boot(bootJob('a'));
      await driver.boot(bootJob('b'));
    }
    for (let time = 0; time < 3; time += 1) await driver.suspend(job('a', 2));
    await driver.adopt([{ sandboxId: 'a', incarnation: 1 }]);
    expect(driver.platform.timesDone('a', 2)).toBe(0);
    await driver.suspend(job('a', 2));
    driver.platform.kill('b');
    for (let time = 0; time < 3; time += 1) await driver.release(job('a', 3));
    const done = [
      'boot a 1',
      'boot b 1',
      'suspend a 2',
      'adopt a 1',
      'suspend a 2',
      'die b 1',
      'release a 3',
    ];
    expect(driver.platform.effects.map((one) => `${one.kind} ${one.sandboxId} ${one.operation}`)).toEqual(
      done,
    );
    const times = [1, 2, 3, 4].map((operation) => driver.platform.timesDone('a', operation));
    expect(times).toEqual([1, 1, 1, 0]);
  });

  test('an id of another operation is rejected', async () => {
    const { driver } = setUp();
    await driver.boot(bootJob('a'));
    await driver.suspend(job('a', 2));
    await expect(driver.resume(job('a', 2))).rejects.toMatchObject({
      retryable: false,
      message: 'Operation 2 was a suspend, not a resume.',
    });
  });

  test('many boots first wait for capacity, and report it', async () => {
    const { driver } = setUp();
    const received = new Map<string, number>();
    const progress = (reason: string) => void received.set(reason, (received.get(reason) ?? 0) + 1);
    for (const id of ids(400)) await driver.boot(bootJob(id, { progress }));
    expect(received.get('waiting_for_container')).toBe(400);
    const others = ['no_executors_available', 'no_resources_available', 'pool_at_capacity'];
    for (const reason of others) expect(received.get(reason)).toBeGreaterThan(15);
    expectQuarter(others.reduce((sum, reason) => sum + (received.get(reason) ?? 0), 0));
  });
});

describe('latencyMs', () => {
  test('a number is a fixed duration, with progress after half of it', async () => {
    const { driver, clock } = setUp({ latencyMs: 100 });
    const received: string[] = [];
    const boot = endOf(driver.boot(bootJob('a', { progress: (reason) => received.push(reason) })));
    await clock.advance(49);
    expect(received).not.toContain('waiting_for_container');
    await clock.advance(50);
    expect(received).toContain('waiting_for_container');
    expect([boot.now, driver.platform.get('a')]).toEqual(['pending', undefined]);
    await clock.advance(1);
    expect([boot.now, driver.platform.get('a')?.state]).toEqual(['done', 'running']);
  });

  test('two numbers are the minimum and the maximum', async () => {
    const { driver, clock } = setUp({ latencyMs: [100, 200] });
    const ends = ids(100).map((id) => endOf(driver.boot(bootJob(id))));
    const done = () => ends.filter(({ now }) => now === 'done').length;
    await clock.advance(99);
    expect(done()).toBe(0);
    await clock.advance(51);
    expect(done()).toBeGreaterThan(30);
    expect(done()).toBeLessThan(70);
    await clock.advance(50);
    expect(done()).toBe(100);
  });

  test('an inventory shows the instant of its call', async () => {
    const { driver, clock } = setUp({ latencyMs: 100 });
    const boot = driver.boot(bootJob('a'));
    await clock.advance(50);
    const inventory = driver.inventory();
    await clock.advance(100);
    await boot;
    expect(await inventory).toEqual([]);
  });

  test('an aborted job rejects at once with the reason of the abort, and has no effect', async () => {
    const { driver, clock } = setUp({ latencyMs: 100 });
    const controller = new AbortController();
    const boot = endOf(driver.boot(bootJob('a', { signal: controller.signal })));
    await clock.advance(60);
    controller.abort(new Error('aborted'));
    await clock.settle();
    expect(boot.now).toBe('Error: aborted');
    await clock.advance(200_000);
    expect(driver.platform.effects).toEqual([]);

    const received: string[] = [];
    const early = new AbortController();
    endOf(driver.boot(bootJob('b', { signal: early.signal, progress: (reason) => received.push(reason) })));
    await clock.advance(10);
    early.abort();
    await clock.advance(200);
    expect(received).not.toContain('waiting_for_container');
  });
});

describe('faults of an attempt', () => {
  test('failures, retryable, lost and hangs are shares of the attempts', async () => {
    const counts = await bootMany({ failures: 0.25, retryable: 0.25, lost: 0.25, hangs: 0.25 });
    expectQuarter(counts.get('DriverError: The platform rejected the operation (simulated).'));
    expectQuarter(counts.get('DriverError: The platform is busy (simulated).'));
    expectQuarter(counts.get('DriverError: The response of the platform was lost (simulated).'));
    expectQuarter(counts.get('pending'));
  });

  test.each([
    ['failures', { retryable: false }, 0],
    ['retryable', { retryable: true }, 0],
    ['lost', { retryable: true }, 1],
  ] as const)('%s: its effect', async (name, error, times) => {
    const { driver } = setUp({ [name]: 1 });
    await expect(driver.boot(bootJob('a'))).rejects.toMatchObject({ name: 'DriverError', ...error });
    expect(driver.platform.timesDone('a', 1)).toBe(times);
  });

  test('a lost call succeeds when it is repeated, and takes effect once', async () => {
    const { driver } = setUp({ lost: 0.9 });
    let tries = 0;
    for (const id of ids(20)) {
      for (let done = false; !done && tries < 2_000; tries += 1) {
        done = await driver.boot(bootJob(id)).then(
          () => true,
          () => false,
        );
      }
    }
    expect(tries).toBeGreaterThan(60);
    expect(tries).toBeLessThan(2_000);
    expect(driver.platform.effects).toHaveLength(20);
  });

  test('a hanging call ends when it is aborted', async () => {
    const { driver, clock } = setUp({ hangs: 1 });
    const controller = new AbortController();
    const boot = endOf(driver.boot(bootJob('a', { signal: controller.signal })));
    await clock.advance(1e9);
    expect(boot.now).toBe('pending');
    controller.abort(new Error('aborted'));
    await clock.settle();
    expect([boot.now, driver.platform.effects]).toEqual(['Error: aborted', []]);
  });

  test('a release never fails permanently, and a call without a signal never hangs', async () => {
    const failing = setUp({ failures: 1 }).driver;
    await failing.release(job('a', 1));
    const hanging = setUp({ hangs: 1 }).driver;
    expect(await hanging.inventory()).toEqual([]);
    await hanging.adopt([{ sandboxId: 'a', incarnation: null }]);
    await hanging.deleteSnapshot('s');
  });

  test('an adopt that fails for one sandbox takes effect for the others', async () => {
    const { driver } = setUp({ retryable: 0.5 });
    const all = ids(20);
    for (const sandboxId of all) {
      driver.platform.carryOut({ kind: 'boot', sandboxId, operation: 1 });
    }
    const records = all.map((sandboxId) => ({ sandboxId, incarnation: null }));
    await expect(driver.adopt(records)).rejects.toMatchObject({ retryable: true });
    const paused = driver.platform.sandboxes().filter(({ state }) => state === 'paused');
    expect(paused.length).toBeGreaterThan(4);
    expect(paused.length).toBeLessThan(16);
  });

  test('the next attempt of the same job is another draw, also for a later driver', async () => {
    const platform = simulatedPlatform();
    const ends = new Set<string>();
    for (let tries = 0; tries < 30; tries += 1) {
      const end = endOf(setUp({ platform, failures: 0.5 }).driver.suspend(job('a', 2)));
      await new Promise(setImmediate);
      ends.add(end.now);
    }
    expect(ends).toEqual(
      new Set([
        'DriverError: The platform rejected the operation (simulated).',
        'DriverError: Its machine does not exist or has exited.',
      ]),
    );
  });
});

describe('crashes', () => {
  test('are reported with the incarnation that crashed, within the given time', async () => {
    const { driver, clock, crashes } = setUp({ crashes: 1, crashAfterMs: [1_000, 2_000] });
    for (const id of ids(50)) await driver.boot(bootJob(id));
    await clock.advance(999);
    expect(crashes).toEqual([]);
    await clock.advance(501);
    expect(crashes.length).toBeGreaterThan(10);
    expect(crashes.length).toBeLessThan(40);
    await clock.advance(500);
    expect(crashes).toHaveLength(50);
    expect(crashes[0]).toMatchObject({ incarnation: 1, reason: expect.stringMatching(/\(simulated\)$/) });
    expect(await driver.inventory()).toEqual([]);
  });

  test('happen to a share of the incarnations, each with its own draw', async () => {
    const { driver, clock, crashes } = setUp({ crashes: 0.25, crashAfterMs: 5_000 });
    for (const id of ids(400)) await driver.boot(bootJob(id));
    await clock.advance(5_000);
    expectQuarter(crashes.length);
    const living = driver.platform.sandboxes().map(({ sandboxId }) => sandboxId);
    for (const id of living) await driver.suspend(job(id, 2));
    for (const id of living) await driver.resume(job(id, 3));
    crashes.length = 0;
    await clock.advance(5_000);
    expect(crashes.length / living.length).toBeGreaterThan(0.18);
    expect(crashes.length / living.length).toBeLessThan(0.32);
    expect(new Set(crashes.map(({ incarnation }) => incarnation))).toEqual(new Set([3]));
  });

  test('do not happen to paused or released sandboxes', async () => {
    const { driver, clock, crashes } = setUp({ crashes: 1, crashAfterMs: 1_000 });
    await driver.boot(bootJob('a'));
    await driver.suspend(job('a', 2));
    await driver.boot(bootJob('b'));
    await driver.release(job('b', 2));
    await clock.advance(10_000);
    expect(crashes).toEqual([]);
    expect(await driver.inventory()).toEqual([{ sandboxId: 'a', state: 'paused' }]);
  });

  test('happen also without a driver, and the next driver reports them', async () => {
    const { driver, clock, crashes } = setUp({ crashes: 1, crashAfterMs: 1_000 });
    await driver.boot(bootJob('a'));
    await driver.close();
    await clock.advance(1_000);
    const later = setUp({ platform: driver.platform, clock });
    await later.driver.adopt([{ sandboxId: 'a', incarnation: 1 }]);
    expect(crashes).toEqual([]);
    expect(later.crashes).toMatchObject([{ sandboxId: 'a', incarnation: 1 }]);
  });

  test('are kept for the first watcher, unless the sandbox is released before', async () => {
    const driver = simulatedDriver();
    for (const id of ['a', 'b']) {
      await driver.boot(bootJob(id));
      driver.platform.kill(id);
    }
    await driver.release(job('a', 2));
    const received: string[] = [];
    driver.watch(({ sandboxId }) => received.push(sandboxId));
    await new Promise(setImmediate);
    expect(received).toEqual(['b']);
  });

  test('silent: only the inventory shows them', async () => {
    const { driver, clock, crashes } = setUp({ silent: 0.25, crashAfterMs: 1_000 });
    for (const id of ids(400)) await driver.boot(bootJob(id));
    await clock.advance(1_000);
    expect(crashes).toEqual([]);
    expectQuarter(400 - (await driver.inventory()).length);
  });
});

describe('exits', () => {
  test('are reported with their code, half of them with 0', async () => {
    const { driver, clock, crashes } = setUp({ exits: 0.5, crashAfterMs: 1_000 });
    for (const id of ids(400)) await driver.boot(bootJob(id));
    await clock.advance(1_000);
    const codes = crashes.map((end) => ('exitCode' in end ? end.exitCode : 'crash'));
    expect(codes.length).toBeGreaterThan(150);
    expectQuarter(codes.filter((code) => code === 0).length);
    for (const code of codes)
      expect(code).toSatisfy((one) => Number.isInteger(one) && one >= 0 && one <= 255);
  });

  test('leave a crash without a code as it is', async () => {
    const { driver, clock, crashes } = setUp({ crashes: 1, crashAfterMs: 1_000 });
    await driver.boot(bootJob('a'));
    await clock.advance(1_000);
    expect(crashes[0]).not.toHaveProperty('exitCode');
  });
});

describe('looks', () => {
  test('inspect distinguishes what runs, is paused, has ended, and was never there', async () => {
    const { driver } = setUp();
    for (const id of ['runs', 'waits', 'exits', 'dies', 'vanishes', 'released'])
      await driver.boot(bootJob(id));
    await driver.suspend(job('waits', 2));
    driver.platform.kill('exits', { exitCode: 3 });
    driver.platform.kill('dies');
    driver.platform.kill('vanishes', { silent: true });
    driver.platform.kill('released', { exitCode: 0 });
    await driver.release(job('released', 2));
    const inspections = [
      ['runs', { state: 'running' }],
      ['waits', { state: 'paused' }],
      ['exits', { state: 'exited', exitCode: 3, reason: 'exited with code 3' }],
      ['dies', { state: 'exited', exitCode: null, reason: 'its machine died' }],
      ['vanishes', { state: 'absent' }],
      ['released', { state: 'absent' }],
      ['never', { state: 'absent' }],
    ] as const;
    for (const [id, inspection] of inspections) expect(await driver.inspect?.(id)).toEqual(inspection);
  });

  test('an adoption reports what has ended, and nothing about what left no trace', async () => {
    const { driver, crashes } = setUp();
    const { platform } = driver;
    await driver.boot(bootJob('exits'));
    await driver.boot(bootJob('vanishes'));
    platform.kill('vanishes', { silent: true });
    platform.kill('exits', { exitCode: 4 });
    crashes.length = 0;
    const records = ['exits', 'vanishes', 'never'].map((sandboxId) => ({ sandboxId, incarnation: 1 }));
    await driver.adopt(records);
    expect(crashes).toEqual([
      { sandboxId: 'exits', incarnation: 1, exitCode: 4, reason: 'exited with code 4' },
    ]);
  });

  test('the inventory names the owner of a boot', async () => {
    const { driver } = setUp();
    await driver.boot(bootJob('mine', { owner: 'database-1' }));
    await driver.boot(bootJob('unmarked'));
    expect(await driver.inventory()).toEqual([
      { sandboxId: 'mine', state: 'running', owner: 'database-1' },
      { sandboxId: 'unmarked', state: 'running' },
    ]);
  });

  test('lag: an inventory omits a sandbox for some time after its boot', async () => {
    const { driver, clock } = setUp({ lag: 5_000 });
    await driver.boot(bootJob('a'));
    await clock.advance(4_999);
    expect(await driver.inventory()).toEqual([]);
    expect(await driver.inspect?.('a')).toEqual({ state: 'running' });
    await clock.advance(1);
    expect(await driver.inventory()).toHaveLength(1);
  });

  test('emptyLooks and failedLooks are shares of the looks', async () => {
    const { driver } = setUp({ emptyLooks: 0.25, failedLooks: 0.25 });
    await driver.boot(bootJob('a'));
    const looks = await Promise.allSettled(ids(400).map(() => driver.inventory()));
    expectQuarter(looks.filter(({ status }) => status === 'rejected').length);
    expectQuarter(looks.filter((look) => look.status === 'fulfilled' && look.value.length === 0).length);
    const inspections = await Promise.allSettled(ids(400).map(() => driver.inspect?.('a')));
    expectQuarter(inspections.filter(({ status }) => status === 'rejected').length);
    for (const one of inspections)
      if (one.status === 'fulfilled') expect(one.value).toEqual({ state: 'running' });
  });

  test('a snapshot keeps its type', async () => {
    const { driver } = setUp();
    await driver.boot(bootJob('a'));
    await driver.snapshot({ ...snapshotJob('a', 2, 's'), snapshotType: 'memory' });
    expect(driver.platform.snapshots()).toMatchObject([{ snapshotId: 's', type: 'memory' }]);
  });
});

describe('faulty reports', () => {
  test('duplicates: crashes and progress are reported twice', async () => {
    const { driver, clock, crashes } = setUp({ crashes: 1, crashAfterMs: 1_000, duplicates: 1 });
    const received: string[] = [];
    const progress = (reason: string) => received.push(reason);
    await driver.boot(bootJob('a', { progress }));
    expect(received.filter((reason) => reason === 'waiting_for_container')).toHaveLength(2);
    await clock.advance(2_000);
    expect(crashes).toHaveLength(2);
    expect(crashes[1]).toEqual(crashes[0]);
  });

  test('duplicates: a share of them', async () => {
    const { driver, clock, crashes } = setUp({ crashes: 1, duplicates: 0.25 });
    for (const id of ids(400)) await driver.boot(bootJob(id));
    await clock.advance(61_000);
    expectQuarter(crashes.length - 400);
  });

  test('late: an aborted job still takes effect, up to a minute later, also after the release', async () => {
    const { driver, clock } = setUp({ latencyMs: 100, late: 1 });
    const { platform } = driver;
    const controller = new AbortController();
    const boot = endOf(driver.boot(bootJob('a', { signal: controller.signal })));
    await clock.advance(10);
    controller.abort();
    const release = driver.release(job('a', 2));
    await clock.advance(100);
    await release;
    expect([boot.now, platform.get('a')]).toEqual(['pending', undefined]);
    await clock.advance(60_000);
    expect([boot.now, platform.get('a')?.state]).toEqual(['done', 'running']);
    // The host finds the sandbox and releases it again, under the same id.
    const again = driver.release(job('a', 2));
    await clock.advance(100);
    await again;
    expect(platform.get('a')).toBeUndefined();
  });

  test('late: a suspend pauses a sandbox that was resumed since, but never takes effect twice', async () => {
    const { driver, clock } = setUp({ latencyMs: 100, late: 1 });
    const { platform } = driver;
    for (const [kind, operation] of [
      ['boot', 1],
      ['suspend', 2],
      ['resume', 3],
    ] as const) {
      platform.carryOut({ kind, sandboxId: 'a', operation });
    }
    const controller = new AbortController();
    const again = endOf(driver.suspend(job('a', 2, controller.signal)));
    const first = endOf(driver.suspend(job('a', 4, controller.signal)));
    await clock.advance(10);
    platform.carryOut({ kind: 'snapshot', sandboxId: 'a', operation: 5, snapshotId: 's' });
    controller.abort();
    await clock.advance(60_000);
    expect([again.now, first.now]).toEqual(['done', 'done']);
    expect([2, 4].map((operation) => platform.timesDone('a', operation))).toEqual([1, 1]);
    expect(platform.get('a')?.state).toBe('paused');
  });

  test('late: a share of the attempts, and never an attempt that did not begin', async () => {
    const { driver, clock } = setUp({ latencyMs: 100, late: 0.25 });
    const signal = AbortSignal.abort(new Error('aborted'));
    await expect(driver.boot(bootJob('never', { signal }))).rejects.toThrow('aborted');
    const controllers = ids(400).map(() => new AbortController());
    for (const [index, { signal }] of controllers.entries())
      endOf(driver.boot(bootJob(`s${index}`, { signal })));
    await clock.advance(10);
    for (const controller of controllers) controller.abort(new Error('aborted'));
    await clock.advance(60_000);
    expectQuarter(driver.platform.effects.length);
  });

  test('reordered: progress arrives after the boot has completed', async () => {
    const { driver, clock } = setUp({ reordered: 1, latencyMs: 100 });
    const order: string[] = [];
    void driver
      .boot(bootJob('a', { progress: (reason) => order.push(reason) }))
      .then(() => order.push('done'));
    await clock.advance(1_000);
    expect(order).toEqual(['done', 'waiting_for_container']);
  });

  test('reordered: a crash arrives before the boot has completed', async () => {
    const { driver, clock, crashes } = setUp({ reordered: 1, crashes: 1 });
    const order: string[] = [];
    driver.watch(() => order.push('crashed'));
    void driver.boot(bootJob('a')).then(() => order.push('done'));
    await clock.settle();
    expect(order).toEqual(['crashed', 'done']);
    expect(crashes).toMatchObject([{ sandboxId: 'a', incarnation: 1 }]);
  });

  test('reordered: an earlier incarnation is reported as crashed while a newer one runs', async () => {
    const { driver, clock, crashes } = setUp({ reordered: 1 });
    await driver.boot(bootJob('a'));
    await driver.suspend(job('a', 2));
    await driver.resume(job('a', 3));
    expect(crashes).toEqual([]);
    await clock.advance(1);
    expect(crashes).toMatchObject([{ sandboxId: 'a', incarnation: 1 }]);
    expect(driver.platform.get('a')).toMatchObject({ state: 'running', incarnation: 3 });
    await driver.resume(job('a', 3));
    await clock.advance(1);
    expect(crashes).toHaveLength(1);
  });
});

describe('the same seed', () => {
  const faulty: SimulatedDriverOptions = {
    latencyMs: [1, 5_000],
    failures: 0.1,
    retryable: 0.1,
    lost: 0.1,
    hangs: 0.1,
    crashes: 0.3,
    silent: 0.1,
    duplicates: 0.3,
    late: 0.3,
    reordered: 0.3,
  };

  /** The log of a faulty platform while it runs some sandboxes, started in the given order. */
  async function trace(seed: number, order: readonly string[]): Promise<string[]> {
    const clock = virtualClock();
    const { driver } = setUp({ ...faulty, seed }, clock);
    const lines: string[] = [];
    const note = (line: string) => lines.push(`${clock.now()} ${line}`);
    driver.watch((crash) => note(JSON.stringify(crash)));
    for (const id of order) {
      const controller = new AbortController();
      clock.wake(20_000, () => controller.abort(new Error('aborted')));
      const { signal } = controller;
      const drive = async () => {
        await driver.boot(bootJob(id, { signal, progress: (reason) => note(`${id} ${reason}`) }));
        await driver.suspend(job(id, 2, signal));
        await driver.resume(job(id, 3, signal));
      };
      drive().then(
        () => note(`${id} done`),
        (error: unknown) => note(`${id} ${error}`),
      );
    }
    await clock.advance(200_000);
    return [...lines, ...driver.platform.effects.map((effect) => JSON.stringify(effect))];
  }

  test('gives the same course of events, and another seed a different one', async () => {
    const all = ids(40);
    const first = await trace(7, all);
    expect(first.length).toBeGreaterThan(100);
    expect(await trace(7, all)).toEqual(first);
    expect(await trace(8, all)).not.toEqual(first);
  });

  test('gives each sandbox the same events, independent of the others and of the order', async () => {
    const all = ids(40);
    const of = (id: string, lines: readonly string[]) =>
      lines.filter((line) => new RegExp(`\\b${id}\\b`).test(line));
    const together = await trace(7, all);
    const backwards = await trace(7, all.toReversed());
    for (const id of all) {
      expect(of(id, backwards)).toEqual(of(id, together));
      expect(of(id, await trace(7, [id]))).toEqual(of(id, together));
    }
  });
});

describe('close and abandon', () => {
  test('close aborts the work in progress, leaves the sandboxes, and rejects new work', async () => {
    const { driver, clock } = setUp({ latencyMs: 100 });
    driver.platform.carryOut({ kind: 'boot', sandboxId: 'a', operation: 1 });
    const boot = endOf(driver.boot(bootJob('b')));
    await clock.advance(10);
    await driver.close();
    expect(boot.now).toBe('DriverError: The driver is closed.');
    await expect(driver.suspend(job('a', 2))).rejects.toMatchObject({ retryable: true });
    expect(driver.platform.sandboxes()).toMatchObject([{ sandboxId: 'a', state: 'running' }]);
  });

  test('abandon: all reports stop, and the platform continues', async () => {
    const { driver, clock, crashes } = setUp({ latencyMs: 100, crashes: 1, crashAfterMs: 1_000 });
    const received: string[] = [];
    const controller = new AbortController();
    const { signal } = controller;
    const ends = [
      endOf(driver.boot(bootJob('a', { signal, progress: (reason) => received.push(reason) }))),
      endOf(driver.inventory()),
    ];
    await clock.advance(10);
    received.length = 0;
    driver.abandon();
    controller.abort();
    ends.push(endOf(driver.boot(bootJob('b'))));
    await clock.advance(200);
    const after = setUp({ platform: driver.platform, clock });
    expect(await Promise.race([after.driver.inventory(), clock.advance(1)])).toEqual([
      { sandboxId: 'a', state: 'running' },
    ]);
    await clock.advance(1_000);
    expect(ends.map(({ now }) => now)).toEqual(['pending', 'pending', 'pending']);
    expect([received, crashes]).toEqual([[], []]);
    expect(after.crashes).toMatchObject([{ sandboxId: 'a', incarnation: 1 }]);
    await driver.close();
  });

  test('two drivers that carry out the same operation have one effect', async () => {
    const { driver, clock } = setUp({ latencyMs: [10, 100] });
    const after = setUp({ latencyMs: [10, 100], seed: 2, platform: driver.platform }, clock).driver;
    const ends = [driver, after].map((one) => endOf(one.boot(bootJob('a'))));
    await clock.advance(100);
    expect(ends.map(({ now }) => now)).toEqual(['done', 'done']);
    expect(driver.platform.effects).toHaveLength(1);
  });
});

describe('bad options', () => {
  test.each([
    [{ failures: 2 }, 'options.failures must be a share from 0 to 1.'],
    [{ late: -0.1 }, 'options.late must be a share from 0 to 1.'],
    [{ crashes: Number.NaN }, 'options.crashes must be a share from 0 to 1.'],
    [{ hangs: '1' }, 'options.hangs must be a share from 0 to 1.'],
    [{ seed: 'x' }, 'options.seed must be a number.'],
    [
      { latencyMs: -1 },
      'options.latencyMs must be a whole number of ms, or two of them: the minimum and the maximum.',
    ],
    [
      { latencyMs: [5, 1] },
      'options.latencyMs must be a whole number of ms, or two of them: the minimum and the maximum.',
    ],
    [
      { crashAfterMs: [1] },
      'options.crashAfterMs must be a whole number of ms, or two of them: the minimum and the maximum.',
    ],
    [{ failure: 1 }, 'options.failure is not a field; omit it.'],
    [{ platform: {} }, 'options.platform must be a platform from simulatedPlatform().'],
    [{ clock: 5 }, 'options.clock must have the methods now and wake.'],
    [
      { failures: 0.5, retryable: 0.5, hangs: 0.1 },
      'options must have shares of failures, retryable, lost and hangs that add up to at most 1.',
    ],
    [
      { crashes: 0.6, silent: 0.6 },
      'options must have shares of crashes, silent and exits that add up to at most 1.',
    ],
  ])('%j', (options, message) => {
    expect(() => simulatedDriver(options as SimulatedDriverOptions)).toThrow(
      expect.objectContaining({ name: 'SchemaError', message }),
    );
  });
});
