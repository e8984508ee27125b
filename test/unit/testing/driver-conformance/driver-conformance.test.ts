import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  type Crash,
  type Driver,
  DriverError,
  type Exit,
  type Job,
} from '../../../../src/server/driver/driver.ts';
import { processDriver } from '../../../../src/server/driver/process/index.ts';
import {
  type SimulatedDriverOptions,
  type SimulatedPlatform,
  simulatedDriver,
  simulatedPlatform,
} from '../../../../src/server/driver/simulated/index.ts';
import { type DriverConformanceOptions, driverConformance } from '../../../../src/testing/index.ts';
import { simulatedProbes } from '../../../harness/server/simulated-probes.ts';

interface Simulated {
  readonly platform: SimulatedPlatform;
  readonly driver: Driver;
  readonly reopen: () => Driver;
}

/** Options that run the suite on simulated platforms. `wrap` changes each driver. */
function simulated(options: SimulatedDriverOptions, wrap: (driver: Driver) => Driver = (driver) => driver) {
  return {
    create() {
      const platform = simulatedPlatform();
      const reopen = () => wrap(simulatedDriver({ ...options, platform }));
      return { platform, driver: reopen(), reopen };
    },
    ...simulatedProbes,
  } satisfies DriverConformanceOptions<Simulated>;
}

describe.concurrent('the simulated driver', () => {
  describe.each([
    ['at once', {}],
    ['with latency', { latencyMs: [0, 8] as const }],
    [
      'with latency, retryable failures and duplicate reports',
      {
        latencyMs: [0, 8] as const,
        retryable: 0.3,
        duplicates: 0.5,
      },
    ],
  ])('%s', (_, options) => {
    for (const { name, run } of driverConformance(simulated(options))) test(name, run);
  });
});

describe('the process driver', () => {
  const checks = driverConformance({
    configuration: { entrypoint: ['sh', '-c', 'until [ -s exit ]; do sleep 0.01; done; exit "$(cat exit)"'] },
    exit({ directory }, id, code) {
      writeFileSync(join(directory, 'sandboxes', id, 'files/exit'), String(code));
    },
    async create() {
      const directory = await mkdtemp(join(tmpdir(), 'driver-conformance-'));
      const reopen = () => processDriver(directory, { watchIntervalMs: 20 });
      const cleanUp = async () => {
        const folder = join(directory, 'sandboxes');
        expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
        await rm(directory, { recursive: true });
      };
      return { directory, driver: reopen(), reopen, cleanUp };
    },
    kill({ directory }, id) {
      const [pid] = readFileSync(join(directory, 'sandboxes', id, 'process-1'), 'utf8').split(' ');
      process.kill(Number(pid), 'SIGKILL');
    },
  });
  for (const { name, run } of checks) test(name, run);
});

