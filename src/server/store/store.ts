import type { Status } from '../../model/sandbox.ts';
import type { Quotas } from '../../schema/quotas.ts';
import type { HistoryQuery, ListQuery, Page, PageQuery, TimeoutQuery } from './queries.ts';
import type { HistoryRow, SandboxEntry, SnapshotRecord, StoredResponse } from './records.ts';
import type { StoreRetention } from './retention.ts';
import type { SharedStore } from './shared.ts';
import type { UsageRow } from './usage.ts';

/** The change of one sandbox in a commit. */
export interface StoreChange {
  /** The entry from which the change was computed, or null for a creation. The store must still have this entry. */
  readonly before: SandboxEntry | null;
  readonly after: SandboxEntry;
  /** The applied event, if any, or the last one of several. The store assigns its sequence. */
  readonly history?: Omit<HistoryRow, 'sequence'>;
  /** The events that the same commit applies before `history`, in order, each with its own record and version. */
  readonly earlier?: readonly Omit<HistoryRow, 'sequence'>[];
}

/** One atomic write: the store keeps all of it or nothing. */
export interface Commit {
  /** The host that commits. On a store with `shared`, the commit assigns the platform work that it leaves: see `SharedStore`. */
  readonly host?: string;
  readonly change?: StoreChange;
  /** A snapshot that the commit begins, changes or ends. */
  readonly snapshot?: SnapshotRecord;
  /**
   * The record from which the change of `snapshot`, or the deletion of `deletedSnapshot`, was computed; null for a new
   * snapshot. When it is given, the store must still have this record.
   */
  readonly snapshotBefore?: SnapshotRecord | null;
  /** The snapshot that the new sandbox is restored from. The store must have it, `completed` or `local_ready` and not deleted. */
  readonly restoredFrom?: string;
  /** A snapshot to hide from queries, and when (epoch ms). Its data is removed later. A repetition changes nothing. */
  readonly deletedSnapshot?: { readonly id: string; readonly at: number };
  readonly response?: StoredResponse;
  /**
   * The most living sandboxes and snapshots that the namespace may have after the commit. It counts for a new sandbox and a new
   * snapshot only, and concurrent commits together cannot exceed it.
   */
  readonly quotas?: StoreQuotas;
}

/** The quotas that a store enforces. Null and an omitted one are without a limit. A store counts without reading all rows. */
export type StoreQuotas = Partial<Pick<Quotas, 'livingSandboxes' | 'snapshots'>>;

/** The result of a commit. */
export interface Committed {
  /**
   * The sequence of its row of history, or null when it had none. Several rows of one commit have consecutive
   * sequences, and this is that of the last.
   */
  readonly sequence: number | null;
  /**
   * The host that holds the changed sandbox now, or null. Only for a commit with a `host` and a change, on a store with `shared`.
   */
  readonly holder?: string | null;
}

/** A finished backup. */
export interface Backup {
  /** The file. */
  readonly path: string;
  readonly bytes: number;
  /** The identity of the database. */
  readonly identity: string;
  /** The sequence of the last row of history that it has. */
  readonly sequence: number;
}

/** The identity of the data of a store, made once when the data was created. */
export interface StoreIdentity {
  /** A random id. It never changes, also in a copy of the data. */
  read(): Promise<{
    readonly id: string /** The kind of driver that the data was used with. */;
    readonly driverKind: string | null;
  }>;
  /** Records the kind of the driver, once. */
  writeDriverKind(kind: string): Promise<void>;
}

/**
 * The usage of each namespace. The store adds each row of history to it in the commit of the row, so it stays when the history is
 * deleted.
 */
export interface StoreUsage {
  /**
   * The rows of a namespace from `fromDay` on and before `toDay`, by day, and before them the last earlier row, if any. A day has a row
   * when one of its events began or ended a time that counts as usage.
   */
  rows(namespace: string, fromDay: number, toDay: number): Promise<readonly UsageRow[]>;
  /** The namespaces that have rows, ordered by name, after this name. */
  namespaces(after: string, limit: number): Promise<readonly string[]>;
}

/** The numbers of a store, for operators. */
export interface StoreStats {
  /** The kind of store, such as `sqlite`. */
  readonly kind: string;
  /** How many sandboxes have each status, those that have ended included until they are deleted. */
  readonly sandboxes: Readonly<Record<Status, number>>;
  /** The bytes on disk, of the database and its log; null for a store in memory. */
  readonly sizeBytes: number | null;
  /** How many commits wait for the next transaction. */
  readonly waitingCommits: number;
}

