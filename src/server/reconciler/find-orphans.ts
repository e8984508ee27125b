import type { Clock } from '../../utils/clock.ts';
import type { Driver, Found } from '../driver/driver.ts';
import { PlatformError, StoppingError } from '../errors.ts';
import { itemPages } from '../store/entry-pages.ts';
import { isUnreadable } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import { inventoryOf } from './drift.ts';
import { isForeign } from './orphans.ts';

/** The parts of a host that find sandboxes without a record. */
export interface FindOrphansOptions {
  readonly store: Store;
  readonly driver: Pick<Driver, 'inventory'>;
  readonly clock: Clock;
  /** The identity of the database; null without one. */
  readonly owner: string | null;
}

/** Reads the inventory. Throws `PlatformError` when the platform fails, and `StoppingError` when the signal aborts. */
export async function readPlatform(
  options: Pick<FindOrphansOptions, 'driver' | 'clock'>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Found>> {
  if (signal.aborted) throw new StoppingError();
  try {
    return await inventoryOf(options, signal);
  } catch (error) {
    throw signal.aborted ? new StoppingError() : new PlatformError(error);
  }
}

/** The sandboxes of an inventory that have no record and no mark of another database, ordered by id. */
export async function findOrphans(
  inventory: ReadonlyMap<string, Found>,
  { store, owner }: FindOrphansOptions,
): Promise<readonly Found[]> {
  const suspects = new Map([...inventory].filter(([, found]) => !isForeign(found, owner)));
  const states = itemPages(
    (after, limit) => store.livingStates(after, limit),
    ({ sandboxId }) => sandboxId,
  );
  for await (const page of states) for (const { sandboxId } of page) suspects.delete(sandboxId);
  const orphans: Found[] = [];
  for (const found of suspects.values()) if (!(await hasRecord(store, found.sandboxId))) orphans.push(found);
  return orphans.sort((a, b) => (a.sandboxId < b.sandboxId ? -1 : 1));
}

/** Whether the store has a record of a sandbox. A broken one counts. */
export async function hasRecord(store: Pick<Store, 'get'>, sandboxId: string): Promise<boolean> {
  try {
    return (await store.get(sandboxId)) !== undefined;
  } catch (error) {
    if (isUnreadable(error)) return true;
    throw error;
  }
}

/** Returns the result of `act`. The errors of a store that closes are those of a host that closes. */
export async function unlessClosing<Result>(
  closing: AbortSignal,
  act: () => Promise<Result>,
): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    throw closing.aborted ? new StoppingError() : error;
  }
}
