import { singleFlight } from '../../utils/single-flight.ts';
import type { Driver } from '../driver/driver.ts';
import type { Store } from '../store/store.ts';
import type { BackgroundTasks } from './background-tasks.ts';

/** Removes snapshots from the platform. */
export interface SnapshotRemoval {
  /**
   * Removes all snapshots with deleted or failed records, in the background. Keeps one that a boot reads: the end of that
   * boot starts the removal. Keeps one that is being captured until the capture has settled: a capture that was aborted
   * too late brings its data back, and a record that says "removed" asks for no second removal.
   */
  start(): void;
  /** Captures a snapshot like the driver's method. */
  readonly capture: Driver['snapshot'];
}

/** The number of snapshots in one read. */
const pageSize = 200;

/**
 * Creates the removal of snapshots. Failed removals are retried. While it is held, nothing is removed: the records may be older than
 * the platform.
 */
export function createSnapshotRemoval(
  store: Store,
  driver: Pick<Driver, 'snapshot' | 'deleteSnapshot'>,
  background: BackgroundTasks,
  { isHeld = false } = {},
): SnapshotRemoval {
  /** The captures in progress, and whether a removal waits for them. */
  const captures = new Map<string, { count: number; isAwaited: boolean }>();
  const removeOnce = singleFlight(() => background.untilDone(removeAll, null));
  const start = () => {
    if (!isHeld) background.run(removeOnce, null);
  };

  return { start, capture };

  async function capture(job: Parameters<Driver['snapshot']>[0]) {
    const { snapshotId } = job;
    const current = captures.get(snapshotId) ?? { count: 0, isAwaited: false };
    captures.set(snapshotId, current);
    current.count++;
    try {
      return await driver.snapshot(job);
    } finally {
      current.count--;
      if (current.count === 0) {
        captures.delete(snapshotId);
        if (current.isAwaited) start();
      }
    }
  }

  /** Tries every snapshot. Throws the first error. */
  async function removeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (let afterId = ''; ; ) {
      const ids = await store.removableSnapshots(afterId, pageSize);
      for (const id of ids) {
        const current = captures.get(id);
        if (current) current.isAwaited = true;
        else await removeOne(id).catch((error: unknown) => failures.push(error));
      }
      const last = ids.at(-1);
      if (last === undefined) break;
      afterId = last;
    }
    if (failures.length > 0) throw failures[0];
  }

  async function removeOne(id: string): Promise<void> {
    await driver.deleteSnapshot(id);
    await store.snapshotRemoved(id);
  }
}
