import type { SnapshotInfo } from '../../schema/http/responses.ts';
import type { Reason, SnapshotType } from '../transport/command-request.ts';

/** A snapshot for display. A newer server may send a status that this client does not know. */
export interface SnapshotView {
  readonly id: string;
  /** The sandbox that was captured. */
  readonly sandboxId: string;
  readonly status: SnapshotInfo['status'] | (string & {});
  readonly snapshotType: SnapshotType;
  /** The platform's sentence about a capture that failed, or null. */
  readonly error: string | null;
  /** The size in bytes, or null if it is not known. */
  readonly sizeBytes: number | null;
  /** When the capture was requested, in epoch ms of the server's clock. */
  readonly createdAt: number;
}

/** A deletion that failed. The snapshot is shown again. */
export interface SnapshotRollback {
  /** The id of the snapshot. */
  readonly id: string;
  readonly outcome: 'refused' | 'dropped' | 'unknown';
  readonly reason: Reason;
  /** The time of the rollback, in epoch ms of this machine's clock. */
  readonly at: number;
}

/** Everything that a page shows of the snapshots of a namespace. */
export interface SnapshotListView {
  /** Newest first, without those whose deletion is pending. */
  readonly snapshots: readonly SnapshotView[];
  /** Whether the list has been read, so that an empty list means that no snapshot exists. */
  readonly isLoaded: boolean;
  /** The reason why the last read failed: one sentence, or null. */
  readonly problem: string | null;
  /** Failed deletions, oldest first, until they are dismissed. */
  readonly rollbacks: readonly SnapshotRollback[];
}

/** Converts a snapshot of the HTTP API. */
export function snapshotViewOf(info: SnapshotInfo): SnapshotView {
  return Object.freeze({
    id: info.id,
    sandboxId: info.sandbox_id,
    status: info.status,
    snapshotType: info.snapshot_type,
    error: info.error ?? null,
    sizeBytes: info.size_bytes ?? null,
    createdAt: info.created_at,
  });
}
