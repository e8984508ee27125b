import { vi } from 'vitest';
import type { Sandbox } from '../../../src/index.ts';
import type { Migration } from '../../../src/server/store/postgres/migrations.ts';
import type { Commit, Store, StoreChange } from '../../../src/server/store/store.ts';

/** How a newer release differs from this one. */
export interface NewerReleaseOptions {
  /** Whether this release may read the records of the newer one. */
  readonly isReadable: boolean;
  /** The steps of the layout that the newer release adds. */
  readonly migrations?: readonly Migration[];
}

/** The parts of a newer release that tests use. Its classes are other ones than those of this release. */
export interface NewerRelease {
  open(options: { readonly url: string; readonly schema: string }): Promise<Store>;
  readonly createHost: typeof import('../../../src/server/index.ts').createHost;
}

/**
 * Loads a second copy of the server as a newer release: its records have schema 2, in which each has a region, and it adds steps to the
 * layout.
 */
export async function loadNewerRelease({
  isReadable,
  migrations = [],
}: NewerReleaseOptions): Promise<NewerRelease> {
  vi.resetModules();
  vi.doMock('../../../src/server/store/schemas.ts', async (original) => ({
    ...(await original<object>()),
    recordSchema: 2,
    oldestReader: isReadable ? 1 : 2,
    upgrade: (record: object, schema: number) => upgrade(record, schema),
  }));
  vi.doMock('../../../src/model/check-record.ts', async (original) => {
    const present = await original<typeof import('../../../src/model/check-record.ts')>();
    const mustBeSandbox = ({ region: _, ...record }: { region: unknown }) => present.mustBeSandbox(record);
    return { ...present, mustBeSandbox };
  });
  try {
    const { createHost } = await import('../../../src/server/index.ts');
    const { postgresStore } = await import('../../../src/server/store/postgres/index.ts');
    const present = await import('../../../src/server/store/postgres/migrations.ts');
    (present.migrations as Migration[]).push(...migrations);
    return {
      createHost,
      open: async (options) => withRegions(await postgresStore({ ...options, hosts: 'many' })),
    };
  } finally {
    vi.doUnmock('../../../src/server/store/schemas.ts');
    vi.doUnmock('../../../src/model/check-record.ts');
    vi.resetModules();
  }
}

function upgrade(record: object, schema: number): object {
  if (schema === 1) return { ...record, region: 'unknown' };
  if ('region' in record) return record;
  throw new Error('Its record has no region.');
}

function withRegions(store: Store): Store {
  const commit = ({ change, ...rest }: Commit): Commit => ({
    ...rest,
    ...(change && { change: changeWithRegion(change) }),
  });
  return { ...store, commit: (given) => store.commit(commit(given)) };
}

function changeWithRegion({ before, after, history, earlier }: StoreChange): StoreChange {
  return {
    before,
    after: { ...after, sandbox: inRegion(after.sandbox) },
    ...(history && { history: { ...history, sandbox: inRegion(history.sandbox) } }),
    ...(earlier && { earlier: earlier.map((row) => ({ ...row, sandbox: inRegion(row.sandbox) })) }),
  };
}

const inRegion = (sandbox: Sandbox): Sandbox => Object.assign({ region: 'north' }, sandbox);
