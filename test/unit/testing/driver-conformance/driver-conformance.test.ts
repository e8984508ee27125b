import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Crash, type Driver, DriverError, type Job } from '../../../../src/server/driver/driver.ts';
import { processDriver } from '../../../../src/server/driver/process/index.ts';
import {
  type SimulatedDriverOptions,
  type SimulatedPlatform,
  simulatedDriver,
  simulatedPlatform,
} from '../../../../src/server/driver/simulated/index.ts';
import { type DriverConformanceOptions, driverConformance } from '../../../../src/testing/index.ts';

interface Simulated {
  readonly platform: SimulatedPlatform;
  readonly driver: Driver;
  readonly reopen: () => Driver;
}

/** The suite on simulated platforms, each driver of which is dressed up by `dress`. */
function simulated(options: SimulatedDriverOptions, dress: (driver: Driver) => Driver = (driver) => driver) {
  return {
    create() {
      const platform = simulatedPlatform();
      const reopen = () => dress(simulatedDriver({ ...options, platform }));
      return { platform, driver: reopen(), reopen };
    },
    kill: ({ platform }, id) => void platform.kill(id),
    timesDone: ({ platform }, id, operation) => platform.timesDone(id, operation),
  } satisfies DriverConformanceOptions<Simulated>;
}