/** Drivers that each break one guarantee, and the check that must find it. */
const broken: readonly {
  readonly fault: string;
  readonly check: string;
  readonly message: RegExp;
  readonly wrap: (driver: Driver) => Driver;
  /** The time limit, for faults that show only after it. */
  readonly limitMs?: number;
}[] = [
  {
    fault: 'starts another machine each time the same boot arrives',
    check: 'repeated: the same boot starts one sandbox',
    message: /shows the sandbox \d times/,
    wrap(driver) {
      const started: string[] = [];
      return {
        ...driver,
        boot: async (job) => {
          await driver.boot(job);
          started.push(job.sandboxId);
        },
        inventory: async () =>
          (await driver.inventory()).flatMap((found) =>
            started.filter((id) => id === found.sandboxId).map(() => found),
          ),
      };
    },
  },
  {
    fault: 'reports a suspend as a crash',
    check: 'repeated: the same suspend, then the same resume',
    message: /must not report a suspend or a resume as a crash/,
    wrap: (driver) =>
      withFalseCrashes(driver, (report) => ({
        ...driver,
        async suspend(job) {
          await driver.suspend(job);
          report({ sandboxId: job.sandboxId, incarnation: 1, reason: 'stopped' });
        },
      })),
  },
  {
    fault: 'captures again each time the same snapshot arrives',
    check: 'repeated: the same snapshot is captured once and returns the same result',
    message: /same result/,
    wrap(driver) {
      let captured = 0;
      return {
        ...driver,
        async snapshot(job) {
          captured += 1;
          return { ...(await driver.snapshot(job)), uri: `elsewhere://${captured}` };
        },
      };
    },
  },
  {
    fault: 'cannot release a sandbox again',
    check: 'repeated: the same release',
    message: /release 2 must succeed/,
    wrap: (driver) => ({
      ...driver,
      async release(job) {
        if (!(await isThere(driver, job.sandboxId))) throw new DriverError('no such machine', final);
        await driver.release(job);
      },
    }),
  },
  {
    fault: 'cannot release an unknown sandbox',
    check: 'released: an unknown sandbox, with or without an operation id',
    message: /release 0 must succeed/,
    wrap: (driver) => ({
      ...driver,
      async release(job) {
        if (!(await isThere(driver, job.sandboxId))) throw new DriverError('no such machine', final);
        await driver.release(job);
      },
    }),
  },
  {
    fault: 'keeps a deleted snapshot',
    check: 'repeated: the same deletion of a snapshot, and the deletion of an unknown snapshot',
    message: /boot 1 must fail permanently/,
    wrap: (driver) => ({ ...driver, deleteSnapshot: async () => {} }),
  },
  {
    fault: 'carries out a late suspend',
    check: 'late: a suspend does not pause a sandbox that was resumed since',
    message: /must show the sandbox as running/,
    wrap: unordered,
  },
  {
    fault: 'carries out a late resume',
    check: 'late: a resume or a boot does not continue a sandbox that was suspended since',
    message: /must show the sandbox as paused/,
    wrap: unordered,
  },
  {
    fault: 'fails an operation for good that is only older than the newest one',
    check: 'late: an operation that is older than the newest one of a sandbox succeeds, or fails as stale',
    message: /late boot must have isStale/,
    wrap: (driver) => ({ ...driver, boot: (job) => driver.boot(job).catch(withoutStale) }),
  },
  {
    fault: 'boots a released sandbox',
    check: 'late: a boot after the release starts nothing',
    message: /must show the sandbox as absent/,
    wrap: (driver) => ({ ...driver, boot: (job) => driver.boot(renumbered(job)) }),
  },
  {
    fault: 'forgets at a restart which operations are stale',
    check: 'adopted: an operation older than the adopted incarnation changes nothing',
    message: /must show the sandbox as running/,
    wrap: unordered,
  },
  {
    fault: 'ignores that a job was aborted',
    check: 'aborted before it begins: the call has no effect',
    message: /boot 1 must reject/,
    wrap: (driver) => ignoringAborts(driver, (work) => work),
  },
  {
    fault: 'settles when a boot is aborted, but still boots',
    check: 'aborted in progress: a boot leaves nothing, and can be repeated',
    message: /must show the sandbox as absent/,
    wrap: (driver) => ignoringAborts(driver, orAborted),
  },
  {
    fault: 'settles when a suspend is aborted, but still suspends',
    check:
      'aborted in progress: a suspend leaves the sandbox running, a resume leaves it paused, and both can be repeated',
    message: /must show the sandbox as (running|paused)/,
    wrap: (driver) => ignoringAborts(driver, orAborted),
  },
  {
    fault: 'settles when a snapshot is aborted, but still captures',
    check: 'aborted in progress: a snapshot leaves the sandbox running and no snapshot',
    message: /boot 1 must fail permanently/,
    wrap: (driver) => ignoringAborts(driver, orAborted),
  },
  {
    fault: 'never settles after an abort',
    limitMs: 1_500,
    check: 'aborted in progress: a boot leaves nothing, and can be repeated',
    message: /boot 1 must settle/,
    wrap: (driver) => ignoringAborts(driver, unlessAborted),
  },
  {
    fault: 'suspends a released sandbox',
    check: 'released: suspend, resume and snapshot fail, and no crash is reported',
    message: /suspend 3 must fail permanently/,
    wrap: (driver) => ({ ...driver, suspend: (job) => driver.suspend(job).catch(() => {}) }),
  },
  {
    fault: 'throws a retryable error for a permanent failure',
    limitMs: 1_500,
    check: 'released: suspend, resume and snapshot fail, and no crash is reported',
    message: /suspend 3 must fail with a DriverError that is not retryable/,
    wrap: (driver) => ({
      ...driver,
      suspend: (job) =>
        driver.suspend(job).catch((error: Error) => {
          throw new DriverError(error.message, { retryable: true });
        }),
    }),
  },
  {
    fault: 'reports a release as a crash',
    check: 'released: suspend, resume and snapshot fail, and no crash is reported',
    message: /must not report a release as a crash/,
    wrap: (driver) =>
      withFalseCrashes(driver, (report) => ({
        ...driver,
        async release(job) {
          await driver.release(job);
          report({ sandboxId: job.sandboxId, incarnation: 1, reason: 'exited' });
        },
      })),
  },
  {
    fault: 'ignores a release without a record',
    check: 'released without a record (operation 0): running and paused sandboxes end',
    message: /must show the sandbox as absent/,
    wrap: (driver) => ({
      ...driver,
      release: async (job) => (job.operation > 0 ? driver.release(job) : undefined),
    }),
  },
  {
    fault: 'continues a boot of a sandbox that was released meanwhile',
    check: 'released during its boot, aborted or not: nothing runs afterwards',
    message: /must show the sandbox as absent/,
    wrap: (driver) => ({
      ...driver,
      async boot(job) {
        await sleep(20);
        await driver.boot({ ...renumbered(job), signal: new AbortController().signal });
      },
    }),
  },
  {
    fault: 'reports no crash',
    limitMs: 1_500,
    check: 'crashed: reported with the incarnation of the boot, and the sandbox is absent afterwards',
    message: /must report a crash/,
    wrap: (driver) => ({ ...driver, watch: () => () => {} }),
  },
  {
    fault: 'reports every crash with the incarnation of the boot',
    check: 'crashed: reported with the incarnation of the latest resume',
    message: /must name the incarnation/,
    wrap: (driver) => ({
      ...driver,
      watch: (onCrash) => driver.watch((crash) => onCrash({ ...crash, incarnation: 1 })),
    }),
  },
  {
    fault: 'reports a killed program with an exit code',
    check: 'crashed: reported with the incarnation of the boot, and the sandbox is absent afterwards',
    message: /must not have an exit code/,
    wrap: (driver) => ({
      ...driver,
      watch: (onEnd) => driver.watch((end) => onEnd({ ...end, exitCode: 137 })),
    }),
  },
  {
    fault: 'reports an exit without its code',
    check: 'exited: a program that ends by itself is reported with its exit code',
    message: /must have the exit code/,
    wrap: (driver) => ({
      ...driver,
      watch: (onEnd) =>
        driver.watch(({ sandboxId, incarnation, reason }) => onEnd({ sandboxId, incarnation, reason })),
    }),
  },
  {
    fault: 'inspects every sandbox as running',
    check: 'inspected: running and paused sandboxes, and unknown ones',
    message: /inspect must show the sandbox as (paused|absent), but it is running/,
    wrap: (driver) => ({ ...driver, inspect: async () => ({ state: 'running' }) }),
  },
  {
    fault: 'takes a sandbox that it does not know for one that has ended',
    check: 'inspected: running and paused sandboxes, and unknown ones',
    message: /inspect must show the sandbox as absent, but it is exited/,
    wrap: (driver) => ({
      ...driver,
      async inspect(id) {
        const seen = await driver.inspect?.(id);
        return seen === undefined || seen.state === 'absent'
          ? { state: 'exited', exitCode: null, reason: 'it is not there' }
          : seen;
      },
    }),
  },
  {
    fault: 'inspects what it has started, not what exists',
    check: 'inspected: a sandbox that has ended is never shown as running or paused',
    message: /inspect must show the sandbox as exited or absent, but it is running/,
    wrap(driver) {
      const started = new Set<string>();
      return {
        ...driver,
        async boot(job) {
          await driver.boot(job);
          started.add(job.sandboxId);
        },
        inspect: async (id) => ({ state: started.has(id) ? 'running' : 'absent' }),
      };
    },
  },
  {
    fault: 'returns a size that is not a number of bytes',
    check: 'snapshots: a repeated capture returns the first result, also after a restart',
    message: /size of a snapshot must be a whole number/,
    wrap: (driver) => ({
      ...driver,
      snapshot: async (job) => ({ ...(await driver.snapshot(job)), sizeBytes: Number.NaN }),
    }),
  },
  {
    fault: 'shows its own owner with every sandbox',
    check: 'inventory: an owner is the one that the boot named, also after a restart',
    message: /must show the owner of the boot/,
    wrap: (driver) => ({
      ...driver,
      inventory: async () => (await driver.inventory()).map((found) => ({ ...found, owner: 'ann' })),
    }),
  },
  {
    fault: 'captures a snapshot again after a restart',
    check: 'snapshots: a repeated capture returns the first result, also after a restart',
    message: /must return the result of the first capture/,
    wrap(driver) {
      restarts += 1;
      const instance = restarts;
      return {
        ...driver,
        snapshot: async (job) => ({ ...(await driver.snapshot(job)), sizeBytes: instance }),
      };
    },
  },
  {
    fault: 'captures again when newer operations have been carried out',
    check: 'snapshots: a repeated capture returns the first result, also after a restart',
    message: /must return the result of the first capture/,
    wrap(driver) {
      let captures = 0;
      return {
        ...driver,
        async snapshot(job) {
          captures += 1;
          return { ...(await driver.snapshot(job)), sizeBytes: captures };
        },
      };
    },
  },
  {
    fault: 'captures files whatever the type of the snapshot',
    check: 'snapshots: each type that the driver declares reaches the platform, and can be restored',
    message: /must reach the platform as memory/,
    wrap: (driver) => ({
      ...driver,
      snapshot: (job) => driver.snapshot({ ...job, snapshotType: 'filesystem' }),
    }),
  },
  {
    fault: 'declares a type that it cannot take',
    check: 'snapshots: each type that the driver declares reaches the platform, and can be restored',
    message: /snapshot 3 must succeed here/,
    wrap: (driver) => ({
      ...driver,
      async snapshot(job) {
        if (job.snapshotType === 'memory') throw new DriverError('no memory snapshots', final);
        return driver.snapshot(job);
      },
    }),
  },
  {
    fault: 'rejects a configuration that is not new',
    check: 'configured: a repeated and an older configuration are accepted',
    message: /configure must succeed here/,
    wrap(driver) {
      const newest = new Map<string, number>();
      return {
        ...driver,
        async configure(job) {
          if (job.generation <= (newest.get(job.sandboxId) ?? 0)) throw new DriverError('not new', final);
          newest.set(job.sandboxId, job.generation);
          await driver.configure?.(job);
        },
      };
    },
  },
  {
    fault: 'reports crashes to a watcher that has stopped',
    check: 'crashed: reported to every watcher, and not to one that has stopped',
    message: /a watcher that has stopped/,
    wrap: (driver) => ({
      ...driver,
      watch(onCrash) {
        driver.watch(onCrash);
        return () => {};
      },
    }),
  },
  {
    fault: 'reports crashes after it is closed',
    check: 'closed: the driver reports nothing more',
    message: /A closed driver must not report/,
    wrap: (driver) => ({ ...driver, close: async () => {} }),
  },
  {
    fault: 'ends everything when it closes',
    check: 'closed: sandboxes stay as they are, and the next driver finds them',
    message: /must show the sandbox as running/,
    wrap: (driver) => ({
      ...driver,
      async close() {
        const { signal } = new AbortController();
        for (const { sandboxId } of await driver.inventory()) {
          await driver.release({ sandboxId, operation: 0, signal });
        }
        await driver.close();
      },
    }),
  },
  {
    fault: 'lists only the sandboxes that it booted itself',
    check: 'closed: sandboxes stay as they are, and the next driver finds them',
    message: /must show the sandbox as running/,
    wrap(driver) {
      const mine = new Set<string>();
      return {
        ...driver,
        async boot(job) {
          mine.add(job.sandboxId);
          await driver.boot(job);
        },
        inventory: async () => (await driver.inventory()).filter(({ sandboxId }) => mine.has(sandboxId)),
      };
    },
  },
  {
    fault: 'lists every sandbox as running',
    check: 'inventory: shows running and paused sandboxes at each stage of their life',
    message: /must show the sandbox as paused/,
    wrap: (driver) => ({
      ...driver,
      inventory: async () =>
        (await driver.inventory()).map((found) => ({ ...found, state: 'running' as const })),
    }),
  },
  {
    fault: 'lists at most one sandbox',
    check: 'inventory: distinguishes many sandboxes',
    message: /must show the sandbox as/,
    wrap: (driver) => ({ ...driver, inventory: async () => (await driver.inventory()).slice(0, 1) }),
  },
  {
    fault: 'leaves the sandbox paused after a snapshot',
    check: 'inventory: shows running and paused sandboxes at each stage of their life',
    message: /after a snapshot.*running/,
    wrap: (driver) => ({
      ...driver,
      async snapshot(job) {
        const captured = await driver.snapshot(job);
        await driver.adopt([{ sandboxId: job.sandboxId, incarnation: null }]);
        return captured;
      },
    }),
  },
  {
    fault: 'adopts every sandbox as running',
    check: 'adopted: a sandbox that matches its record stays as it is, and accepts operations',
    message: /must show the sandbox as paused/,
    wrap: (driver) => ({
      ...driver,
      adopt: (all) => driver.adopt(all.map((one) => ({ ...one, incarnation: one.incarnation ?? 1 }))),
    }),
  },
  {
    fault: 'adopts nothing',
    check: 'adopted: a sandbox that differs from its record is changed to match it',
    message: /must show the sandbox as paused/,
    wrap: (driver) => ({ ...driver, adopt: async () => {} }),
  },
  {
    fault: 'carries out a boot only once, even after an adoption undid it',
    check: 'adopted: an operation that the record lacks takes effect again when it is repeated',
    message: /must show the sandbox as running/,
    wrap: (driver) => ({
      ...driver,
      boot: async (job) => ((await isThere(driver, job.sandboxId)) ? undefined : driver.boot(job)),
    }),
  },
  {
    fault: 'reports a sandbox that it does not find as a crash when it adopts',
    check:
      'adopted: a sandbox without a trace causes neither an error nor a crash, and the others are still adopted',
    message: /absence proves nothing/,
    wrap: (driver) =>
      withFalseCrashes(driver, (report) => ({
        ...driver,
        async adopt(all) {
          await driver.adopt(all);
          const there = (await driver.inventory()).map(({ sandboxId }) => sandboxId);
          for (const { sandboxId, incarnation } of all)
            if (!there.includes(sandboxId))
              report({ sandboxId, incarnation: incarnation ?? 1, reason: 'missing' });
        },
      })),
  },
  {
    fault: 'restarts the count of incarnations when it adopts',
    check: 'adopted: a crash before or after the adoption is reported with the incarnation of the record',
    message: /must name the incarnation/,
    wrap: (driver) => ({
      ...driver,
      watch: (onCrash) => driver.watch((crash) => onCrash({ ...crash, incarnation: 1 })),
    }),
  },
];

