import { equalJson } from '../../../utils/equal-json.ts';
import { ConflictError, SnapshotUnusableError } from '../errors.ts';
import { isCapturing, isRestorable } from '../indexed-fields.ts';
import { comparePlaces, pageOf, placeOfSnapshot } from '../paging.ts';
import type { SnapshotRecord } from '../records.ts';
import type { StoreRetention } from '../retention.ts';
import type { Commit, SnapshotQueries } from '../store.ts';

type SnapshotParts = Pick<Commit, 'snapshot' | 'snapshotBefore' | 'restoredFrom' | 'deletedSnapshot'>;

/** The snapshots of a memory store. */
export interface SnapshotTable {
  /** Throws {@link ConflictError} or {@link SnapshotUnusableError} for a commit that cannot be kept. */
  mustFit(parts: SnapshotParts): void;
  put(snapshot: SnapshotRecord): void;
  /** The number of records of a namespace, deleted ones included. */
  countOf(namespace: string): number;
  /** Deletes at most `limit` records of deleted snapshots whose data was removed. Returns their number. */
  removeDeleted(namespace: string, limit: number): number;
  /** The number of snapshots of a namespace that are not deleted. */
  shownIn(namespace: string): number;
  /** Hides a snapshot from queries. */
  delete(deleted: NonNullable<Commit['deletedSnapshot']>): void;
  readonly queries: SnapshotQueries;
  readonly retention: Pick<StoreRetention, 'expiredSnapshots' | 'surplusSnapshots'>;
}

/** A snapshot, and what became of it. */
interface Row {
  readonly record: SnapshotRecord;
  readonly deletedAt: number | null;
  /** Whether its data is to be removed when the capture has ended. */
  readonly isGarbage: boolean;
}

/** Creates an empty table. `restoring` returns the snapshots that pending sandboxes restore from. */
export function createSnapshotTable(restoring: () => ReadonlySet<string>): SnapshotTable {
  const rows = new Map<string, Row>();
  const counts = new Map<string, number>();
  /** The snapshots that can be deleted because they are old, the oldest first. */
  const deletable = () =>
    [...rows.values()]
      .filter(({ deletedAt }) => deletedAt === null)
      .map(({ record }) => record)
      .filter(({ id, status }) => !isCapturing(status) && !restoring().has(id))
      .sort((a, b) => comparePlaces(placeOfSnapshot(b), placeOfSnapshot(a)));
  const add = (namespace: string, more: 1 | -1) => counts.set(namespace, (counts.get(namespace) ?? 0) + more);

  return {
    mustFit({ snapshot, snapshotBefore, restoredFrom, deletedSnapshot }) {
      const id = snapshot?.id ?? deletedSnapshot?.id;
      if (id !== undefined && snapshotBefore !== undefined) {
        if (!equalJson(rows.get(id)?.record ?? null, snapshotBefore)) throw new ConflictError(id, 'Snapshot');
      }
      if (restoredFrom === undefined) return;
      const row = rows.get(restoredFrom);
      if (row === undefined || row.deletedAt !== null || !isRestorable(row.record.status))
        throw new SnapshotUnusableError(restoredFrom);
    },
    put(snapshot) {
      const row = rows.get(snapshot.id);
      if (row === undefined) add(snapshot.namespace, 1);
      rows.set(snapshot.id, {
        record: structuredClone(snapshot),
        deletedAt: row?.deletedAt ?? null,
        isGarbage: row?.isGarbage === true || snapshot.status === 'failed',
      });
    },
    countOf: (namespace) => [...rows.values()].filter(({ record }) => record.namespace === namespace).length,
    removeDeleted(namespace, limit) {
      const removed = [...rows]
        .filter(
          ([, { record, deletedAt, isGarbage }]) =>
            record.namespace === namespace && deletedAt !== null && !isGarbage,
        )
        .slice(0, limit);
      for (const [id] of removed) rows.delete(id);
      return removed.length;
    },
    delete({ id, at }) {
      const row = rows.get(id);
      if (row?.deletedAt !== null) return;
      rows.set(id, { ...row, deletedAt: at, isGarbage: true });
      add(row.record.namespace, -1);
    },
    shownIn: (namespace) => counts.get(namespace) ?? 0,
    retention: {
      expiredSnapshots: async (before, limit) =>
        deletable()
          .filter(({ createdAt }) => createdAt < before)
          .slice(0, limit),
      async surplusSnapshots(kept, afterSandboxId, limit) {
        const completed = [...rows.values()].filter(
          ({ record, deletedAt }) => record.status === 'completed' && deletedAt === null,
        );
        const owners = [...new Set(completed.map(({ record }) => record.sandboxId))];
        const next = owners.filter((id) => id > afterSandboxId).sort();
        const snapshots = next.slice(0, limit).flatMap((owner) => {
          const own = completed.map(({ record }) => record).filter(({ sandboxId }) => sandboxId === owner);
          own.sort((a, b) => comparePlaces(placeOfSnapshot(a), placeOfSnapshot(b)));
          return own.slice(kept).filter(({ id }) => !restoring().has(id));
        });
        return {
          snapshots: snapshots.slice(0, limit),
          lastSandboxId: next.length > limit ? (next[limit - 1] ?? null) : null,
        };
      },
    },
    queries: {
      async getSnapshot(id, { evenDeleted = false } = {}) {
        const row = rows.get(id);
        return row?.deletedAt === null || evenDeleted ? row?.record : undefined;
      },
      async listSnapshots(query) {
        const shown = [...rows.values()].filter(({ deletedAt }) => deletedAt === null);
        const records = shown.map(({ record }) => record);
        return pageOf(
          records.filter(({ namespace }) => namespace === query.namespace),
          query,
          placeOfSnapshot,
        );
      },
      isBeingRestored: async (id) => restoring().has(id),
      async removableSnapshots(afterId, limit) {
        const needed = restoring();
        return [...rows]
          .filter(
            ([id, { isGarbage, record }]) =>
              id > afterId && isGarbage && !isCapturing(record.status) && !needed.has(id),
          )
          .map(([id]) => id)
          .sort()
          .slice(0, limit);
      },
      async snapshotRemoved(id) {
        const row = rows.get(id);
        if (row) rows.set(id, { ...row, isGarbage: false });
      },
      async forgetSnapshots(before, limit) {
        const expired = [...rows].filter(
          ([, { deletedAt, isGarbage }]) => deletedAt !== null && deletedAt < before && !isGarbage,
        );
        for (const [id] of expired.slice(0, limit)) rows.delete(id);
        return Math.min(expired.length, limit);
      },
    },
  };
}