describe.concurrent('the simulated driver', () => {
  describe.each([
    ['at once', {}],
    ['with latency', { latencyMs: [0, 8] as const }],
    [
      'with latency, failures that pass and words told twice',
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

/** Drivers that each break one promise, and the check that is meant for it. */
const broken: readonly {
  readonly promise: string;
  readonly check: string;
  readonly says: RegExp;
  readonly dress: (driver: Driver) => Driver;
  /** How long to wait, for those that are found out by waiting. */
  readonly limitMs?: number;
}[] = [
  {
    promise: 'starts another machine each time the same boot comes',
    check: 'repeated: the same boot starts one sandbox',
    says: /shows the sandbox \d times/,
    dress(driver) {
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
    promise: 'takes what is suspended for a crash',
    check: 'repeated: the same suspend, then the same resume',
    says: /What was suspended and resumed must not be told as a crash/,
    dress: (driver) =>
      toldToAll(driver, (tell) => ({
        ...driver,
        async suspend(job) {
          await driver.suspend(job);
          tell({ sandboxId: job.sandboxId, incarnation: 1, reason: 'stopped' });
        },
      })),
  },
  {
    promise: 'captures anew each time the same snapshot comes',
    check: 'repeated: the same snapshot is captured once and returns the same result',
    says: /same answer/,
    dress(driver) {
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
    promise: 'cannot release what is not there any more',
    check: 'repeated: the same release',
    says: /release 2 must succeed/,
    dress: (driver) => ({
      ...driver,
      async release(job) {
        if (!(await isThere(driver, job.sandboxId))) throw new DriverError('no such machine', final);
        await driver.release(job);
      },
    }),
  },
  {
    promise: 'cannot release what never was',
    check: 'released: an unknown sandbox, with or without an operation id',
    says: /release 0 must succeed/,
    dress: (driver) => ({
      ...driver,
      async release(job) {
        if (!(await isThere(driver, job.sandboxId))) throw new DriverError('no such machine', final);
        await driver.release(job);
      },
    }),
  },
  {
    promise: 'keeps a deleted snapshot',
    check: 'repeated: the same deletion of a snapshot, and the deletion of an unknown snapshot',
    says: /boot 1 must fail for good/,
    dress: (driver) => ({ ...driver, deleteSnapshot: async () => {} }),
  },
  {
    promise: 'suspends whenever it is told to',
    check: 'late: a suspend does not pause a sandbox that was resumed since',
    says: /must show the sandbox as running/,
    dress: unordered,
  },
  {
    promise: 'resumes whenever it is told to',
    check: 'late: a resume or a boot does not continue a sandbox that was suspended since',
    says: /must show the sandbox as paused/,
    dress: unordered,
  },
  {
    promise: 'boots what was released',
    check: 'late: a boot after the release starts nothing',
    says: /must show the sandbox as absent/,
    dress: (driver) => ({ ...driver, boot: (job) => driver.boot(renumbered(job)) }),
  },
  {
    promise: 'forgets over a restart which operations are over',
    check: 'adopted: an operation older than the adopted incarnation changes nothing',
    says: /must show the sandbox as running/,
    dress: unordered,
  },
  {
    promise: 'does not look whether a job was called off',
    check: 'aborted before it begins: the call has no effect',
    says: /boot 1 must reject/,
    dress: (driver) => deaf(driver, (work) => work),
  },
  {
    promise: 'settles when a boot is called off, and boots all the same',
    check: 'aborted in progress: a boot leaves nothing, and can be repeated',
    says: /must show the sandbox as absent/,
    dress: (driver) => deaf(driver, orAborted),
  },
  {
    promise: 'settles when a suspend is called off, and suspends all the same',
    check:
      'aborted in progress: a suspend leaves the sandbox running, a resume leaves it paused, and both can be repeated',
    says: /must show the sandbox as (running|paused)/,
    dress: (driver) => deaf(driver, orAborted),
  },
  {
    promise: 'settles when a snapshot is called off, and captures all the same',
    check: 'aborted in progress: a snapshot leaves the sandbox running and no snapshot',
    says: /boot 1 must fail for good/,
    dress: (driver) => deaf(driver, orAborted),
  },
  {
    promise: 'never settles once it was called off',
    limitMs: 1_500,
    check: 'aborted in progress: a boot leaves nothing, and can be repeated',
    says: /boot 1 must settle/,
    dress: (driver) => deaf(driver, unlessAborted),
  },
  {
    promise: 'suspends what was released',
    check: 'released: suspend, resume and snapshot fail, and no crash is reported',
    says: /suspend 3 must fail for good/,
    dress: (driver) => ({ ...driver, suspend: (job) => driver.suspend(job).catch(() => {}) }),
  },
  {
    promise: 'says that it may work later when it never will',
    limitMs: 1_500,
    check: 'released: suspend, resume and snapshot fail, and no crash is reported',
    says: /suspend 3 must fail with a DriverError that is not retryable/,
    dress: (driver) => ({
      ...driver,
      suspend: (job) =>
        driver.suspend(job).catch((error: Error) => {
          throw new DriverError(error.message, { retryable: true });
        }),
    }),
  },
  {
    promise: 'takes a release for a crash',
    check: 'released: suspend, resume and snapshot fail, and no crash is reported',
    says: /What was released must not be told as a crash/,
    dress: (driver) =>
      toldToAll(driver, (tell) => ({
        ...driver,
        async release(job) {
          await driver.release(job);
          tell({ sandboxId: job.sandboxId, incarnation: 1, reason: 'gone' });
        },
      })),
  },
  {
    promise: 'releases nothing without a record',
    check: 'released without a record (operation 0): running and paused sandboxes end',
    says: /must show the sandbox as absent/,
    dress: (driver) => ({
      ...driver,
      release: async (job) => (job.operation > 0 ? driver.release(job) : undefined),
    }),
  },
  {
    promise: 'goes on with a boot that was released meanwhile',
    check: 'released during its boot, aborted or not: nothing runs afterwards',
    says: /must show the sandbox as absent/,
    dress: (driver) => ({
      ...driver,
      async boot(job) {
        await sleep(20);
        await driver.boot({ ...renumbered(job), signal: new AbortController().signal });
      },
    }),
  },
  {
    promise: 'tells of no crash',
    limitMs: 1_500,
    check: 'crashed: reported with the incarnation of the boot, and the sandbox is absent afterwards',
    says: /A crash must be told/,
    dress: (driver) => ({ ...driver, watch: () => () => {} }),
  },
  {
    promise: 'tells of every crash as one of the boot',
    check: 'crashed: reported with the incarnation of the latest resume',
    says: /must name the incarnation/,
    dress: (driver) => ({
      ...driver,
      watch: (onCrash) => driver.watch((crash) => onCrash({ ...crash, incarnation: 1 })),
    }),
  },
  {
    promise: 'tells those of crashes who stopped watching',
    check: 'crashed: reported to every watcher, and not to one that has stopped',
    says: /who stopped watching/,
    dress: (driver) => ({
      ...driver,
      watch(onCrash) {
        driver.watch(onCrash);
        return () => {};
      },
    }),
  },
  {
    promise: 'tells of crashes when it is closed',
    check: 'closed: the driver reports nothing more',
    says: /that is closed must not tell/,
    dress: (driver) => ({ ...driver, close: async () => {} }),
  },
  {
    promise: 'ends everything when it closes',
    check: 'closed: sandboxes stay as they are, and the next driver finds them',
    says: /must show the sandbox as running/,
    dress: (driver) => ({
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
    promise: 'has in its inventory only what it was asked for itself',
    check: 'closed: sandboxes stay as they are, and the next driver finds them',
    says: /must show the sandbox as running/,
    dress(driver) {
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
    promise: 'has in its inventory as running whatever is there',
    check: 'inventory: shows running and paused sandboxes at each stage of their life',
    says: /must show the sandbox as paused/,
    dress: (driver) => ({
      ...driver,
      inventory: async () =>
        (await driver.inventory()).map((found) => ({ ...found, state: 'running' as const })),
    }),
  },
  {
    promise: 'has in its inventory one sandbox at most',
    check: 'inventory: distinguishes many sandboxes',
    says: /must show the sandbox as/,
    dress: (driver) => ({ ...driver, inventory: async () => (await driver.inventory()).slice(0, 1) }),
  },
  {
    promise: 'leaves it paused after a snapshot',
    check: 'inventory: shows running and paused sandboxes at each stage of their life',
    says: /after a snapshot.*running/,
    dress: (driver) => ({
      ...driver,
      async snapshot(job) {
        const captured = await driver.snapshot(job);
        await driver.adopt([{ sandboxId: job.sandboxId, incarnation: null }]);
        return captured;
      },
    }),
  },
  {
    promise: 'takes everything for running that it adopts',
    check: 'adopted: a sandbox that matches its record stays as it is, and accepts operations',
    says: /must show the sandbox as paused/,
    dress: (driver) => ({
      ...driver,
      adopt: (all) => driver.adopt(all.map((one) => ({ ...one, incarnation: one.incarnation ?? 1 }))),
    }),
  },
  {
    promise: 'adopts nothing',
    check: 'adopted: a sandbox that differs from its record is changed to match it',
    says: /must show the sandbox as paused/,
    dress: (driver) => ({ ...driver, adopt: async () => {} }),
  },
  {
    promise: 'believes that a boot is true for ever',
    check: 'adopted: an operation that the record lacks takes effect again when it is repeated',
    says: /must show the sandbox as running/,
    dress: (driver) => ({
      ...driver,
      boot: async (job) => ((await isThere(driver, job.sandboxId)) ? undefined : driver.boot(job)),
    }),
  },
  {
    promise: 'does not tell that what it adopts is gone',
    limitMs: 1_500,
    check:
      'adopted: a missing sandbox is reported as a crash of its incarnation, and the others are still adopted',
    says: /A crash must be told/,
    dress: (driver) => ({
      ...driver,
      async adopt(all) {
        const there = (await driver.inventory()).map(({ sandboxId }) => sandboxId);
        await driver.adopt(all.filter(({ sandboxId }) => there.includes(sandboxId)));
      },
    }),
  },
  {
    promise: 'counts incarnations from the start again when it adopts',
    check: 'adopted: a crash before or after the adoption is reported with the incarnation of the record',
    says: /must name the incarnation/,
    dress: (driver) => ({
      ...driver,
      watch: (onCrash) => driver.watch((crash) => onCrash({ ...crash, incarnation: 1 })),
    }),
  },
];

const final = { retryable: false } as const;
let numbers = 1000;

/** A job that passes for a new one each time. */
function renumbered<J extends Job>(job: J): J {
  numbers += 1;
  return { ...job, operation: numbers };
}

/** A driver that does whatever it is asked for, however late. */
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

/** A driver that does not hear that a job is called off; `settle` decides what its caller gets. */
function deaf(driver: Driver, settle: <T>(work: Promise<T>, job: Job) => Promise<T>): Driver {
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

/** A driver that can tell of crashes that did not happen. */
function toldToAll(driver: Driver, dress: (tell: (crash: Crash) => void) => Driver): Driver {
  const watchers = new Set<(crash: Crash) => void>();
  return {
    ...dress((crash) => watchers.forEach((watcher) => void watcher(crash))),
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

describe.concurrent('a driver is found out that', () => {
  const good = driverConformance(simulated({ latencyMs: 5 }));

  test.each(broken)('$promise', async ({ check, says, dress, limitMs = 10_000 }) => {
    expect(good.map(({ name }) => name)).toContain(check);
    const options = { ...simulated({ latencyMs: 5 }, dress), limitMs };
    const found = driverConformance(options).find(({ name }) => name === check);
    const error = await found?.run().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_ASSERTION', message: expect.stringMatching(says) });
  });

  test('counts more than one effect of an operation', async () => {
    const options = { ...simulated({}), timesDone: () => 2 };
    const check = driverConformance(options).find(
      ({ name }) => name === 'repeated: each operation takes effect once',
    );
    await expect(check?.run()).rejects.toThrow('boot 1 must be carried out once, but was 2 times.');
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
  ])('simulates %j', async (options, name, says) => {
    const check = driverConformance({ ...simulated(options), limitMs: 1_500 }).find(
      (one) => one.name === name,
    );
    await expect(check?.run()).rejects.toMatchObject({
      code: 'ERR_ASSERTION',
      message: expect.stringMatching(says),
    });
  });

  test('every check finds one', () => {
    const found = [...broken.map(({ check }) => check), 'repeated: each operation takes effect once'];
    const idle = good.map(({ name }) => name).filter((name) => !found.includes(name));
    expect(idle).toEqual([]);
  });
});

describe('the suite', () => {
  test('names what it leaves out', () => {
    const { create } = simulated({});
    const names = driverConformance({ create }).map(({ name }) => name);
    const leftOut = names.filter((name) => name.startsWith('(left out, for want of the option '));
    expect(leftOut).toHaveLength(6);
    expect(leftOut.filter((name) => name.includes('option kill)'))).toHaveLength(5);
    expect(leftOut).toContain(
      '(left out, for want of the option timesDone) twice: each operation has one effect',
    );
    expect(driverConformance(simulated({})).filter(({ name }) => name.includes('left out'))).toEqual([]);
  });

  test('leaves nothing behind, also when a check fails', async () => {
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