/** A timeout that a host must send. */
export interface DueTimeout {
  readonly sandboxId: string;
  /** When it became due, in epoch ms. */
  readonly timeoutAt: number;
}

/** A deletion of a namespace that is in progress, and what it has done so far. */
export interface NamespaceDeletion {
  readonly namespace: string;
  /** Epoch ms. */
  readonly requestedAt: number;
  /** The author and the cause of the ends of its sandboxes, for the history. */
  readonly actor: string;
  readonly cause: string;
  readonly terminatedSandboxes: number;
  readonly deletedSnapshots: number;
  /** Rows of the store: events, sandboxes, records of snapshots, and responses under idempotency keys. */
  readonly deletedRows: number;
}

/** The deletion of namespaces in a store. */
export interface StoreNamespaces {
  /** The recorded deletions. */
  recorded(): Promise<readonly NamespaceDeletion[]>;
  /**
   * Records a deletion, or with null its end. Meanwhile a commit that creates a sandbox in the namespace throws `NamespaceDeletingError`,
   * whichever host has recorded it.
   */
  record(namespace: string, deletion: NamespaceDeletion | null): Promise<void>;
  /**
   * Deletes at most `limit` rows of a namespace: responses, the records of deleted snapshots whose data was removed, and, once there is
   * no snapshot, sandboxes that are terminated and released, with their history. Returns the number of rows. A sequence of the history is
   * never used again. Broken records stay.
   */
  deleteRows(namespace: string, limit: number): Promise<number>;
  /** Whether nothing of a namespace is left but broken records. */
  isEmpty(namespace: string): Promise<boolean>;
}

/** The decision of an operator about a sandbox on the platform that has no record. */
export interface OrphanDecision {
  readonly sandboxId: string;
  /** `keep`: the host never releases it. `release`: the host releases it, and repeats that until it succeeds. */
  readonly decision: 'keep' | 'release';
  /** Epoch ms. */
  readonly at: number;
  readonly actor: string;
}

/** The decisions about sandboxes without a record, at most one for each id. */
export interface StoreOrphans {
  get(sandboxId: string): Promise<OrphanDecision | undefined>;
  /** Ordered by id, after this id. */
  list(afterId: string, limit: number): Promise<readonly OrphanDecision[]>;
  /** Records a decision, in the place of an earlier one. Durable when it resolves. */
  put(decision: OrphanDecision): Promise<void>;
  /** Deletes a decision. Resolves also without one. */
  forget(sandboxId: string): Promise<void>;
}

/** The fields of a living sandbox that a comparison with the platform needs. */
export interface LivingState {
  readonly sandboxId: string;
  readonly status: Status;
  readonly version: number;
  readonly incarnation: number | null;
  readonly generation: number;
  /** Whether an operation of the record is in flight, so that the sandbox is between two states. */
  readonly isBetween: boolean;
}

/** A row that breaks an invariant. The store sets it aside, and no host runs it. */
export interface BrokenRow {
  readonly sandboxId: string;
  readonly namespace: string;
  /** A sentence that describes the fault. */
  readonly problem: string;
  /** The row, its table and its file; undefined in a list of the store. */
  readonly place?: string;
  /** The version, for a row of history. The record of the sandbox is then not affected. */
  readonly version?: number;
}

/**
 * Stores the records of a host. No method takes longer because of all that ever was: each reads or deletes one page, or looks
 * up one row. `commit` is the only writer of a sandbox, its history, its snapshots and the stored
 * responses. The store itself keeps names unique among the living sandboxes of a namespace, so that two concurrent
 * commits cannot both get one name. The store sets a broken row aside: the row is in no list and has no due timeout,
 * and reading it by id or name throws `BrokenRecordError`. A store reads the row again when it is next opened. A row of a newer release,
 * which this one cannot read, is in no list and has no due timeout either, and stays as it is: reading it throws `NewerRecordError`.
 */
