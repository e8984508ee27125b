import type { Refusal } from '../machine/refusal.ts';
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

/** What a host stands on. */
export interface HostOptions {
  readonly store: Store;
  readonly driver: Driver;
  /** What is left out is the default. */
  readonly policy?: PolicyInput;
  readonly clock?: Clock;
  /** From 0 to less than 1: spreads what is tried again. `Math.random` when left out. */
  readonly random?: () => number;
  /** Makes the ids of sandboxes and snapshots: each a new one, of 21 `[0-9a-z]`, that nobody can guess. */
  readonly createId?: () => string;
  /** How often what the platform really has is held against the records, in s; 60 when left out. */
  readonly driftIntervalSeconds?: number;
  /** Told of all that was done and seen, after the commit. What it throws is passed over. */
  readonly observe?: (observation: Observation) => void;
}

/** A sandbox that is asked for. `timeoutSeconds` is the wire's `timeout_secs`. */
export interface CreateRequest {
  readonly namespace: string;
  readonly name?: string | null;
  readonly timeoutSeconds?: number | undefined;
  readonly resources?: ResourceRequest | undefined;
  readonly configuration?: Partial<Omit<Configuration, 'resources'>>;
}

/** What is to be changed of a sandbox. */
export interface UpdateRequest {
  readonly name?: string | undefined;
  readonly configuration?: Partial<
    Pick<Configuration, 'allowUnauthenticatedAccess' | 'exposedPorts' | 'network'>
  >;
}

/** A command, as a host takes it: it gives the time, and a snapshot its id. */
export type CommandRequest =
  | { readonly type: 'suspend' | 'resume' | 'terminate' | 'keepalive' }
  | { readonly type: 'rename'; readonly name: string }
  | { readonly type: 'snapshot'; readonly snapshotType?: SnapshotRecord['type'] };

/** The result of a command, and the sandbox after it. */
export interface CommandResult {
  readonly entry: SandboxEntry;
  readonly result: Transition;
}

/** How a change is asked for. */
export interface WriteOptions {
  /** Only if the sandbox is of this version when its turn comes. */
  readonly ifVersion?: number | undefined;
  /** The same request under the same key, within a day, is done once and gets the same answer. */
  readonly idempotencyKey?: string | undefined;
  /** Who asks, for the history; `user` when left out. */
  readonly actor?: string | undefined;
  /** What led to it, for the history, as the id of a request; `request` when left out. */
  readonly cause?: string | undefined;
}

/** Which changes to watch. */
export interface WatchQuery {
  readonly namespace: string;
  /** Only those of this sandbox. */
  readonly sandboxId?: string;
  /** From after this row of history on; from now on when left out. */
  readonly after?: number;
  /** Ends the watching. */
  readonly signal: AbortSignal;
}

/** What became of waiting for a status. */
export interface Waited {
  /** `unreachable`: the sandbox can never again be in any of the statuses. */
  readonly outcome: 'reached' | 'unreachable' | 'timed_out';
  /** Why it is so, for a person; null when it was reached. */
  readonly reason: string | null;
  /** The sandbox as it is at the end of the wait. */
  readonly entry: SandboxEntry;
}

/**
 * The durable host: every change is one transaction, timeouts fire across restarts, and platform work is carried out
 * until the record no longer asks for it. A sandbox is addressed within a namespace by its id or name. What takes one
 * throws `NotFoundError` where there is none and `BrokenRecordError` where there is nothing that could be run; what
 * takes {@link WriteOptions} throws `VersionError` and `KeyReusedError` too.
 */
export interface Host {
  /** What it goes by. */
  readonly policy: Policy;
  /** Throws `RuleError`, `NotFoundError` (for the snapshot), `NameTakenError`. */
  create(request: CreateRequest, options?: WriteOptions): Promise<SandboxEntry>;
  get(namespace: string, idOrName: string): Promise<SandboxEntry>;
  /** Throws `CursorError`. */
  list(query: ListQuery): Promise<Page<SandboxEntry>>;
  /** Throws `RuleError` for a terminated sandbox or a bad name, `NameTakenError`. */
  update(
    namespace: string,
    idOrName: string,
    request: UpdateRequest,
    options?: WriteOptions,
  ): Promise<SandboxEntry>;
  /** A refusal is an answer, not an error. A snapshot that was begun has its id in the answer's record. */
  send(
    namespace: string,
    idOrName: string,
    command: CommandRequest,
    options?: WriteOptions,
  ): Promise<CommandResult>;
  /**
   * Why this command would be refused now: what the machine says, and by the policy `lifetime` that activity extends
   * nothing. What {@link send} answers, and never anything else.
   */
  why(sandbox: Sandbox, command: CommandName): Refusal | undefined;
  /**
   * Tells of a request that was routed to a sandbox. With the policy `idle` it counts as activity, at most once a
   * second; with `lifetime` it is passed over. Never throws.
   */
  touch(sandbox: Sandbox): void;
  /** What was applied to a sandbox, first to last: from after this version on. */
  history(
    namespace: string,
    idOrName: string,
    part?: { readonly afterVersion?: number; readonly limit?: number },
  ): Promise<readonly HistoryRow[]>;
  /** Every change, in the order of the commits, none left out: read from the store as fast as it is taken. */
  watch(query: WatchQuery): AsyncIterable<HistoryRow>;
  /**
   * The same, and among them what this host refused or left as it was while one watches: each after the changes that it
   * came after. That is kept nowhere, so it cannot be read again from an earlier place.
   */
  watchAll(query: WatchQuery): AsyncIterable<HistoryRow | Unapplied>;
  /** Where {@link watch} would begin now. */
  position(): Promise<number>;
  /** Waits until a sandbox is in one of the statuses, or can never be again, or so many ms have passed. */
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
  /** The rows that were set aside, because no sandbox can be in them. */
  broken(): Promise<readonly BrokenRow[]>;
  /** Rejects when the store does not answer, or the host is closed. */
  check(): Promise<void>;
  /** Stops, and closes the driver and the store. The sandboxes stay as they are. Once is enough. */
  close(): Promise<void>;
}
