import type { Refusal } from '../guards/command.ts';
import type { Transition } from '../machine/transition.ts';
import type { CommandName } from '../model/events.ts';
import type { Policy } from '../model/policy.ts';
import type { Sandbox, Status } from '../model/sandbox.ts';
import type { Quotas } from '../schema/quotas.ts';
import type { RetentionSettings } from '../schema/retention.ts';
import type { Unapplied } from './changes/unapplied.ts';
import type { ResourceRequest } from './commands/resources.ts';
import type { Configuration } from './configuration.ts';
import type { HostList } from './hosts/host-list.ts';
import type { Absences } from './reconciler/absences.ts';
import type { OrphanPage, OrphanQuery } from './reconciler/orphan-list.ts';
import type { ListQuery, Page, PageQuery } from './store/queries.ts';
import type { HistoryItem, HistoryRow, SandboxEntry, SnapshotRecord } from './store/records.ts';
import type { ArchivedSandbox } from './store/retention.ts';
import type { Backup, BrokenRow, NamespaceDeletion } from './store/store.ts';
import type { HostStats } from './telemetry/host-stats.ts';
import type { UsageReader } from './telemetry/usage.ts';

/** The limits of a sandbox in seconds: `timeout_secs` and so on in the HTTP API. The policy reads them. */
interface TimeoutRequest<Limit> {
  /** How long it may run after each start. With the policy `idle`: without activity. 0 has the meaning of the policy. */
  readonly timeoutSeconds?: Limit | undefined;
  /** How long it may run without activity, from 1. */
  readonly idleTimeoutSeconds?: Limit | undefined;
  /** How long it may stay suspended, from 1. */
  readonly suspendedTimeoutSeconds?: Limit | undefined;
}

/** The request for a new sandbox. */
export interface CreateRequest extends TimeoutRequest<number> {
  readonly namespace: string;
  readonly name?: string | null;
  readonly resources?: ResourceRequest | undefined;
  readonly configuration?: Partial<Omit<Configuration, 'resources'>>;
}

/**
 * Changes of a sandbox, which one commit applies. An undefined limit stays. Null removes one, where no plan maximum is
 * set.
 */
export interface UpdateRequest extends TimeoutRequest<number | null> {
  readonly name?: string | undefined;
  readonly configuration?: Partial<
    Pick<Configuration, 'allowUnauthenticatedAccess' | 'exposedPorts' | 'network' | 'metadata'>
  >;
}

/** A command for a host, which adds the time, and the id of a snapshot. */
export type CommandRequest =
  | { readonly type: 'suspend' | 'resume' | 'terminate' | 'keepalive' }
  | ({ readonly type: 'setTimeouts' } & TimeoutRequest<number | null>)
  | ({ readonly type: 'configure' } & Pick<UpdateRequest, 'configuration'>)
  | { readonly type: 'rename'; readonly name: string }
  | { readonly type: 'snapshot'; readonly snapshotType?: SnapshotRecord['type'] };

/** The result of a command, and the sandbox after it. */
export interface CommandResult {
  readonly entry: SandboxEntry;
  readonly result: Transition;
}

/** The conditions of a change, and its origin for the history. */
export interface WriteOptions {
  /** Rejects the change when the sandbox has another version at the commit. */
  readonly ifVersion?: number | undefined;
  /** The id of the sandbox that the change is made for. Rejects it when the name belongs to another sandbox by now. */
  readonly ifSandbox?: string | undefined;
  /** A request that repeats this key within a day, or as long as retention keeps responses, returns the stored response. */
  readonly idempotencyKey?: string | undefined;
  /** The actor for the history. Default: `user`. */
  readonly actor?: string | undefined;
  /** The cause for the history, such as the id of a request. Default: `request`. */
  readonly cause?: string | undefined;
}

/** A decision of an operator about sandboxes without a record. */
export type OrphanRequest =
  | { readonly decision: 'keep' | 'release'; readonly sandboxIds: readonly string[] }
  | {
      readonly decision: 'adopt';
      readonly sandboxIds: readonly string[];
      readonly namespace: string;
      /** Names by the ids of sandboxes. One without a name becomes ephemeral. */
      readonly names?: Readonly<Record<string, string>> | undefined;
    };