const final = { retryable: false } as const;
let numbers = 1000;
let restarts = 0;

/** The same job with a new operation id each time. */
function renumbered<J extends Job>(job: J): J {
  numbers += 1;
  return { ...job, operation: numbers };
}

/** A driver that carries out every operation, even a stale one. */
function withoutStale({ message, retryable }: DriverError): never {
  throw new DriverError(message, { retryable });
}

function unordered(driver: Driver): Driver {
  return {
    ...driver,
    boot: (job) => driver.boot(renumbered(job)),
    suspend: (job) => driver.suspend(renumbered(job)),
    resume: (job) => driver.resume(renumbered(job)),
  };
}

async function isThere(driver: Driver, id: string): Promise<boolean> {
  return (await driver.inventory()).some(({ sandboxId }) => sandboxId === id);
}

/** A driver that ignores aborts. `settle` decides how the call settles. */
function ignoringAborts(driver: Driver, settle: <T>(work: Promise<T>, job: Job) => Promise<T>): Driver {
  const { signal } = new AbortController();
  return {
    ...driver,
    boot: (job) => settle(driver.boot({ ...job, signal }), job),
    snapshot: (job) => settle(driver.snapshot({ ...job, signal }), job),
    suspend: (job) => settle(driver.suspend({ ...job, signal }), job),
    resume: (job) => settle(driver.resume({ ...job, signal }), job),
  };
}

