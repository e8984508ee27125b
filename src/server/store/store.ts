import type { SandboxEvent } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import type { Sandbox, Status, Timeouts } from '../../model/sandbox.ts';
import type { Configuration, Resources } from '../configuration.ts';

/** Everything that a server stores about one sandbox. */
export interface SandboxEntry {
  readonly sandbox: Sandbox;
  readonly namespace: string;
  readonly configuration: Configuration;
  /** Whether a terminated sandbox no longer holds anything on the platform. */
  readonly released: boolean;
  /** 1 at creation, and one more for each commit, including commits that apply no event. */
  readonly revision: number;
}

/** The event that begins a history, with the name and the limits of the new sandbox. */
export interface Created extends Timeouts {
  readonly type: 'created';
  readonly name: string | null;
  readonly at: number;
}

/** One applied event of one sandbox. The rows of a sandbox have the versions 1, 2, 3 and so on, without a gap. */
export interface HistoryRow {
  /** The place in the order of all commits of the store. Grows from row to row, and may skip numbers. */
  readonly sequence: number;
  readonly namespace: string;
  readonly sandboxId: string;
  /** The version after the event. */
  readonly version: number;
  readonly from: Status | null;
  readonly to: Status;
  readonly event: SandboxEvent | Created;
  /** The time of the event, in epoch ms. */
  readonly at: number;
  /** The actor: `platform` for a report, `clock` for a timeout, else the caller. */
  readonly actor: string;
  /** The cause: `operation 3`, `deadline`, `drift`, or a text from the caller, such as the id of a request. */
  readonly cause: string;
  /** The policy under which the event was applied. */
  readonly policy: Policy;
  /** The record after the event. */
  readonly sandbox: Sandbox;
}

/** A snapshot, which outlives the sandbox that it was taken from. Times are epoch ms. */
export interface SnapshotRecord {
  readonly id: string;
  readonly namespace: string;
  readonly sandboxId: string;
  readonly status: 'in_progress' | 'local_ready' | 'completed' | 'failed';
  readonly type: 'memory' | 'filesystem';
  readonly error: string | null;
  readonly uri: string | null;
  readonly sizeBytes: number | null;
  /** The resources of the sandbox that it was taken from. */
  readonly resources: Resources;
  readonly createdAt: number;
}

/** A response that is stored under an idempotency key, so that a repeated request gets the same response. */
export interface StoredResponse {
  readonly namespace: string;
  readonly key: string;
  /** Equal for equal requests, so that a different request under the same key is detected. */
  readonly fingerprint: string;
  /** The time of the response, in epoch ms. */
  readonly at: number;
  /** The result of the request: JSON. */
  readonly result: unknown;
}

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
  readonly change?: StoreChange;
  /** A snapshot that the commit begins or ends. */
  readonly snapshot?: SnapshotRecord;
  /** A snapshot to hide from all queries. Its data is removed later. */
  readonly deletedSnapshot?: string;
  readonly response?: StoredResponse;
}

/** The result of a commit. */
export interface Committed {
  /**
   * The sequence of its row of history, or null when it had none. Several rows of one commit have consecutive
   * sequences, and this is that of the last.
   */
  readonly sequence: number | null;
}

/** A timeout that a host must send. */
export interface DueTimeout {
  readonly sandboxId: string;
  /** When it became due, in epoch ms. */
  readonly timeoutAt: number;
}

/** A row that breaks an invariant. The store sets it aside, and no host runs it. */
export interface BrokenRow {
  readonly sandboxId: string;
  readonly namespace: string;
  /** A sentence that describes the fault. */
  readonly problem: string;
}

/** Selects rows of history, in the order of their sequence. */
export interface HistoryQuery {
  /** Only rows with a greater sequence; 0 for all. */
  readonly after: number;
  readonly limit: number;
  readonly namespace?: string;
  readonly sandboxId?: string;
  /** With `sandboxId`: only rows of a greater version. */
  readonly afterVersion?: number;
}

/** Selects sandboxes, newest first. */
export interface ListQuery {
  readonly namespace: string;
  /** Only these statuses. Default: all. */
  readonly statuses?: readonly Status[];
  /** The most items on a page, from 1. */
  readonly limit: number;
  /** The cursor of an earlier page. */
  readonly cursor?: string;
  /** `forward` reads older items, `backward` newer ones. */
  readonly direction?: 'forward' | 'backward';
}

