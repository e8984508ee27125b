import type { SandboxEvent } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import type { Sandbox, Status } from '../../model/sandbox.ts';
import type { Configuration, Resources } from '../configuration.ts';

/** All that a server keeps of one sandbox. */
export interface SandboxEntry {
  readonly sandbox: Sandbox;
  readonly namespace: string;
  readonly configuration: Configuration;
  /** Whether a terminated sandbox holds nothing on the platform any more. */
  readonly released: boolean;
  /** 1 at creation, one more for each commit: also for those that apply no event. */
  readonly revision: number;
}

/** The event that begins a history. */
export interface Created {
  readonly type: 'created';
  readonly name: string | null;
  readonly timeoutMs: number | null;
  readonly at: number;
}

/** One applied event of one sandbox. The rows of a sandbox have the versions 1, 2, 3 and so on, without a gap. */
export interface HistoryRow {
  /** The place in the order of all commits of the store: grows from row to row, may leave numbers out. */
  readonly sequence: number;
  readonly namespace: string;
  readonly sandboxId: string;
  /** The version that the event led to. */
  readonly version: number;
  readonly from: Status | null;
  readonly to: Status;
  readonly event: SandboxEvent | Created;
  /** When it happened, in epoch ms, as the event has it. */
  readonly at: number;
  /** Who did it: `platform` for a report, `clock` for a timeout, else who asked. */
  readonly actor: string;
  /** What led to it: `operation 3`, `deadline`, `drift`, or what the caller gave, as the id of a request. */
  readonly cause: string;
  /** The policy that the event was applied under. */
  readonly policy: Policy;
  /** The record that the event led to. */
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
  /** What the sandbox had that it was taken from. */
  readonly resources: Resources;
  readonly createdAt: number;
}

/** A response that is stored under an idempotency key, so that the same request gets it again. */
export interface StoredResponse {
  readonly namespace: string;
  readonly key: string;
  /** Equal for equal requests, so that another request under the key is noticed. */
  readonly fingerprint: string;
  /** When it was given, in epoch ms. */
  readonly at: number;
  /** The result of the request: JSON. */
  readonly result: unknown;
}

/** What one step makes of a sandbox. */
export interface StoreChange {
  /** What the step was computed from, or null for a creation. It must still be what the store has. */
  readonly before: SandboxEntry | null;
  readonly after: SandboxEntry;
  /** The event that was applied, if one was. Its sequence is the store's to give. */
  readonly history?: Omit<HistoryRow, 'sequence'>;
}

/** One atomic step: everything in it is kept, or nothing. */
export interface Commit {
  readonly change?: StoreChange;
  /** A snapshot that the step began or settled. */
  readonly snapshot?: SnapshotRecord;
  /** A snapshot that is taken out of all answers; what it holds is removed later. */
  readonly deletedSnapshot?: string;
  readonly response?: StoredResponse;
}

/** What a commit came to. */
export interface Committed {
  /** The place of its row of history, or null when it had none. */
  readonly sequence: number | null;
}

/** A timeout that a host has to send. */
export interface DueTimeout {
  readonly sandboxId: string;
  /** Since when it is due, in epoch ms. */
  readonly timeoutAt: number;
}

/** A row that no sandbox can be in: set aside, and never run. */
export interface BrokenRow {
  readonly sandboxId: string;
  readonly namespace: string;
  /** What is wrong with it, for a person. */
  readonly problem: string;
}

/** Which rows of history: in the order of their sequence, from `after` on. */
export interface HistoryQuery {
  /** Rows with a greater sequence only; 0 for all. */
  readonly after: number;
  readonly limit: number;
  readonly namespace?: string;
  readonly sandboxId?: string;
  /** With a sandbox: rows of a greater version only. */
  readonly afterVersion?: number;
}

/** What to list, newest first. */
export interface ListQuery {
  readonly namespace: string;
  /** Only these statuses; all when left out. */
  readonly statuses?: readonly Status[];
  /** How many at the most, from 1. */
  readonly limit: number;
  /** Where an earlier page ended. */
  readonly cursor?: string;
  /** `forward` goes on to what is older, `backward` back to what is newer. */
  readonly direction?: 'forward' | 'backward';
}