function orAborted<T>(work: Promise<T>, { signal }: Job): Promise<T> {
  work.catch(() => {});
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason));
  });
  return Promise.race([work, aborted]);
}

function unlessAborted<T>(work: Promise<T>, { signal }: Job): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void) => signal.aborted || end();
    work.then(
      (result) => settle(() => resolve(result)),
      (error) => settle(() => reject(error)),
    );
  });
}

/** A driver that can report crashes that did not happen. */
function withFalseCrashes(driver: Driver, wrap: (report: (crash: Crash) => void) => Driver): Driver {
  const watchers = new Set<(end: Crash | Exit) => void>();
  return {
    ...wrap((crash) => watchers.forEach((watcher) => void watcher(crash))),
    watch(onCrash) {
      watchers.add(onCrash);
      const stop = driver.watch(onCrash);
      return () => {
        watchers.delete(onCrash);
        stop();
      };
    },
  };
}

describe.concurrent('the suite finds a driver that', () => {
  const good = driverConformance(simulated({ latencyMs: 5 }));

  test.each(broken)('$fault', async ({ check, message, wrap, limitMs = 10_000 }) => {
    expect(good.map(({ name }) => name)).toContain(check);
    const options = { ...simulated({ latencyMs: 5 }, wrap), limitMs };
    const found = driverConformance(options).find(({ name }) => name === check);
    const error = await found?.run().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_ASSERTION', message: expect.stringMatching(message) });
  });

  test('counts more than one effect of an operation', async () => {
    const options = { ...simulated({}), timesDone: () => 2 };
    const check = driverConformance(options).find(
      ({ name }) => name === 'repeated: each operation takes effect once',
    );
    await expect(check?.run()).rejects.toThrow('boot 1 must take effect once, but it took effect 2 times.');
  });

  test('applies a configuration that is older than what the sandbox has', async () => {
    const options = { ...simulated({}), generationOf: () => 2 };
    const name = 'configured: an older configuration does not replace a newer one';
    const check = driverConformance(options).find((one) => one.name === name);
    await expect(check?.run()).rejects.toThrow('must have generation 3, but it has 2');
  });

  test.each([
    [
      { lost: 1 },
      'inventory: shows running and paused sandboxes at each stage of their life',
      /must succeed here/,
    ],
    [
      { silent: 1, crashAfterMs: 0 },
      'late: a suspend does not pause a sandbox that was resumed since',
      /suspend 2 must succeed here|must show the sandbox as running/,
    ],
    [
      { latencyMs: 5, late: 1 },
      'aborted in progress: a boot leaves nothing, and can be repeated',
      /must settle/,
    ],
    [
      { reordered: 1 },
      'crashed: reported with the incarnation of the latest resume',
      /must name the incarnation/,
    ],
  ])('simulates %j', async (options, name, message) => {
    const check = driverConformance({ ...simulated(options), limitMs: 1_500 }).find(
      (one) => one.name === name,
    );
    await expect(check?.run()).rejects.toMatchObject({
      code: 'ERR_ASSERTION',
      message: expect.stringMatching(message),
    });
  });

  test('every check finds at least one of these drivers', () => {
    const found = [
      ...broken.map(({ check }) => check),
      'repeated: each operation takes effect once',
      'configured: an older configuration does not replace a newer one',
    ];
    const idle = good.map(({ name }) => name).filter((name) => !found.includes(name));
    expect(idle).toEqual([]);
  });
});

