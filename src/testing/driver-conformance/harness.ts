import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Configuration, defaultConfiguration } from '../../server/configuration.ts';
import type { Crash, Driver, Exit } from '../../server/driver/driver.ts';
import { type Assertions, createAssertions } from './assertions.ts';
import { type Calls, createCalls } from './calls.ts';
import type { DriverConformanceOptions, DriverUnderTest, SnapshotType } from './options.ts';
import { within } from './waiting.ts';

/** The driver of one check, unique ids, and the assertions of the checks. */
export interface Harness extends Calls, Assertions {
  /** The configuration of the sandboxes. */
  readonly configuration: Configuration;
  /** The current driver; a new one after each restart. */
  driver(): Driver;
  newId(): string;
  /** The reported crashes and exits of a sandbox so far. */
  crashesOf(id: string): readonly (Crash | Exit)[];
  /** Waits `quietMs`, to observe that nothing happens. */
  quiet(): Promise<void>;
  /** Closes the driver, and creates a new one on the same platform. */
  restart(between?: () => void | Promise<void>): Promise<void>;
  kill(id: string): Promise<void>;
  exit(id: string, code: number): Promise<void>;
  snapshotTypeOf(snapshotId: string): Promise<SnapshotType | undefined>;
  generationOf(id: string): Promise<number | undefined>;
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
  const crashes: (Crash | Exit)[] = [];
  let driver = under.driver;
  let stopWatching = driver.watch((crash) => crashes.push(crash));

  const configuration = { ...defaultConfiguration, ...options.configuration };
  const calls = createCalls(() => driver, { limitMs, configuration });
  const { callDriver } = calls;
  const crashesOf = (id: string) => crashes.filter(({ sandboxId }) => sandboxId === id);

  return {
    ...calls,
    configuration,
    driver: () => driver,
    newId() {
      const id = randomUUID().replaceAll('-', '').slice(0, 21);
      ids.add(id);
      return id;
    },
    ...createAssertions({ callDriver, crashesOf, limitMs }),
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
    exit: async (id, code) => options.exit?.(under, id, code),
    snapshotTypeOf: async (id) => options.snapshotTypeOf?.(under, id),
    generationOf: async (id) => options.generationOf?.(under, id),
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
