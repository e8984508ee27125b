import type { StoreRetention } from '../retention.ts';
import type { HistoryTable } from './history-table.ts';
import type { SandboxTable } from './sandbox-table.ts';
import type { SnapshotTable } from './snapshot-table.ts';

/** The data of a memory store. */
interface MemoryData {
  readonly sandboxes: SandboxTable;
  readonly snapshots: Pick<SnapshotTable, 'retention'>;
  readonly history: Pick<HistoryTable, 'deleteNewest' | 'retention'>;
}

/** Creates the retention of a memory store. */
export function createRetention({ sandboxes, snapshots, history }: MemoryData): StoreRetention {
  return {
    archive: sandboxes.archive,
    archivedAt: sandboxes.archivedAt,
    listArchived: sandboxes.listArchived,
    async deleteArchived(endedBefore, limit) {
      let rows = 0;
      while (rows < limit) {
        const id = sandboxes.deleting();
        if (id === undefined) {
          if (!sandboxes.beginDeletion(endedBefore)) break;
          rows += 1;
          continue;
        }
        rows += history.deleteNewest(id, limit - rows);
        if (rows >= limit) break;
        sandboxes.remove(id);
        rows += 1;
      }
      return rows;
    },
    ...history.retention,
    ...snapshots.retention,
  };
}
