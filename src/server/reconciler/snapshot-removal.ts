import { singleFlight } from '../../utils/single-flight.ts';
import type { Driver } from '../driver/driver.ts';
import type { Store } from '../store/store.ts';
import type { BackgroundTasks } from './background-tasks.ts';

/** Removes snapshots from the platform. */
export interface SnapshotRemoval {
  /** Removes all snapshots with deleted or failed records, in the background. */
  start(): void;
  /**
   * Removes the snapshot of a capture that was aborted too late, in the background. Keeps it when its record is completed:
   * then the commit succeeded, and only the store's response was lost.
   */
  removeUnlessCompleted(snapshotId: string, sandboxId: string): void;
}

/** Creates the removal of snapshots. Failed removals are retried. */
export function createSnapshotRemoval(
  store: Store,
  driver: Pick<Driver, 'deleteSnapshot'>,
  background: BackgroundTasks,
): SnapshotRemoval {
  const removeOnce = singleFlight(() => background.untilDone(removeAll, null));

  return {
    start: () => background.run(removeOnce, null),
    removeUnlessCompleted: (snapshotId, sandboxId) =>
      background.run(async () => {
        const snapshot = await store.getSnapshot(snapshotId, { evenDeleted: true });
        if (snapshot?.status !== 'completed') await driver.deleteSnapshot(snapshotId);
      }, sandboxId),
  };

  /** Tries every snapshot. Throws the first error. */
  async function removeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const id of await store.removableSnapshots()) {
      try {
        await driver.deleteSnapshot(id);
        await store.snapshotRemoved(id);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
