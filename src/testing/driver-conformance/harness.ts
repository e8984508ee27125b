import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Captured, Crash, Driver, Found, Job } from '../../server/driver/driver.ts';
import { type DriverConformanceOptions, type DriverUnderTest, plainConfiguration } from './options.ts';
import { eventually, insist, isFinal, mustSucceed, within } from './waiting.ts';

/** How one call is made. */
interface Call {
  readonly signal?: AbortSignal;
  /** To boot from, or to capture. */
  readonly snapshotId?: string;
}

/** The operations that a driver is asked for. */
export type Kind = 'boot' | 'snapshot' | 'suspend' | 'resume' | 'release';

/** Where a check is played: a driver, ids that nobody else has, and what to ask of it. */
export interface Stage {
  /** The driver as it is since the last restart. */
  driver(): Driver;
  newId(): string;
  /** One call, once. */
  call(kind: Kind, id: string, operation: number, how?: Call): Promise<Captured | undefined>;
  /** The same call until it succeeds or fails for good. */
  do(kind: Kind, id: string, operation: number, how?: Call): Promise<Captured | undefined>;
  /** As `do`, where it must fail for good. */
  mustFail(kind: Kind, id: string, operation: number, how?: Call): Promise<void>;
  /** As `do`, where both are right as long as nothing comes of it. */
  doInVain(kind: Kind, id: string, operation: number, how?: Call): Promise<void>;
  /** Any other call of the driver, until it succeeds or fails for good. */
  ask<T>(what: string, call: (driver: Driver) => Promise<T>): Promise<T>;
  /** That the inventory shows a sandbox like this, now. */
  mustBe(id: string, state: Found['state'] | 'absent', when: string): Promise<void>;
  /** That a crash is told of this sandbox as this incarnation, and never as another. */
  mustCrash(id: string, incarnation: number): Promise<void>;
  /** What was told of a sandbox so far. */
  crashesOf(id: string): readonly Crash[];
  /** Waits as long as it takes to believe that nothing happens. */
  quiet(): Promise<void>;
  /** Closes the driver, and makes a new one on the same platform. */
  restart(between?: () => void | Promise<void>): Promise<void>;
  kill(id: string): Promise<void>;
  timesDone(id: string, operation: number): Promise<number>;
  /** Releases everything, and closes the driver. */
  cleanUp(): Promise<void>;
}

/** Sets the stage for one check. */
export async function createStage<Under extends DriverUnderTest>(
  options: DriverConformanceOptions<Under>,
): Promise<Stage> {
  const { limitMs = 10_000, quietMs = 50 } = options;
  const under = await options.create();
  const configuration = { ...plainConfiguration, ...options.configuration };
  const ids = new Set<string>();
  const crashes: Crash[] = [];
  let driver = under.driver;
  let stopWatching = driver.watch((crash) => crashes.push(crash));

  async function call(kind: Kind, sandboxId: string, operation: number, how: Call = {}) {
    const { signal = new AbortController().signal, snapshotId } = how;
    const job: Job = { sandboxId, operation, signal, deadline: Date.now() + limitMs, configuration };
    const what = `${kind} ${operation}`;
    switch (kind) {
      case 'boot': {
        const boot = { ...job, snapshotId: snapshotId ?? null, progress: () => {} };
        return void (await within(limitMs, what, driver.boot(boot)));
      }
      case 'snapshot':
        return await within(limitMs, what, driver.snapshot({ ...job, snapshotId: snapshotId ?? '' }));
      case 'release':
        return void (await within(limitMs, what, driver.release({ sandboxId, operation, signal })));
      default:
        return void (await within(limitMs, what, driver[kind](job)));
    }
  }

  const keepCalling = (kind: Kind, id: string, operation: number, how?: Call) =>
    insist(limitMs, `${kind} ${operation}`, () => call(kind, id, operation, how));
  const ask = <T>(what: string, one: (on: Driver) => Promise<T>) =>
    mustSucceed(what, () => insist(limitMs, what, () => one(driver)));
  const crashesOf = (id: string) => crashes.filter(({ sandboxId }) => sandboxId === id);

  return {
    driver: () => driver,
    newId() {
      const id = randomUUID().replaceAll('-', '').slice(0, 21);
      ids.add(id);
      return id;
    },
    call,
    do: (kind, id, operation, how) =>
      mustSucceed(`${kind} ${operation}`, () => keepCalling(kind, id, operation, how)),
    async mustFail(kind, id, operation, how) {
      const error = await keepCalling(kind, id, operation, how).then(
        () => assert.fail(`${kind} ${operation} must fail for good here, but it resolved.`),
        (thrown: unknown) => thrown,
      );
      assert.ok(
        isFinal(error),
        `${kind} ${operation} must fail with a DriverError that is not retryable: ${error}`,
      );
      assert.ok(
        String(error).length > 'DriverError: '.length,
        `${kind} ${operation} must fail with a reason.`,
      );
    },
    async doInVain(kind, id, operation, how) {
      await keepCalling(kind, id, operation, how).catch((error: unknown) => {
        if (!isFinal(error)) throw error;
      });
    },
    ask,
    async mustBe(id, state, when) {
      const found = await ask('inventory', (on) => on.inventory());
      const here = found.filter(({ sandboxId }) => sandboxId === id);
      assert.ok(here.length < 2, `${when}: the inventory shows the sandbox ${here.length} times.`);
      assert.equal(
        here[0]?.state ?? 'absent',
        state,
        `${when}: the inventory must show the sandbox as ${state}.`,
      );
    },
    async mustCrash(id, incarnation) {
      await eventually(limitMs, `A crash must be told`, () => crashesOf(id).length > 0);
      for (const crash of crashesOf(id)) {
        assert.equal(crash.incarnation, incarnation, 'A crash must name the incarnation that is gone.');
        assert.ok(crash.reason.length > 0, 'A crash must have a reason.');
      }
    },
    crashesOf,
    quiet: () => sleep(quietMs),
    async restart(between) {
      stopWatching();
      await within(limitMs, 'close', driver.close());
      await between?.();
      driver = await under.reopen();
      stopWatching = driver.watch((crash) => crashes.push(crash));
    },
    kill: async (id) => options.kill?.(under, id),
    timesDone: async (id, operation) => (await options.timesDone?.(under, id, operation)) ?? 0,
    async cleanUp() {
      for (const id of ids) {
        await ask('release', (on) =>
          on.release({ sandboxId: id, operation: 0, signal: new AbortController().signal }),
        );
        await ask('deleteSnapshot', (on) => on.deleteSnapshot(id));
      }
      stopWatching();
      await within(limitMs, 'close', driver.close());
      await under.cleanUp?.();
    },
  };
}
