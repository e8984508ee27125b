import { describe, expect, test } from 'vitest';
import { defaultConfiguration } from '../../../../../src/server/configuration.ts';
import type { BootJob, Crash, Job, SnapshotJob } from '../../../../../src/server/driver/driver.ts';
import {
  type SimulatedDriver,
  type SimulatedDriverOptions,
  simulatedDriver,
  simulatedPlatform,
} from '../../../../../src/server/driver/simulated/index.ts';
import { type VirtualClock, virtualClock } from '../../../../harness/server/virtual-clock.ts';

interface World {
  readonly clock: VirtualClock;
  readonly driver: SimulatedDriver;
  readonly crashes: Crash[];
}

/** A driver on a clock that stands still, and everything it tells. */
function world(options: SimulatedDriverOptions = {}, clock = virtualClock()): World {
  const driver = simulatedDriver({ clock, ...options });
  const crashes: Crash[] = [];
  driver.watch((crash) => crashes.push(crash));
  return { clock, driver, crashes };
}

function job(sandboxId: string, operation: number, signal = new AbortController().signal): Job {
  return { sandboxId, operation, deadline: 9_000_000, signal, configuration: defaultConfiguration };
}

function bootJob(sandboxId: string, more: Partial<BootJob> = {}): BootJob {
  return { ...job(sandboxId, 1), snapshotId: null, progress: () => {}, ...more };
}

function snapshotJob(sandboxId: string, operation: number, snapshotId: string): SnapshotJob {
  return { ...job(sandboxId, operation), snapshotId };
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => `s${index}`);

/** How a promise ended so far: `pending`, `done`, or what its error says. */
function endOf(promise: Promise<unknown>): { now: string } {
  const end = { now: 'pending' };
  promise.then(
    () => (end.now = 'done'),
    (error: unknown) => (end.now = String(error)),
  );
  return end;
}

/** Boots many at once, and answers how often each end came within a minute. */
async function bootMany(options: SimulatedDriverOptions, count = 400): Promise<Map<string, number>> {
  const { driver, clock } = world(options);
  const ends = ids(count).map((id) => endOf(driver.boot(bootJob(id))));
  await clock.advance(60_000);
  const counts = new Map<string, number>();
  for (const { now } of ends) counts.set(now, (counts.get(now) ?? 0) + 1);
  return counts;
}

/** Around a quarter of 400: the seed is fixed, so this never changes by itself. */
function expectQuarter(count: number | undefined): void {
  expect(count).toBeGreaterThan(75);
  expect(count).toBeLessThan(125);
}

