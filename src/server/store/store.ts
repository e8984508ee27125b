import type { SandboxEvent } from '../../machine/events.ts';
import type { Sandbox, Status } from '../../machine/sandbox.ts';
import type { Configuration, Resources } from '../configuration.ts';

/** All that a server keeps of one sandbox. */
export interface Entry {
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
  readonly sandboxId: string;
  /** The version that the event led to. */
  readonly version: number;
  readonly from: Status | null;
  readonly to: Status;
  readonly event: SandboxEvent | Created;
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

/** One atomic step: everything in it is kept, or nothing. */
export interface Commit {
  /** What the step was computed from, or null for a creation. It must still be what the store has. */
  readonly before: Entry | null;
  readonly after: Entry;
  /** The event that was applied, if one was. */
  readonly history?: HistoryRow;
  /** A snapshot that the step began or settled. */
  readonly snapshot?: SnapshotRecord;
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
 * Where a host keeps its records. `commit` is the only writer of a sandbox. Names are unique among the living of a
 * namespace by the store itself, so that two that ask at once cannot both have one.
 */
export interface Store {
  /** Throws {@link ConflictError} when the record has moved on, {@link NameTakenError} when the name is in use. */
  commit(commit: Commit): Promise<void>;
  get(id: string): Promise<Entry | undefined>;
  /** The living sandbox of this name. */
  getByName(namespace: string, name: string): Promise<Entry | undefined>;
  list(query: ListQuery): Promise<Page<Entry>>;
  /** The ids of those whose timeout is due at this instant (epoch ms), the longest overdue first. */
  due(at: number, limit: number): Promise<readonly string[]>;
  /** The instant of the earliest timeout (epoch ms), or null when there is none. */
  nextTimeoutAt(): Promise<number | null>;
  /** Those with platform work to be done: an operation in flight, or a release that has not succeeded. */
  unsettled(): Promise<readonly Entry[]>;
  /** Those that should be there, running or paused: every one that is neither pending nor terminated. */
  living(): Promise<readonly Entry[]>;
  /** What was applied to a sandbox, first to last. */
  history(id: string): Promise<readonly HistoryRow[]>;
  /** `evenDeleted` also finds one that was deleted and not yet removed. */
  getSnapshot(id: string, options?: { readonly evenDeleted?: boolean }): Promise<SnapshotRecord | undefined>;
  /** The snapshots of a namespace, newest first. */
  listSnapshots(namespace: string): Promise<readonly SnapshotRecord[]>;
  /** Takes a snapshot out of all answers; what it holds is removed later. False when there is none. */
  deleteSnapshot(id: string): Promise<boolean>;
  /** The deleted snapshots whose capture is over, and which can be removed. */
  removableSnapshots(): Promise<readonly string[]>;
  /** Forgets a deleted snapshot, once what it held is removed. */
  forgetSnapshot(id: string): Promise<void>;
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
