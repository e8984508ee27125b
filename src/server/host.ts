import type { Refusal } from '../guards/command.ts';
import type { Transition } from '../machine/transition.ts';
import type { CommandName } from '../model/events.ts';
import type { Policy, PolicyInput } from '../model/policy.ts';
import type { Sandbox, Status } from '../model/sandbox.ts';
import type { Clock } from '../utils/clock.ts';
import type { Unapplied } from './changes/unapplied.ts';
import type { ResourceRequest } from './commands/resources.ts';
import type { Configuration } from './configuration.ts';
import type { Driver } from './driver/driver.ts';
import type {
  BrokenRow,
  HistoryRow,
  ListQuery,
  Page,
  SandboxEntry,
  SnapshotRecord,
  Store,
} from './store/store.ts';
import type { Observation } from './telemetry/observation.ts';

/** The store and the driver of a host, and its settings. */
export interface HostOptions {
  readonly store: Store;
  readonly driver: Driver;
  /** Omitted limits have their defaults. */
  readonly policy?: PolicyInput;
  readonly clock?: Clock;
  /** Returns numbers from 0 to less than 1, which spread retries. Default: `Math.random`. */
  readonly random?: () => number;
  /** Creates the ids of sandboxes and snapshots. By default, an id has 21 random characters of `[0-9a-z]`. */
  readonly createId?: () => string;
  /** The time between two comparisons of the platform's inventory with the records, in s. Default: 60. */
  readonly driftIntervalSeconds?: number;
  /** Receives every observation, after the commit. Exceptions from this callback are ignored. */
  readonly observe?: (observation: Observation) => void;
}

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
    Pick<Configuration, 'allowUnauthenticatedAccess' | 'exposedPorts' | 'network'>
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
  /** A request that repeats this key within a day returns the stored response. */
  readonly idempotencyKey?: string | undefined;
  /** The actor for the history. Default: `user`. */
  readonly actor?: string | undefined;
  /** The cause for the history, such as the id of a request. Default: `request`. */
  readonly cause?: string | undefined;
}

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

/** The result of a wait for a status. */
export interface Waited {
  /** `unreachable`: the sandbox can never be in any of the statuses again. */
  readonly outcome: 'reached' | 'unreachable' | 'timed_out';
  /** The reason as a sentence; null when the status was reached. */
  readonly reason: string | null;
  /** The sandbox at the end of the wait. */
  readonly entry: SandboxEntry;
}

/**
 * A durable host: every change is one transaction, timeouts fire across restarts, and the host retries operations until
 * the record no longer demands them. A sandbox is addressed within a namespace by its id or name. Methods that take one throw
 * `NotFoundError` for an unknown sandbox and `BrokenRecordError` for a record that was set aside. Methods that take
 * {@link WriteOptions} also throw `VersionError` and `KeyReusedError`.
 */
export interface Host {
  /** The complete policy, with defaults. */
  readonly policy: Policy;
  /** Throws `RuleError`, `NotFoundError` (for the snapshot), `NameTakenError`. */
  create(request: CreateRequest, options?: WriteOptions): Promise<SandboxEntry>;
  get(namespace: string, idOrName: string): Promise<SandboxEntry>;
  /** Throws `CursorError`. */
  list(query: ListQuery): Promise<Page<SandboxEntry>>;
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
   * Throws `RuleError` for limits that the policy does not allow.
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
   * Records a request that was routed to a sandbox. For a sandbox with an idle limit it counts as activity, at most once a
   * second; for others it is ignored. Never throws.
   */
  touch(sandbox: Sandbox): void;
  /** The events that were applied to a sandbox after this version, the oldest first. */
  history(
    namespace: string,
    idOrName: string,
    part?: { readonly afterVersion?: number; readonly limit?: number },
  ): Promise<readonly HistoryRow[]>;
  /** Yields every change, in the order of the commits. It reads the store as fast as the caller reads the changes. */
  watch(query: WatchQuery): AsyncIterable<HistoryRow>;
  /**
   * Yields every change as {@link watch} does, and between the changes the events that this host does not apply. The store
   * does not keep unapplied events, so a watch from an earlier position does not yield them again.
   */
  watchAll(query: WatchQuery): AsyncIterable<HistoryRow | Unapplied>;
  /** The position from which {@link watch} would start now. */
  position(): Promise<number>;
  /** Waits until a sandbox is in one of the statuses, can never be in any of them again, or `timeoutMs` have passed. */
  waitFor(
    namespace: string,
    idOrName: string,
    wanted: readonly Status[],
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<Waited>;
  getSnapshot(namespace: string, id: string): Promise<SnapshotRecord>;
  listSnapshots(namespace: string): Promise<readonly SnapshotRecord[]>;
  deleteSnapshot(
    namespace: string,
    id: string,
    options?: Pick<WriteOptions, 'idempotencyKey'>,
  ): Promise<void>;
  /** The rows that were set aside because they do not describe a valid sandbox. */
  broken(): Promise<readonly BrokenRow[]>;
  /** Rejects when the store does not respond, or the host is closed. */
  check(): Promise<void>;
  /** Stops the host and closes the driver and the store. The sandboxes stay as they are. Repeated calls have no effect. */
  close(): Promise<void>;
}
