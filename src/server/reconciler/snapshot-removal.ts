import { createKeyedCounts } from '../../utils/keyed-counts.ts';
import { singleFlight } from '../../utils/single-flight.ts';
import type { Driver } from '../driver/driver.ts';
import type { Holding } from '../hosts/holding.ts';
import { isCapturing } from '../store/indexed-fields.ts';
import type { Store } from '../store/store.ts';
import type { BackgroundTasks } from './background-tasks.ts';
import { hasRecord } from './find-orphans.ts';

/** Removes snapshots from the platform. */
export interface SnapshotRemoval {
  /**
   * Removes all snapshots with deleted or failed records, in the background. Keeps one that a boot reads: the end of that
   * boot starts the removal. Keeps one that is being captured until the capture has settled: a capture that was aborted
   * too late brings its data back, and a record that says "removed" asks for no second removal. Where several hosts share the store,
   * keeps one whose sandbox another host holds, which may capture it: that host starts the removal when the capture or the release ends.
   */
  start(): void;
  /** Captures a snapshot like the driver's method. */
  readonly capture: Driver['snapshot'];
}

/** The number of snapshots in one read. */
const pageSize = 200;

/**
 * Creates the removal of snapshots. Failed removals are retried. While it is held, nothing is removed: the records may be older than
 * the platform. `holding` is that of a store that several hosts share.
 */
export function createSnapshotRemoval(
  store: Store,
  driver: Pick<Driver, 'snapshot' | 'deleteSnapshot'>,
  background: BackgroundTasks,
  { isHeld = false, holding }: { readonly isHeld?: boolean; readonly holding?: Holding | undefined } = {},
): SnapshotRemoval {
  const captures = createKeyedCounts();
  /** The snapshots whose removal waits for a capture. */
  const awaited = new Set<string>();
  const removeOnce = singleFlight(() => background.untilDone(removeAll, null));
  const start = () => {
    if (!isHeld) background.run(removeOnce, null);
  };

  return { start, capture };

  async function capture(job: Parameters<Driver['snapshot']>[0]) {
    const { snapshotId } = job;
    const leave = captures.enter(snapshotId);
    try {
      return await driver.snapshot(job);
    } finally {
      leave();
      if (captures.of(snapshotId) === 0) {
        if (awaited.delete(snapshotId)) start();
        if (holding && job.signal.aborted) afterAbort(job);
      }
    }
  }

  /** Tries every snapshot. Throws the first error. */
  async function removeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (let afterId = ''; ; ) {
      const ids = await store.removableSnapshots(afterId, pageSize);
      for (const id of ids) {
        await (holding ? removeHeld(id, holding) : removeIdle(id)).catch((error: unknown) =>
          failures.push(error),
        );
      }
      const last = ids.at(-1);
      if (last === undefined) break;
      afterId = last;
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Removes a snapshot unless this host captures it. */
  async function removeIdle(id: string): Promise<void> {
    if (captures.of(id) > 0) return void awaited.add(id);
    await driver.deleteSnapshot(id);
    await store.snapshotRemoved(id);
  }

  /** Removes a snapshot while this host holds its sandbox. No host captures a snapshot of a sandbox without a record. */
  async function removeHeld(id: string, { whileHeld }: Holding): Promise<void> {
    const snapshot = await store.getSnapshot(id, { evenDeleted: true });
    if (snapshot === undefined) return;
    if (await whileHeld(snapshot.sandboxId, () => removeIdle(id))) return;
    if (!(await hasRecord(store, snapshot.sandboxId))) await removeIdle(id);
  }

  /**
   * Starts the removal that waits for this host. When another host was faster, because the end of the operation had freed the sandbox
   * before this capture settled, removes the data once more.
   */
  function afterAbort({ snapshotId, sandboxId, letGo }: Parameters<Driver['snapshot']>[0]): void {
    start();
    if (isHeld || letGo?.aborted) return;
    background.run(async () => {
      if (!(await isNeeded(snapshotId))) await driver.deleteSnapshot(snapshotId);
    }, sandboxId);
  }

  async function isNeeded(id: string): Promise<boolean> {
    const snapshot = await store.getSnapshot(id, { evenDeleted: true });
    if (snapshot === undefined) return false;
    if (isCapturing(snapshot.status) || (await store.isBeingRestored(id))) return true;
    return snapshot.status === 'completed' && (await store.getSnapshot(id)) !== undefined;
  }
}