/** A page of a list, newest first, with the cursors of the pages before and after it. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly previousCursor: string | null;
  readonly nextCursor: string | null;
}

/**
 * Stores the records of a host. `commit` is the only writer of a sandbox, its history, its snapshots and the stored
 * responses. The store itself keeps names unique among the living sandboxes of a namespace, so that two concurrent
 * commits cannot both get one name. The store sets a broken row aside: the row is in no list and has no due timeout,
 * and reading it by id or name throws {@link BrokenRecordError}. A store reads the row again when it is next opened.
 */
export interface Store {
  /**
   * Throws {@link ConflictError} when the record has changed, {@link NameTakenError} when the name is in use, and
   * {@link KeyUsedError} when the key already has a response. After an error, nothing of the commit is kept.
   */
  commit(commit: Commit): Promise<Committed>;
  /** Throws {@link BrokenRecordError}. */
  get(id: string): Promise<SandboxEntry | undefined>;
  /** The living sandbox of this name. Throws {@link BrokenRecordError}. */
  getByName(namespace: string, name: string): Promise<SandboxEntry | undefined>;
  list(query: ListQuery): Promise<Page<SandboxEntry>>;
  /** The timeouts that are due at this instant (epoch ms), the longest overdue first. */
  due(at: number, limit: number): Promise<readonly DueTimeout[]>;
  /** The instant of the earliest timeout (epoch ms), or null without one. */
  nextTimeoutAt(): Promise<number | null>;
  /**
   * The sandboxes with pending platform work (an operation in flight or a release that has not succeeded), ordered by
   * id, after this id.
   */
  unsettled(afterId: string, limit: number): Promise<readonly SandboxEntry[]>;
  /** The sandboxes that should exist on the platform: all but pending and terminated. Paged as {@link unsettled}. */
  living(afterId: string, limit: number): Promise<readonly SandboxEntry[]>;
  /** The applied events, in commit order. */
  history(query: HistoryQuery): Promise<readonly HistoryRow[]>;
  /** The sequence of the last row of history; 0 without one. */
  lastSequence(): Promise<number>;
  /** The response that is stored under an idempotency key. */
  response(namespace: string, key: string): Promise<StoredResponse | undefined>;
  /** Deletes the responses from before this instant (epoch ms). */
  forgetResponses(before: number): Promise<void>;
  /** The rows that were set aside since the store was opened. */
  broken(): Promise<readonly BrokenRow[]>;
  /** `evenDeleted` also finds a snapshot that was deleted but whose data is not yet removed. */
  getSnapshot(id: string, options?: { readonly evenDeleted?: boolean }): Promise<SnapshotRecord | undefined>;
  /** The snapshots of a namespace, newest first. */
  listSnapshots(namespace: string): Promise<readonly SnapshotRecord[]>;
  /** The snapshots whose data can be removed: deleted or failed ones whose capture has ended. */
  removableSnapshots(): Promise<readonly string[]>;
  /** Records that the data of a snapshot was removed: deletes a deleted snapshot, keeps the record of a failed one. */
  snapshotRemoved(id: string): Promise<void>;
  close(): Promise<void>;
}

/** The record has changed since it was read. Read it again and decide again. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';

  constructor(id: string) {
    super(`Sandbox ${id} has changed since it was read.`);
  }
}

/** Another living sandbox of the namespace has this name. */
export class NameTakenError extends Error {
  override readonly name = 'NameTakenError';

  constructor(name: string) {
    super(
      `The name ${JSON.stringify(name)} is taken by another sandbox; choose another, or terminate that one first.`,
    );
  }
}

/** This idempotency key already has a response. */
export class KeyUsedError extends Error {
  override readonly name = 'KeyUsedError';

  constructor(key: string) {
    super(`The idempotency key ${JSON.stringify(key)} has already been used.`);
  }
}

/** The store has a broken row under this id. */
export class BrokenRecordError extends Error {
  override readonly name = 'BrokenRecordError';
  readonly row: BrokenRow;

  constructor(row: BrokenRow, options?: { cause?: unknown }) {
    super(`The record of sandbox ${row.sandboxId} is broken and was set aside. ${row.problem}`, options);
    this.row = row;
  }
}
