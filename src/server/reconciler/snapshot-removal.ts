import { singleFlight } from '../../utils/single-flight.ts';
import type { Driver } from '../driver/driver.ts';
import { isRestorable } from '../store/indexed-fields.ts';
import type { Store } from '../store/store.ts';
import type { BackgroundTasks } from './background-tasks.ts';

/** Removes snapshots from the platform. */
export interface SnapshotRemoval {
  /** Removes all snapshots with deleted or failed records that no boot reads, in the background. */
  start(): void;
  /**
   * Removes the snapshot of a capture that was aborted too late, in the background. Keeps it while it can be restored: then
   * the commit succeeded, and only the store's response was lost. Also keeps it while a boot reads it: the end of that boot
   * starts the removal.
   */
  removeUnlessNeeded(snapshotId: string, sandboxId: string): void;
}

/** The number of snapshots in one read. */
const pageSize = 200;

/** Creates the removal of snapshots. Failed removals are retried. */
export function createSnapshotRemoval(
  store: Store,
  driver: Pick<Driver, 'deleteSnapshot'>,
  background: BackgroundTasks,
): SnapshotRemoval {
  const removeOnce = singleFlight(() => background.untilDone(removeAll, null));

  return {
    start: () => background.run(removeOnce, null),
    removeUnlessNeeded: (snapshotId, sandboxId) =>
      background.run(async () => {
        const snapshot = await store.getSnapshot(snapshotId, { evenDeleted: true });
        if (snapshot && isRestorable(snapshot.status)) return;
        // From here on no new sandbox can be restored from it.
        if (!(await store.isBeingRestored(snapshotId))) await driver.deleteSnapshot(snapshotId);
      }, sandboxId),
  };

  /** Tries every snapshot. Throws the first error. */
  async function removeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (let afterId = ''; ; ) {
      const ids = await store.removableSnapshots(afterId, pageSize);
      for (const id of ids) {
        try {
          await driver.deleteSnapshot(id);
          await store.snapshotRemoved(id);
        } catch (error) {
          failures.push(error);
        }
      }
      const last = ids.at(-1);
      if (last === undefined) break;
      afterId = last;
    }
    if (failures.length > 0) throw failures[0];
  }
}