/** A part of a list, newest first, with the cursors to the parts beside it. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly previousCursor: string | null;
  readonly nextCursor: string | null;
}

/**
 * Where a host keeps its records. `commit` is the only writer of a sandbox, its history, its snapshots and the stored
 * responses. Names are unique among the living of a namespace by the store itself, so that two that ask at once cannot
 * both have one. A row that cannot be read is set aside: it is in no list and due for nothing, and to ask for it by
 * itself throws {@link BrokenRecordError}. A store looks at it again when it is opened.
 */
export interface Store {
  /**
   * Throws {@link ConflictError} when the record has moved on, {@link NameTakenError} when the name is in use,
   * {@link KeyUsedError} when there is a response under the key. What is thrown is kept nowhere.
   */
  commit(commit: Commit): Promise<Committed>;
  /** Throws {@link BrokenRecordError}. */
  get(id: string): Promise<SandboxEntry | undefined>;
  /** The living sandbox of this name. Throws {@link BrokenRecordError}. */
  getByName(namespace: string, name: string): Promise<SandboxEntry | undefined>;
  list(query: ListQuery): Promise<Page<SandboxEntry>>;
  /** Those whose timeout is due at this instant (epoch ms), the longest overdue first. */
  due(at: number, limit: number): Promise<readonly DueTimeout[]>;
  /** The instant of the earliest timeout (epoch ms), or null when there is none. */
  nextTimeoutAt(): Promise<number | null>;
  /**
   * Those with platform work to be done, an operation in flight or a release that has not succeeded, by their ids,
   * from after this one on.
   */
  unsettled(afterId: string, limit: number): Promise<readonly SandboxEntry[]>;
  /** Those that should be there, running or paused: all but the pending and the terminated. As {@link unsettled}. */
  living(afterId: string, limit: number): Promise<readonly SandboxEntry[]>;
  /** What was applied, in the order of the commits. */
  history(query: HistoryQuery): Promise<readonly HistoryRow[]>;
  /** The sequence of the last row of history, 0 when there is none. */
  lastSequence(): Promise<number>;
  /** The response that is stored under an idempotency key. */
  response(namespace: string, key: string): Promise<StoredResponse | undefined>;
  /** Deletes the responses from before this instant (epoch ms). */
  forgetResponses(before: number): Promise<void>;
  /** The rows that were set aside so far. */
  broken(): Promise<readonly BrokenRow[]>;
  /** `evenDeleted` also finds one that was deleted and not yet removed. */
  getSnapshot(id: string, options?: { readonly evenDeleted?: boolean }): Promise<SnapshotRecord | undefined>;
  /** The snapshots of a namespace, newest first. */
  listSnapshots(namespace: string): Promise<readonly SnapshotRecord[]>;
  /** The snapshots that hold what nobody can ask for any more: deleted, or failed, and with their capture over. */
  removableSnapshots(): Promise<readonly string[]>;
  /** What a snapshot held is removed: a deleted one is forgotten, a failed one stays as a record. */
  snapshotRemoved(id: string): Promise<void>;
  close(): Promise<void>;
}

/** The record has moved on since it was read: read it again, and decide again. */
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

/** There is a response under this idempotency key already. */
export class KeyUsedError extends Error {
  override readonly name = 'KeyUsedError';

  constructor(key: string) {
    super(`The idempotency key ${JSON.stringify(key)} has been used.`);
  }
}

/** The store has something under this id that no sandbox can be in. */
export class BrokenRecordError extends Error {
  override readonly name = 'BrokenRecordError';
  readonly row: BrokenRow;

  constructor(row: BrokenRow, options?: { cause?: unknown }) {
    super(`The record of sandbox ${row.sandboxId} is broken and was set aside. ${row.problem}`, options);
    this.row = row;
  }
}