/** The changes to watch. */
export interface WatchQuery {
  readonly namespace: string;
  /** Limits the watch to one sandbox. */
  readonly sandboxId?: string;
  /** The watch starts after the row with this sequence number. By default it starts now. */
  readonly after?: number;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

/** The changes to watch, and whether the watch includes unapplied events. */
export interface WatchAllQuery extends WatchQuery {
  /** Default: true. */
  readonly unapplied?: boolean;
}

/** The result of a wait for a status. */
export interface Waited {
  /**
   * `unreachable`: the sandbox can never be in any of the statuses again. `failed`: the operation that leads to one of them
   * failed, during the wait or in the minute before it, and none is in progress.
   */
  readonly outcome: 'reached' | 'unreachable' | 'failed' | 'timed_out';
  /** The reason as a sentence; null when the status was reached. */
  readonly reason: string | null;
  /** The sandbox at the end of the wait. */
  readonly entry: SandboxEntry;
}

/**
 * A durable host: every change is one transaction, timeouts fire across restarts, and the host retries operations until
 * the record no longer demands them. A sandbox is addressed within a namespace by its id or name. Methods that take one throw
 * `NotFoundError` for an unknown sandbox and `BrokenRecordError` for a record that was set aside, and `NewerRecordError` for one of a newer
 * release. `ContendedError` and `StoreBusyError` are worth another attempt in a moment. Methods that take
 * {@link WriteOptions} also throw `VersionError`, `OtherSandboxError` and `KeyReusedError`.
 */
export interface Host extends UsageReader, HostList {
  /** The complete policy, with defaults. */
  readonly policy: Policy;
  /** The quotas of each namespace, with defaults. The HTTP API enforces the rate of requests and the number of streams and waits. */
  readonly quotas: Quotas;
  /** How long the host keeps what is old, with defaults. */
  readonly retention: RetentionSettings;
  /** Whether the host is in the mode for a restored database, as its option says. */
  readonly restored: boolean;
  /** The types of snapshots that the platform can take, the default first. */
  readonly snapshotTypes: readonly SnapshotRecord['type'][];
  /** Throws `RuleError`, `NotFoundError` (for the snapshot), `NameTakenError`, `QuotaError`. */
  create(request: CreateRequest, options?: WriteOptions): Promise<SandboxEntry>;
  get(namespace: string, idOrName: string): Promise<SandboxEntry>;
  /** The sandboxes that are not archived. Throws `CursorError`. */
  list(query: ListQuery): Promise<Page<SandboxEntry>>;
  /** The archived sandboxes, newest first: those that retention took out of {@link list}. {@link get} finds them too. Throws `CursorError`. */
  listArchived(query: ListQuery): Promise<Page<ArchivedSandbox>>;
  /** The archived sandbox of this id. Throws `NotFoundError`, also for a sandbox that is not archived. */
  getArchived(namespace: string, id: string): Promise<ArchivedSandbox>;
  /**
   * Applies all changes in one commit or none: a rename, then the limits, then the configuration, each an event of the
   * history. Throws `RuleError` for a terminated sandbox, a bad name or a limit that the policy does not allow, and
   * `NameTakenError`.
   */
  update(
    namespace: string,
    idOrName: string,
    request: UpdateRequest,
    options?: WriteOptions,
  ): Promise<SandboxEntry>;
  /**
   * Sends a command. A refusal is a result, not an error. The id of a started snapshot is in the record of the result.
   * Throws `RuleError` for limits that the policy does not allow, and `QuotaError` for a snapshot above the quota.
   */
  send(
    namespace: string,
    idOrName: string,
    command: CommandRequest,
    options?: WriteOptions,
  ): Promise<CommandResult>;
  /**
   * The current refusal of a command, if any: that of the machine. It is the one that {@link send} returns, unless an
   * argument of the command is invalid or above the plan maximum.
   */
  why(sandbox: Sandbox, command: CommandName): Refusal | undefined;
  /**
   * The generation of the configuration that the platform has; null while nothing runs, and after a restart until it is
   * known. Below `sandbox.generation`, the host still brings the platform the newest one.
   */
  appliedGeneration(sandbox: Sandbox): number | null;
  /**
   * Records activity of a running sandbox, such as a request that was routed to it: the idle limit counts from now. The host keeps it
   * in memory, and writes it at most every quarter of the idle limit (from 1 s to 60 s), before the limit ends the sandbox, and at
   * `close`. Call it as often as bytes flow. Never throws. The history names the actor of the last activity.
   */
  touch(sandbox: Sandbox, options?: Pick<WriteOptions, 'actor'>): void;
  /**
   * Keeps a sandbox busy, such as during a download: until you call the returned function, its idle limit does not end it, whatever its
   * name becomes. The idle limit then counts from that call. Repeated calls of the function have no effect. It ends with the sandbox,
   * and with the host: keep the sandbox busy again after a restart. Commands and the other limits act as always.
   */
  keepBusy(namespace: string, idOrName: string, options?: Pick<WriteOptions, 'actor'>): Promise<() => void>;
  /** The events that were applied to a sandbox after this version, the oldest first. */
  history(
    namespace: string,
    idOrName: string,
    part?: { readonly afterVersion?: number; readonly limit?: number },
  ): Promise<readonly HistoryRow[]>;
  /** As {@link history}, which leaves out the rows that cannot be read, with a `MissingRow` in the place of each. */
  historyItems(
    namespace: string,
    idOrName: string,
    part?: { readonly afterVersion?: number; readonly limit?: number },
  ): Promise<readonly HistoryItem[]>;
  /**
   * Yields every change that can be read, in the order of the commits. It reads the store as fast as the caller reads the changes. Throws
   * `HistoryDeletedError` when retention has deleted changes that it would yield; from position 0 it begins with the oldest one left.
   */
  watch(query: WatchQuery): AsyncIterable<HistoryRow>;
  /**
   * Yields every change as {@link watch} does, a `MissingRow` in the place of each that cannot be read, and between them the events that
   * this host does not apply. The store does not keep unapplied events, so a watch from an earlier position does not yield them again.
   */
  watchAll(query: WatchAllQuery): AsyncIterable<HistoryItem | Unapplied>;
  /** The position from which {@link watch} would start now. */
  position(): Promise<number>;
  /** Whether the store still has every row of a namespace after a position. Retention may have deleted some. */
  hasAllAfter(namespace: string, position: number): Promise<boolean>;
  /**
   * Waits until a sandbox is in one of the statuses, can never be in any of them again, the operation that leads there has
   * failed, or `timeoutMs` have passed. A wait by name stays with the sandbox that had the name when it began. Throws
   * `StoppingError` when the host closes meanwhile.
   */
  waitFor(
    namespace: string,
    idOrName: string,
    wanted: readonly Status[],
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<Waited>;
  getSnapshot(namespace: string, id: string): Promise<SnapshotRecord>;
  /** The snapshots of a namespace, newest first. Throws `CursorError`. */
  listSnapshots(query: PageQuery): Promise<Page<SnapshotRecord>>;
  /** Hides a snapshot from answers at once. Its data stays until no boot reads it. A repetition within a day has no effect. */
  deleteSnapshot(
    namespace: string,
    id: string,
    options?: Pick<WriteOptions, 'idempotencyKey'>,
  ): Promise<void>;
  /**
   * Deletes a namespace with all that it has, in the background and in small batches: terminates its sandboxes, deletes its snapshots,
   * and then the records, the history and the stored responses. Creations in it throw `NamespaceDeletingError` meanwhile. It continues
   * after a restart. Returns what it has done so far, also for a deletion that is in progress. Broken records stay. Throws `RuleError` when
   * the store cannot delete namespaces.
   */
  deleteNamespace(
    namespace: string,
    options?: Pick<WriteOptions, 'actor' | 'cause'>,
  ): Promise<NamespaceDeletion>;
  /** The deletion of a namespace that is in progress, and what it has done so far. */
  namespaceDeletion(namespace: string): Promise<NamespaceDeletion | undefined>;
  /** The rows that were set aside because they do not describe a valid sandbox. */
  broken(part?: { readonly afterId?: string; readonly limit?: number }): Promise<readonly BrokenRow[]>;
  /**
   * The sandboxes that are absent from the platform and wait for {@link confirmAbsences}; null when none does. One look ends
   * at most a tenth of the living sandboxes, and at least one, by absence alone. Of more it ends none.
   */
  absences(): Absences | null;
  /**
   * Ends the waiting sandboxes, except those that the platform has by now. `count` is the number that {@link absences} has
   * returned. Returns their ids. Throws `RuleError` when another number of sandboxes waits.
   */
  confirmAbsences(count: number): Promise<readonly string[]>;
  /**
   * The sandboxes on the platform that have no record, ordered by id, with the decisions about them. Reads the platform, one call after the
   * other. Throws `PlatformError` when the platform does not respond, and `StoppingError` when the host closes.
   */
  orphans(query: OrphanQuery): Promise<OrphanPage>;
  /**
   * Decides about sandboxes without a record: `keep` leaves them on the platform for good, `release` removes them in the background, and
   * `adopt` creates records for them, whose history begins with their adoption. The first two are durable, and can be replaced until the
   * release has begun. Throws, before it changes anything, `OrphanError` when one of them has a record, has the mark of another database
   * or is not on the platform, `PlatformError`, `StoppingError`, and `RuleError` for a request outside the bounds (1,000 sandboxes, 10,000
   * decisions). An adoption may also throw `NameTakenError` and `QuotaError`; then those before it were adopted.
   */
  decideOrphans(request: OrphanRequest, options?: Pick<WriteOptions, 'actor' | 'cause'>): Promise<void>;
  /**
   * Copies the database to a new file, while the host works. The file is complete, checked and on disk, or does not exist. It has
   * the records, not the files of the sandboxes. Throws `BackupError`, and `RuleError` for a store in memory.
   */
  backup(path: string): Promise<Backup>;
  /** The identity of the database; null for a store in memory. */
  identity(): Promise<string | null>;
  /** The numbers of the host at this moment. They cost about the same however many sandboxes it has. */
  stats(): Promise<HostStats>;
  /** Rejects when the store does not respond, its last heartbeat could not be written, or the host is closed. */
  check(): Promise<void>;
  /** Stops the host and closes the driver and the store. The sandboxes stay as they are. Repeated calls have no effect. */
  close(): Promise<void>;
}
