import { describe, expect, test } from 'vitest';
import { type Driver, DriverError } from '../../src/server/driver/driver.ts';
import { type OlderDatabaseBug, runOlderDatabase } from '../harness/simulation/older-database.ts';

const seeds = Array.from({ length: 60 }, (_, index) => index + 1);

async function runAll(bug?: OlderDatabaseBug): Promise<void> {
  for (const seed of seeds) {
    try {
      await runOlderDatabase(seed, bug);
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
