import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultConfiguration } from '../../server/configuration.ts';
import type { Crash, Driver, Found } from '../../server/driver/driver.ts';
import { type Calls, createCalls } from './calls.ts';
import type { DriverConformanceOptions, DriverUnderTest } from './options.ts';
import { eventually, within } from './waiting.ts';

/** The driver of one check, unique ids, and the assertions of the checks. */
export interface Harness extends Calls {
  /** The current driver; a new one after each restart. */
  driver(): Driver;
  newId(): string;
  /** Asserts that the inventory now shows a sandbox in this state. */
  mustBe(id: string, state: Found['state'] | 'absent', when: string): Promise<void>;
  /** Asserts that the driver reports a crash of this sandbox with this incarnation, and never with another. */
  mustCrash(id: string, incarnation: number): Promise<void>;
  /** The reported crashes of a sandbox so far. */
  crashesOf(id: string): readonly Crash[];
  /** Waits `quietMs`, to observe that nothing happens. */
  quiet(): Promise<void>;
  /** Closes the driver, and creates a new one on the same platform. */
  restart(between?: () => void | Promise<void>): Promise<void>;
  kill(id: string): Promise<void>;
  timesDone(id: string, operation: number): Promise<number>;
  /** Releases everything, and closes the driver. */
  cleanUp(): Promise<void>;
}

/** Creates a harness with a new driver. */
export async function createHarness<Under extends DriverUnderTest>(
  options: DriverConformanceOptions<Under>,
): Promise<Harness> {
  const { limitMs = 10_000, quietMs = 50 } = options;
  const under = await options.create();
  const ids = new Set<string>();
  const crashes: Crash[] = [];
  let driver = under.driver;
  let stopWatching = driver.watch((crash) => crashes.push(crash));

  const configuration = { ...defaultConfiguration, ...options.configuration };
  const calls = createCalls(() => driver, { limitMs, configuration });
  const { callDriver } = calls;
  const crashesOf = (id: string) => crashes.filter(({ sandboxId }) => sandboxId === id);

  return {
    ...calls,
    driver: () => driver,
    newId() {
      const id = randomUUID().replaceAll('-', '').slice(0, 21);
      ids.add(id);
      return id;
    },
    async mustBe(id, state, when) {
      const found = await callDriver('inventory', (current) => current.inventory());
      const here = found.filter(({ sandboxId }) => sandboxId === id);
      assert.ok(here.length < 2, `${when}: the inventory shows the sandbox ${here.length} times.`);
      assert.equal(
        here[0]?.state ?? 'absent',
        state,
        `${when}: the inventory must show the sandbox as ${state}.`,
      );
    },
    async mustCrash(id, incarnation) {
      await eventually(limitMs, 'The driver must report a crash', () => crashesOf(id).length > 0);
      for (const crash of crashesOf(id)) {
        assert.equal(crash.incarnation, incarnation, 'A crash must name the incarnation that ended.');
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
        await callDriver('release', (current) =>
          current.release({ sandboxId: id, operation: 0, signal: new AbortController().signal }),
        );
        await callDriver('deleteSnapshot', (current) => current.deleteSnapshot(id));
      }
      stopWatching();
      await within(limitMs, 'close', driver.close());
      await under.cleanUp?.();
    },
  };
}
