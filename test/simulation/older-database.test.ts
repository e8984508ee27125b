import { describe, expect, test } from 'vitest';
import { type Driver, DriverError } from '../../src/server/driver/driver.ts';
import type { Store } from '../../src/server/store/store.ts';
import {
  type OlderDatabaseBug,
  runOlderDatabase,
  runRestoredDatabase,
} from '../harness/simulation/older-database.ts';

const seeds = Array.from({ length: 60 }, (_, index) => index + 1);

async function runAll(bug?: OlderDatabaseBug, run = runOlderDatabase): Promise<void> {
  for (const seed of seeds) {
    try {
      await run(seed, bug);
    } catch (error) {
      throw new Error(`seed ${seed}: ${error}`, { cause: error });
    }
  }
}

test(`a host on an older database destroys nothing before its graces are over, and then works (${seeds.length} seeds)`, () =>
  runAll());

/** A driver whose stale operations fail like all others. */
function withoutStale(driver: Driver): Driver {
  const asFailure = ({ message, retryable }: DriverError) => {
    throw new DriverError(message, { retryable });
  };
  return { ...driver, boot: (job) => driver.boot(job).catch(asFailure) };
}

describe('the runs find the planted bug', () => {
  test('a sandbox without a record is released at once', () =>
    expect(runAll({ orphanGraceSeconds: 1 })).rejects.toThrow(/was destroyed/));

  test('an operation that is older than the platform counts as failed', () =>
    expect(runAll({ driver: withoutStale })).rejects.toThrow(/was destroyed/));
});

test(`in the mode for a restored database, nothing on the platform is destroyed (${seeds.length} seeds)`, () =>
  runAll(undefined, runRestoredDatabase));

describe('the runs in the mode find the planted bug', () => {
  /** A driver that keeps the data of snapshots, so that a run finds other bugs. */
  const keepsData = (driver: Driver): Driver => ({ ...driver, deleteSnapshot: async () => {} });

  test('the data of deleted snapshots is removed', () =>
    expect(
      runAll({ restored: false, orphanGraceSeconds: 86_400, awayMs: 60_000 }, runRestoredDatabase),
    ).rejects.toThrow(/data of the snapshot/));

  test('a decision to keep a sandbox is lost when the mode ends', () => {
    const forgetful = ({ orphans: _, ...store }: Store): Store => store;
    return expect(runAll({ afterwards: forgetful }, runRestoredDatabase)).rejects.toThrow(
      /was to keep, and was destroyed/,
    );
  });

  test('a sandbox ends at a limit of the past', () =>
    expect(runAll({ restored: false, driver: keepsData }, runRestoredDatabase)).rejects.toThrow(
      /at a limit of the past/,
    ));

  test('a sandbox without a record is released', () =>
    expect(
      runAll({ restored: false, driver: keepsData, awayMs: 60_000 }, runRestoredDatabase),
    ).rejects.toThrow(/was destroyed/));
});