describe('the suite', () => {
  test('names the checks that it skips', () => {
    const { create } = simulated({});
    const names = driverConformance({ create }).map(({ name }) => name);
    const skipped = names.filter((name) => name.startsWith('(skipped: needs the option '));
    expect(skipped).toHaveLength(10);
    expect(skipped.filter((name) => name.includes('option kill)'))).toHaveLength(6);
    for (const option of ['exit', 'snapshotTypeOf', 'generationOf'])
      expect(skipped.filter((name) => name.includes(`option ${option})`))).toHaveLength(1);
    expect(skipped).toContain(
      '(skipped: needs the option timesDone) repeated: each operation takes effect once',
    );
    expect(driverConformance(simulated({})).filter(({ name }) => name.includes('skipped'))).toEqual([]);
  });

  test('leaves nothing behind, even when a check fails', async () => {
    const cleaned: Simulated[] = [];
    const platforms: SimulatedPlatform[] = [];
    const { create, kill } = simulated({}, (driver) => ({ ...driver, adopt: async () => {} }));
    const checks = driverConformance({
      kill,
      create() {
        const under = create();
        platforms.push(under.platform);
        const cleanUp = () => void cleaned.push(under);
        return { ...under, cleanUp };
      },
      limitMs: 100,
    });
    await Promise.allSettled(checks.map(({ run }) => run()));
    expect(cleaned).toHaveLength(platforms.length);
    expect(platforms.flatMap((platform) => [...platform.sandboxes(), ...platform.snapshots()])).toEqual([]);
  });
});
