import { isCapturing } from '../indexed-fields.ts';
import { comparePlaces } from '../paging.ts';
import type { SnapshotRecord, Store } from '../store.ts';

type SnapshotQueries = Pick<
  Store,
  'getSnapshot' | 'listSnapshots' | 'removableSnapshots' | 'snapshotRemoved'
>;

/** The snapshots of a memory store. */
interface SnapshotTable {
  put(snapshot: SnapshotRecord): void;
  /** Hides a snapshot from all queries until its data is removed. */
  delete(id: string): void;
  readonly queries: SnapshotQueries;
}

/** Creates an empty table. */
export function createSnapshotTable(): SnapshotTable {
  const snapshots = new Map<string, SnapshotRecord>();
  const deleted = new Set<string>();
  /** Failed snapshots that may still hold data. */
  const failed = new Set<string>();

  return {
    put(snapshot) {
      snapshots.set(snapshot.id, structuredClone(snapshot));
      if (snapshot.status === 'failed') failed.add(snapshot.id);
    },
    delete(id) {
      if (snapshots.has(id)) deleted.add(id);
    },
    queries: {
      async getSnapshot(id, { evenDeleted = false } = {}) {
        return deleted.has(id) && !evenDeleted ? undefined : snapshots.get(id);
      },
      async listSnapshots(namespace) {
        return [...snapshots.values()]
          .filter((snapshot) => snapshot.namespace === namespace && !deleted.has(snapshot.id))
          .sort((a, b) => comparePlaces([a.createdAt, a.id], [b.createdAt, b.id]));
      },
      async removableSnapshots() {
        return [...new Set([...deleted, ...failed])].filter(
          (id) => !isCapturing(snapshots.get(id)?.status ?? 'failed'),
        );
      },
      async snapshotRemoved(id) {
        failed.delete(id);
        if (deleted.delete(id)) snapshots.delete(id);
      },
    },
  };
}
