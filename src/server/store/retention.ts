import type { ListQuery, Page } from './queries.ts';
import type { SandboxEntry, SnapshotRecord } from './records.ts';

/**
 * The part of a store that deletes what is old. Each method looks up or changes at most `limit` rows, so that no request waits long
 * for it, and each call is one transaction. Usage and the numbers of the history stay: no sequence is used again.
 */
export interface StoreRetention {
  /**
   * Archives sandboxes that are terminated and released, and ended before this instant (epoch ms), the longest ended first. They leave
   * `list` and nothing else about them changes: they are found by id, with their history. `at` is the present instant (epoch ms). Returns
   * how many it archived. Broken records stay. A commit after which an archived sandbox is not released brings it back into `list`, with
   * its platform work.
   */
  archive(endedBefore: number, at: number, limit: number): Promise<number>;
  /** When a sandbox was archived (epoch ms); null for one that is not archived. */
  archivedAt(id: string): Promise<number | null>;
  /** The archived sandboxes of a namespace, newest first. */
  listArchived(query: ListQuery): Promise<Page<ArchivedSandbox>>;
  /**
   * Deletes archived sandboxes that ended before this instant (epoch ms), the longest ended first, with their history. No read finds a
   * sandbox from the first part of its deletion on. A later call continues a deletion that has begun, whatever its instant, also after
   * a restart. The snapshots of the sandbox stay. Returns how many rows it changed or deleted; 0 at the end.
   */
  deleteArchived(endedBefore: number, limit: number): Promise<number>;
  /**
   * Deletes the oldest rows of the history of a sandbox, so that at least `kept` rows (from 1) are left, and marks the first row that
   * is left with `isFirstKept`. Returns how many it deleted.
   */
  cutHistory(sandboxId: string, kept: number, limit: number): Promise<number>;
  /** The greatest sequence of the rows of a namespace that were deleted; 0 when none was. */
  lastDeleted(namespace: string): Promise<number>;
  /**
   * The snapshots that were created before this instant (epoch ms), oldest first: not deleted, settled, and not read by the boot of a
   * pending sandbox. Unreadable records stay.
   */
  expiredSnapshots(createdBefore: number, limit: number): Promise<readonly SnapshotRecord[]>;
  /**
   * The completed snapshots of the next sandboxes after this id, by their ids, that are older than the newest `kept` (from 1) of the
   * same sandbox: not deleted, and not read by the boot of a pending sandbox.
   */
  surplusSnapshots(kept: number, afterSandboxId: string, limit: number): Promise<SurplusSnapshots>;
}

/** A sandbox that retention took out of the list. */
export interface ArchivedSandbox extends SandboxEntry {
  /** Epoch ms. */
  readonly archivedAt: number;
}

/** A part of the surplus snapshots. */
export interface SurplusSnapshots {
  readonly snapshots: readonly SnapshotRecord[];
  /** The last sandbox that was looked at. The next part begins after it; null at the end. */
  readonly lastSandboxId: string | null;
}
