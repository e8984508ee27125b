import { parseRetention } from '../../../src/schema/parse.ts';
import type { RetentionSettings } from '../../../src/schema/retention.ts';
import { checkHistory } from '../../../src/server/store/check-history.ts';
import type { SandboxEntry } from '../../../src/server/store/records.ts';
import type { ArchivedSandbox, StoreRetention } from '../../../src/server/store/retention.ts';
import type { Store } from '../../../src/server/store/store.ts';
import { must, mustEqual } from '../shared/violation.ts';
import { namespaces } from './client.ts';
import type { Invariants } from './invariants.ts';
import type { World } from './world.ts';

/** Checks that retention archives and deletes only what has ended and holds nothing, and that it does so at last. */
export interface RetentionInvariants {
  /** The sandboxes that no read finds any more. */
  readonly deleted: ReadonlySet<string>;
  /** Wraps a store, and checks what its retention has done after each call. */
  watch(store: Store): Store;
}

/** Creates the checks of a world. */
export function createRetentionInvariants(
  { entries }: Pick<Invariants, 'entries'>,
  onViolation: (error: unknown) => void,
): RetentionInvariants {
  const archived = new Set<string>();
  const deleted = new Set<string>();

  /** Asserts that a sandbox has ended before an instant, and holds nothing on the platform. */
  function mustBeOver(id: string, endedBefore: number, what: string): void {
    const { sandbox, released = false } = entries.get(id) ?? {};
    must(sandbox?.status === 'terminated', `${id} was ${what}, and is ${sandbox?.status}`);
    must(released, `${id} was ${what}, and is not released`);
    must((sandbox.terminatedAt ?? 0) < endedBefore, `${id} was ${what} too early`);
  }

  async function checkArchived(store: Store, endedBefore: number): Promise<void> {
    for (const { archivedAt: _, ...entry } of await archivedIn(store)) {
      const { id } = entry.sandbox;
      if (archived.has(id)) continue;
      archived.add(id);
      mustBeOver(id, endedBefore, 'archived');
      mustEqual(entry, entries.get(id), `${id} in the archive`);
    }
  }

  async function checkDeleted(store: Store, endedBefore: number): Promise<void> {
    for (const id of entries.keys()) {
      if (deleted.has(id) || (await store.get(id)) !== undefined) continue;
      deleted.add(id);
      mustBeOver(id, endedBefore, 'deleted');
      must(archived.has(id), `${id} was deleted, and was not archived before`);
    }
  }

  /** Runs a part of retention, and then a check. An error in it would only be one more failure for the host to retry. */
  async function checked(act: () => Promise<number>, check: () => Promise<void>): Promise<number> {
    const count = await act();
    await check().catch(onViolation);
    return count;
  }

  function watched(retention: StoreRetention, store: Store): StoreRetention {
    return {
      ...retention,
      archive: (before, ...rest) =>
        checked(
          () => retention.archive(before, ...rest),
          () => checkArchived(store, before),
        ),
      deleteArchived: (before, limit) =>
        checked(
          () => retention.deleteArchived(before, limit),
          () => checkDeleted(store, before),
        ),
      cutHistory: (id, kept, limit) =>
        checked(
          () => retention.cutHistory(id, kept, limit),
          () => checkCut(store, entries.get(id), kept),
        ),
    };
  }

  return {
    deleted,
    watch: (store) => ({ ...store, ...(store.retention && { retention: watched(store.retention, store) }) }),
  };
}

async function archivedIn(store: Store): Promise<readonly ArchivedSandbox[]> {
  const pages = namespaces.map((namespace) => store.retention?.listArchived({ namespace, limit: 999 }));
  return (await Promise.all(pages)).flatMap((page) => page?.items ?? []);
}

const historyOf = (store: Store, sandboxId: string) =>
  store.history({ sandboxId, after: 0, limit: Number.MAX_SAFE_INTEGER });

/** Checks that a history that was cut is long enough, and still leads to its record. */
async function checkCut(store: Store, entry: SandboxEntry | undefined, kept: number): Promise<void> {
  if (entry === undefined) return;
  const { id, version } = entry.sandbox;
  const rows = await historyOf(store, id);
  must(
    rows.length >= Math.min(kept, version),
    `${id} has ${rows.length} rows of history, and ${kept} must stay`,
  );
  // A commit that is in flight may be on the disk, and not in the audit yet.
  const last = rows.at(-1)?.version ?? 0;
  const problem = last === version ? checkHistory(rows, entry) : undefined;
  must(problem === undefined, `the history of ${id}: ${problem?.message}`);
}

/** The longest time between two runs of retention, with the grace after a start and a margin, in ms. */
const lateMs = 15 * 60_000;

/** Checks at the end that everything old was deleted as a whole, and that nothing else is. */
export async function checkRetention({ audit, disk, clock, profile, retention }: World): Promise<void> {
  if (profile.retention === null) return;
  const settings = parseRetention(profile.retention);
  const archive = new Set((await archivedIn(disk)).map(({ sandbox }) => sandbox.id));
  for (const [id, entry] of audit.entries) {
    const rows = await historyOf(disk, id);
    if (retention.deleted.has(id)) {
      must(rows.length === 0, `${id} was deleted, and its history still has ${rows.length} rows`);
      must(!archive.has(id), `${id} was deleted, and is still in the archive`);
      continue;
    }
    mustBeInTime(entry, clock.now(), archive.has(id), settings);
    const problem = checkHistory(rows, entry);
    must(problem === undefined, `the history of ${id}: ${problem?.message}`);
    const most = (settings.eventsPerSandbox ?? Number.POSITIVE_INFINITY) + 100;
    must(rows.length <= most, `the history of ${id} has ${rows.length} rows`);
  }
}

function mustBeInTime(
  { sandbox, released }: SandboxEntry,
  now: number,
  isArchived: boolean,
  { archiveAfterSeconds, deleteAfterSeconds }: RetentionSettings,
): void {
  const { id, terminatedAt } = sandbox;
  if (terminatedAt === null || !released) return;
  const isDue = (ageSeconds: number | null) =>
    ageSeconds !== null && now - terminatedAt > ageSeconds * 1000 + lateMs;
  must(!isDue(deleteAfterSeconds), `${id} has ended long ago, and is not deleted`);
  must(isArchived || !isDue(archiveAfterSeconds), `${id} has ended long ago, and is not archived`);
}