export interface Store {
  /** The coordination of several hosts. Absent on a store that belongs to one process. */
  readonly shared?: SharedStore;
  /** Absent on a store that does not count usage. */
  readonly usage?: StoreUsage;
  /** The numbers of the store. They cost the same however many sandboxes it has. Absent on a store that does not count them. */
  stats?(): Promise<StoreStats>;
  /** The identity of the data. Absent on a store whose data ends with the process. */
  readonly identity?: StoreIdentity;
  /** Absent on a store that cannot delete namespaces. */
  readonly namespaces?: StoreNamespaces;
  /** Absent on a store that keeps everything. */
  readonly retention?: StoreRetention;
  /** Absent on a store that keeps no decisions of operators. */
  readonly orphans?: StoreOrphans;
  /** Records that a host runs at this instant (epoch ms). */
  recordHeartbeat(at: number): Promise<void>;
  /** The last recorded instant at which a host ran (epoch ms); null when none did. */
  lastHeartbeat(): Promise<number | null>;
  /**
   * Throws `ConflictError` when the record or the snapshot has changed, `NameTakenError` when the name is in use,
   * `NamespaceDeletingError` for a new sandbox in a namespace whose deletion is recorded, `SnapshotUnusableError` for `restoredFrom`, `QuotaError` for `quotas`, and `KeyUsedError` when the key already has a response. After an error, nothing of the commit is kept.
   */
  commit(commit: Commit): Promise<Committed>;
  /** Throws `BrokenRecordError`. */
  get(id: string): Promise<SandboxEntry | undefined>;
  /** The living sandbox of this name. Throws `BrokenRecordError`. */
  getByName(namespace: string, name: string): Promise<SandboxEntry | undefined>;
  list(query: ListQuery): Promise<Page<SandboxEntry>>;
  /** The timeouts that are due at this instant (epoch ms), the longest overdue first. */
  due(at: number, limit: number, query?: TimeoutQuery): Promise<readonly DueTimeout[]>;
  /** The instant of the earliest timeout (epoch ms), or null without one. */
  nextTimeoutAt(query?: TimeoutQuery): Promise<number | null>;
  /**
   * The sandboxes with pending platform work (an operation in flight or a release that has not succeeded), ordered by
   * id, after this id.
   */
  unsettled(afterId: string, limit: number): Promise<readonly SandboxEntry[]>;
  /** The sandboxes that should exist on the platform: all but pending and terminated. Paged as {@link unsettled}. */
  living(afterId: string, limit: number): Promise<readonly SandboxEntry[]>;
  /** The states of the same sandboxes as {@link living}, which a store can read without their records. */
  livingStates(afterId: string, limit: number): Promise<readonly LivingState[]>;
  /**
   * The applied events, in commit order. A row that cannot be read does not keep the others from being read. With `evenMissing`, the
   * elements are `HistoryItem`s.
   */
  history(query: HistoryQuery): Promise<readonly HistoryRow[]>;
  /** The sequence of the last row of history; 0 without one. */
  lastSequence(): Promise<number>;
  /** The response that is stored under an idempotency key. */
  response(namespace: string, key: string): Promise<StoredResponse | undefined>;
  /** Deletes the oldest responses from before this instant (epoch ms), at most `limit`. Returns how many it deleted. */
  forgetResponses(before: number, limit: number): Promise<number>;
  /** The rows that were set aside since the store was opened. Paged as {@link unsettled}. */
  broken(afterId: string, limit: number): Promise<readonly BrokenRow[]>;
  /** `evenDeleted` also finds a deleted snapshot, until {@link forgetSnapshots} deletes its record. */
  getSnapshot(id: string, options?: { readonly evenDeleted?: boolean }): Promise<SnapshotRecord | undefined>;
  /** The snapshots of a namespace, newest first. */
  listSnapshots(query: PageQuery): Promise<Page<SnapshotRecord>>;
  /** Whether a pending sandbox restores from a snapshot, whose data must stay until then, also when it is deleted or failed. */
  isBeingRestored(snapshotId: string): Promise<boolean>;
  /**
   * The snapshots whose data can be removed: deleted or failed ones whose capture has ended, that no pending sandbox
   * restores from. Ordered by id, after this id.
   */
  removableSnapshots(afterId: string, limit: number): Promise<readonly string[]>;
  /** Records that the data of a snapshot was removed. Its record stays. */
  snapshotRemoved(id: string): Promise<void>;
  /**
   * Deletes the records of the snapshots that were deleted before this instant (epoch ms) and whose data was removed, at most
   * `limit`. Returns how many it deleted.
   */
  forgetSnapshots(before: number, limit: number): Promise<number>;
  /**
   * Copies all data to a new file, while commits continue. The file is complete, checked and on disk, or does not exist. Throws
   * `BackupError`. Absent on a store whose data ends with the process.
   */
  backup?(path: string): Promise<Backup>;
  close(): Promise<void>;
}

/** The queries of the snapshots. */
export type SnapshotQueries = Pick<
  Store,
  | 'getSnapshot'
  | 'listSnapshots'
  | 'isBeingRestored'
  | 'removableSnapshots'
  | 'snapshotRemoved'
  | 'forgetSnapshots'
>;