describe('without options', () => {
  test('everything is done at once and nothing goes wrong, on the clock of the machine', async () => {
    const driver = simulatedDriver();
    const told: string[] = [];
    await driver.boot(bootJob('a', { progress: (reason) => told.push(reason) }));
    expect(driver.platform.get('a')).toEqual({ sandboxId: 'a', state: 'running', incarnation: 1 });
    const captured = await driver.snapshot(snapshotJob('a', 2, 's'));
    expect(captured).toEqual({ sizeBytes: 1_000_002, uri: 'simulated://snapshots/s' });
    expect(driver.platform.snapshots()).toEqual([
      { snapshotId: 's', sandboxId: 'a', operation: 2, ...captured },
    ]);
    await driver.suspend(job('a', 3));
    expect(await driver.inventory()).toEqual([{ sandboxId: 'a', state: 'paused' }]);
    await driver.resume(job('a', 4));
    expect(driver.platform.get('a')).toEqual({ sandboxId: 'a', state: 'running', incarnation: 4 });
    await driver.release(job('a', 5));
    await driver.deleteSnapshot('s');
    expect([...driver.platform.sandboxes(), ...driver.platform.snapshots()]).toEqual([]);
    expect(told.at(-1)).toBe('waiting_for_container');
    await driver.close();
  });

  test('the ledger tells what was really done, once for each operation', async () => {
    const { driver } = world();
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

  test('an id that was another operation before is refused', async () => {
    const { driver } = world();
    await driver.boot(bootJob('a'));
    await driver.suspend(job('a', 2));
    await expect(driver.resume(job('a', 2))).rejects.toMatchObject({
      retryable: false,
      message: 'Operation 2 was a suspend, not a resume.',
    });
  });

  test('many boots find no room at first, and say so', async () => {
    const { driver } = world();
    const told = new Map<string, number>();
    const progress = (reason: string) => void told.set(reason, (told.get(reason) ?? 0) + 1);
    for (const id of ids(400)) await driver.boot(bootJob(id, { progress }));
    expect(told.get('waiting_for_container')).toBe(400);
    const others = ['no_executors_available', 'no_resources_available', 'pool_at_capacity'];
    for (const reason of others) expect(told.get(reason)).toBeGreaterThan(15);
    expectQuarter(others.reduce((sum, reason) => sum + (told.get(reason) ?? 0), 0));
  });
});

describe('latencyMs', () => {
  test('a number is how long everything takes, in two parts with progress between', async () => {
    const { driver, clock } = world({ latencyMs: 100 });
    const told: string[] = [];
    const boot = endOf(driver.boot(bootJob('a', { progress: (reason) => told.push(reason) })));
    await clock.advance(49);
    expect(told).not.toContain('waiting_for_container');
    await clock.advance(50);
    expect(told).toContain('waiting_for_container');
    expect([boot.now, driver.platform.get('a')]).toEqual(['pending', undefined]);
    await clock.advance(1);
    expect([boot.now, driver.platform.get('a')?.state]).toEqual(['done', 'running']);
  });

  test('two numbers are the least and the most', async () => {
    const { driver, clock } = world({ latencyMs: [100, 200] });
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

  test('an inventory is of the instant it was asked for', async () => {
    const { driver, clock } = world({ latencyMs: 100 });
    const boot = driver.boot(bootJob('a'));
    await clock.advance(50);
    const inventory = driver.inventory();
    await clock.advance(100);
    await boot;
    expect(await inventory).toEqual([]);
  });

  test('a job that is called off rejects at once, with the reason it was given, and is not done', async () => {
    const { driver, clock } = world({ latencyMs: 100 });
    const controller = new AbortController();
    const boot = endOf(driver.boot(bootJob('a', { signal: controller.signal })));
    await clock.advance(60);
    controller.abort(new Error('called off'));
    await clock.settle();
    expect(boot.now).toBe('Error: called off');
    await clock.advance(200_000);
    expect(driver.platform.effects).toEqual([]);

    const told: string[] = [];
    const early = new AbortController();
    endOf(driver.boot(bootJob('b', { signal: early.signal, progress: (reason) => told.push(reason) })));
    await clock.advance(10);
    early.abort();
    await clock.advance(200);
    expect(told).not.toContain('waiting_for_container');
  });
});

describe('what goes wrong with a try', () => {
  test('failures, retryable, lost and hangs are shares of the tries', async () => {
    const counts = await bootMany({ failures: 0.25, retryable: 0.25, lost: 0.25, hangs: 0.25 });
    expectQuarter(counts.get('DriverError: The platform refused it (simulated).'));
    expectQuarter(counts.get('DriverError: The platform is busy (simulated).'));
    expectQuarter(counts.get('DriverError: The answer of the platform was lost (simulated).'));
    expectQuarter(counts.get('pending'));
  });

  test.each([
    ['failures', { retryable: false }, 0],
    ['retryable', { retryable: true }, 0],
    ['lost', { retryable: true }, 1],
  ] as const)('%s: what is done of it', async (name, error, times) => {
    const { driver } = world({ [name]: 1 });
    await expect(driver.boot(bootJob('a'))).rejects.toMatchObject({ name: 'DriverError', ...error });
    expect(driver.platform.timesDone('a', 1)).toBe(times);
  });

  test('what was lost is done when it comes again, and not twice', async () => {
    const { driver } = world({ lost: 0.9 });
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

  test('what hangs ends when it is called off', async () => {
    const { driver, clock } = world({ hangs: 1 });
    const controller = new AbortController();
    const boot = endOf(driver.boot(bootJob('a', { signal: controller.signal })));
    await clock.advance(1e9);
    expect(boot.now).toBe('pending');
    controller.abort(new Error('called off'));
    await clock.settle();
    expect([boot.now, driver.platform.effects]).toEqual(['Error: called off', []]);
  });

  test('a release never fails for good, and what nobody can call off never hangs', async () => {
    const failing = world({ failures: 1 }).driver;
    await failing.release(job('a', 1));
    const hanging = world({ hangs: 1 }).driver;
    expect(await hanging.inventory()).toEqual([]);
    await hanging.adopt([{ sandboxId: 'a', incarnation: null }]);
    await hanging.deleteSnapshot('s');
  });

  test('an adopt that fails for one is done for the others', async () => {
    const { driver } = world({ retryable: 0.5 });
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

  test('the next try of the same is another draw, also for a driver that comes later', async () => {
    const platform = simulatedPlatform();
    const ends = new Set<string>();
    for (let tries = 0; tries < 30; tries += 1) {
      const end = endOf(world({ platform, failures: 0.5 }).driver.suspend(job('a', 2)));
      await new Promise(setImmediate);
      ends.add(end.now);
    }
    expect(ends).toEqual(
      new Set([
        'DriverError: The platform refused it (simulated).',
        'DriverError: Its machine is not there (any more).',
      ]),
    );
  });
});

describe('crashes', () => {
  test('are told as the incarnation that died, within the time that is given', async () => {
    const { driver, clock, crashes } = world({ crashes: 1, crashAfterMs: [1_000, 2_000] });
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

  test('come to a share of what is brought up, and to each incarnation anew', async () => {
    const { driver, clock, crashes } = world({ crashes: 0.25, crashAfterMs: 5_000 });
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

  test('spare what is paused or released by then', async () => {
    const { driver, clock, crashes } = world({ crashes: 1, crashAfterMs: 1_000 });
    await driver.boot(bootJob('a'));
    await driver.suspend(job('a', 2));
    await driver.boot(bootJob('b'));
    await driver.release(job('b', 2));
    await clock.advance(10_000);
    expect(crashes).toEqual([]);
    expect(await driver.inventory()).toEqual([{ sandboxId: 'a', state: 'paused' }]);
  });

  test('happen also while no driver is there, and then the next one tells of them', async () => {
    const { driver, clock, crashes } = world({ crashes: 1, crashAfterMs: 1_000 });
    await driver.boot(bootJob('a'));
    await driver.close();
    await clock.advance(1_000);
    const later = world({ platform: driver.platform, clock });
    await later.driver.adopt([{ sandboxId: 'a', incarnation: 1 }]);
    expect(crashes).toEqual([]);
    expect(later.crashes).toMatchObject([{ sandboxId: 'a', incarnation: 1 }]);
  });

  test('are kept for the first who watches, unless they are released by then', async () => {
    const driver = simulatedDriver();
    for (const id of ['a', 'b']) {
      await driver.boot(bootJob(id));
      driver.platform.kill(id);
    }
    await driver.release(job('a', 2));
    const told: string[] = [];
    driver.watch(({ sandboxId }) => told.push(sandboxId));
    await new Promise(setImmediate);
    expect(told).toEqual(['b']);
  });

  test('silent: only the inventory shows it', async () => {
    const { driver, clock, crashes } = world({ silent: 0.25, crashAfterMs: 1_000 });
    for (const id of ids(400)) await driver.boot(bootJob(id));
    await clock.advance(1_000);
    expect(crashes).toEqual([]);
    expectQuarter(400 - (await driver.inventory()).length);
  });
});

describe('what is told wrongly', () => {
  test('duplicates: crashes and progress are told twice', async () => {
    const { driver, clock, crashes } = world({ crashes: 1, crashAfterMs: 1_000, duplicates: 1 });
    const told: string[] = [];
    const progress = (reason: string) => told.push(reason);
    await driver.boot(bootJob('a', { progress }));
    expect(told.filter((reason) => reason === 'waiting_for_container')).toHaveLength(2);
    await clock.advance(2_000);
    expect(crashes).toHaveLength(2);
    expect(crashes[1]).toEqual(crashes[0]);
  });

  test('duplicates: a share of them', async () => {
    const { driver, clock, crashes } = world({ crashes: 1, duplicates: 0.25 });
    for (const id of ids(400)) await driver.boot(bootJob(id));
    await clock.advance(61_000);
    expectQuarter(crashes.length - 400);
  });

  test('late: what is called off is done all the same, up to a minute later, also after the release', async () => {
    const { driver, clock } = world({ latencyMs: 100, late: 1 });
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
    // The host that finds it releases it once more, under the same id.
    const again = driver.release(job('a', 2));
    await clock.advance(100);
    await again;
    expect(platform.get('a')).toBeUndefined();
  });

  test('late: a suspend stops what was resumed since, but is never done a second time', async () => {
    const { driver, clock } = world({ latencyMs: 100, late: 1 });
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

  test('late: a share of the tries, and none that was never begun', async () => {
    const { driver, clock } = world({ latencyMs: 100, late: 0.25 });
    const signal = AbortSignal.abort(new Error('called off'));
    await expect(driver.boot(bootJob('never', { signal }))).rejects.toThrow('called off');
    const controllers = ids(400).map(() => new AbortController());
    for (const [index, { signal }] of controllers.entries())
      endOf(driver.boot(bootJob(`s${index}`, { signal })));
    await clock.advance(10);
    for (const controller of controllers) controller.abort(new Error('called off'));
    await clock.advance(60_000);
    expectQuarter(driver.platform.effects.length);
  });

  test('reordered: progress comes when the boot is completed', async () => {
    const { driver, clock } = world({ reordered: 1, latencyMs: 100 });
    const heard: string[] = [];
    void driver
      .boot(bootJob('a', { progress: (reason) => heard.push(reason) }))
      .then(() => heard.push('done'));
    await clock.advance(1_000);
    expect(heard).toEqual(['done', 'waiting_for_container']);
  });

  test('reordered: a crash comes before what it ends is completed', async () => {
    const { driver, clock, crashes } = world({ reordered: 1, crashes: 1 });
    const heard: string[] = [];
    driver.watch(() => heard.push('crashed'));
    void driver.boot(bootJob('a')).then(() => heard.push('done'));
    await clock.settle();
    expect(heard).toEqual(['crashed', 'done']);
    expect(crashes).toMatchObject([{ sandboxId: 'a', incarnation: 1 }]);
  });

  test('reordered: an earlier incarnation is told as crashed when a newer one is up', async () => {
    const { driver, clock, crashes } = world({ reordered: 1 });
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
  const rough: SimulatedDriverOptions = {
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

  /** Everything that a rough platform does and tells while some sandboxes are driven, in the order that is given. */
  async function trace(seed: number, order: readonly string[]): Promise<string[]> {
    const clock = virtualClock();
    const { driver } = world({ ...rough, seed }, clock);
    const lines: string[] = [];
    const note = (line: string) => lines.push(`${clock.now()} ${line}`);
    driver.watch((crash) => note(JSON.stringify(crash)));
    for (const id of order) {
      const controller = new AbortController();
      clock.wake(20_000, () => controller.abort(new Error('called off')));
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

  test('gives the same course of events, and another seed another', async () => {
    const all = ids(40);
    const first = await trace(7, all);
    expect(first.length).toBeGreaterThan(100);
    expect(await trace(7, all)).toEqual(first);
    expect(await trace(8, all)).not.toEqual(first);
  });

  test('gives each sandbox the same, whatever happens to the others and in whatever order', async () => {
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
  test('close calls off what is under way, leaves what is there, and takes no more work', async () => {
    const { driver, clock } = world({ latencyMs: 100 });
    driver.platform.carryOut({ kind: 'boot', sandboxId: 'a', operation: 1 });
    const boot = endOf(driver.boot(bootJob('b')));
    await clock.advance(10);
    await driver.close();
    expect(boot.now).toBe('DriverError: The driver is closed.');
    await expect(driver.suspend(job('a', 2))).rejects.toMatchObject({ retryable: true });
    expect(driver.platform.sandboxes()).toMatchObject([{ sandboxId: 'a', state: 'running' }]);
  });

  test('abandon: nobody hears of anything any more, and the platform goes on', async () => {
    const { driver, clock, crashes } = world({ latencyMs: 100, crashes: 1, crashAfterMs: 1_000 });
    const told: string[] = [];
    const controller = new AbortController();
    const { signal } = controller;
    const ends = [
      endOf(driver.boot(bootJob('a', { signal, progress: (reason) => told.push(reason) }))),
      endOf(driver.inventory()),
    ];
    await clock.advance(10);
    told.length = 0;
    driver.abandon();
    controller.abort();
    ends.push(endOf(driver.boot(bootJob('b'))));
    await clock.advance(200);
    const after = world({ platform: driver.platform, clock });
    expect(await Promise.race([after.driver.inventory(), clock.advance(1)])).toEqual([
      { sandboxId: 'a', state: 'running' },
    ]);
    await clock.advance(1_000);
    expect(ends.map(({ now }) => now)).toEqual(['pending', 'pending', 'pending']);
    expect([told, crashes]).toEqual([[], []]);
    expect(after.crashes).toMatchObject([{ sandboxId: 'a', incarnation: 1 }]);
    await driver.close();
  });

  test('two drivers that carry out the same operation have one effect', async () => {
    const { driver, clock } = world({ latencyMs: [10, 100] });
    const after = world({ latencyMs: [10, 100], seed: 2, platform: driver.platform }, clock).driver;
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
    [{ latencyMs: -1 }, 'options.latencyMs must be whole ms, or two of them: the least and the most.'],
    [{ latencyMs: [5, 1] }, 'options.latencyMs must be whole ms, or two of them: the least and the most.'],
    [{ crashAfterMs: [1] }, 'options.crashAfterMs must be whole ms, or two of them: the least and the most.'],
    [{ failure: 1 }, 'options.failure is not a field; omit it.'],
    [{ platform: {} }, 'options.platform must be what simulatedPlatform() gives.'],
    [{ clock: 5 }, 'options.clock must have now and wake.'],
    [
      { failures: 0.5, retryable: 0.5, hangs: 0.1 },
      'options must not have shares of failures, retryable, lost and hangs that are above 1 together.',
    ],
    [
      { crashes: 0.6, silent: 0.6 },
      'options must not have shares of crashes and silent that are above 1 together.',
    ],
  ])('%j', (options, message) => {
    expect(() => simulatedDriver(options as SimulatedDriverOptions)).toThrow(
      expect.objectContaining({ name: 'SchemaError', message }),
    );
  });
});
