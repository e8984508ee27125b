/** The six statuses, in lifecycle order; the wire API's own enum. Source: contract, section 1. */
export const statuses = [
  'pending',
  'running',
  'snapshotting',
  'suspending',
  'suspended',
  'terminated',
] as const;

/** One of the six statuses. */
export type Status = (typeof statuses)[number];

/** Why a sandbox is still `pending`; the wire API's own enum. */
export const pendingReasons = [
  'scheduling',
  'waiting_for_container',
  'no_executors_available',
  'no_resources_available',
  'pool_at_capacity',
] as const;

/** One of the five reasons for being `pending`. */
export type PendingReason = (typeof pendingReasons)[number];

/** The kinds of platform work that a sandbox waits for. */
export const operationKinds = ['boot', 'snapshot', 'suspend', 'resume'] as const;

/** One of the four kinds of platform work that a sandbox waits for. */
export type OperationKind = (typeof operationKinds)[number];

/** Platform work in flight. `id` is the fence that reports must name; `deadline` is epoch ms. */
export interface Operation {
  readonly id: number;
  readonly kind: OperationKind;
  readonly deadline: number;
}

/** How an operation can end by itself. */
export const operationResults = ['completed', 'failed', 'timed_out'] as const;

/** One of the three ways in which an operation ends by itself. */
export type OperationResult = (typeof operationResults)[number];

/**
 * The last operation that ended by itself. `reason` is the text of the report that failed it, else null; `at` is the
 * `updatedAt` of that step, in epoch ms. An operation that an end of the sandbox made void is not recorded.
 */
export interface LastOperation {
  readonly id: number;
  readonly kind: OperationKind;
  readonly result: OperationResult;
  readonly reason: string | null;
  readonly at: number;
}

/** The results of a sandbox that ended. */
export const results = ['success', 'failure'] as const;

/** The reasons for the end of a sandbox. */
export const outcomeReasons = [
  'user_terminated',
  'timeout',
  'discarded',
  'completed',
  'startup_failed',
  'startup_timed_out',
  'crashed',
  'lost',
] as const;

/**
 * The end of a sandbox. `detail` is the `reason` of the report that ended it, else `idle` when its idle limit ended it,
 * else null. `exitCode` is that of its program, where it is known.
 */
export interface Outcome {
  readonly result: (typeof results)[number];
  readonly reason: (typeof outcomeReasons)[number];
  readonly detail: string | null;
  readonly exitCode: number | null;
}

/** The three limits of a sandbox in ms; null means no limit. */
export interface Timeouts {
  /** How long it may run after each start, or after the `setTimeouts` that gave the limit. */
  readonly timeoutMs: number | null;
  /** How long it may run without activity. */
  readonly idleTimeoutMs: number | null;
  /** How long it may stay suspended. */
  readonly suspendedTimeoutMs: number | null;
}

/** The names of the three limits, in the order of a record. */
export const timeoutNames = ['timeoutMs', 'idleTimeoutMs', 'suspendedTimeoutMs'] as const;

/**
 * The whole lifecycle state of one sandbox as plain JSON. No state is kept in an actor, a closure or a timer.
 * Times are epoch ms, durations ms. Source: contract, section 1.
 *
 * @example
 * const { sandbox } = createSandbox({ id: 'a1', name: null, timeoutMs: 60_000, at: Date.now() });
 * sandbox.status; // 'pending'
 */
export interface Sandbox extends Timeouts {
  readonly id: string;
  /** Null means ephemeral. A name makes the sandbox named, and can be changed but not removed. */
  readonly name: string | null;
  readonly status: Status;
  /** 1 at creation, then one more for each applied event and for nothing else. */
  readonly version: number;
  /** The platform work in flight, or null. */
  readonly operation: Operation | null;
  /** The last operation that ended by itself, or null before the first. */
  readonly lastOperation: LastOperation | null;
  /** How many operations have begun; the id of the newest. Never reused. */
  readonly operations: number;
  /** The id of the boot or resume that brought up the thing now running, or null when nothing runs. */
  readonly incarnation: number | null;
  /** Counts the changes of what is configured beside this record: 1 at creation, one more for each `configure`. */
  readonly generation: number;
  /** When the run limit expires, or null. */
  readonly expiresAt: number | null;
  /** When the idle limit expires, or null. */
  readonly idleAt: number | null;
  /** When the suspended limit expires, or null. */
  readonly discardAt: number | null;
  /** The snapshot being captured, while `snapshotting`. */
  readonly snapshotId: string | null;
  readonly pendingReason: PendingReason | null;
  readonly outcome: Outcome | null;
  readonly createdAt: number;
  /** Never goes back, whatever a clock does. */
  readonly updatedAt: number;
  readonly terminatedAt: number | null;
}

/** A record without its status: what the XState machine keeps as context, where the state itself is the status. */
export type SandboxData = Omit<Sandbox, 'status'>;

/** A copy of a record that an update writes to. */
export type Draft = { -readonly [Field in keyof SandboxData]: SandboxData[Field] };

/**
 * The latest instant a record may hold, in epoch ms: the last that `Date` can show. Together with
 * {@link longestTimeoutMs} it keeps every sum of an instant and a timeout an exact integer.
 */
export const latestInstantMs = 8_640_000_000_000_000;

/** The longest limit a sandbox may have, in ms: some 11,600 years. */
export const longestTimeoutMs = Number.MAX_SAFE_INTEGER - latestInstantMs;

/** Returns a record with this data in this status. */
export function asSandbox(data: SandboxData, status: Status): Sandbox {
  return copyOf(data, status, data.version, data.updatedAt);
}

/**
 * Returns a copy of a record for an update to write to: one version later, in its next status, and updated at `at` (epoch
 * ms), or at its last update if that is later.
 */
export function nextDraft(data: SandboxData, status: Status, at: number): Draft & Sandbox {
  return copyOf(data, status, data.version + 1, data.updatedAt > at ? data.updatedAt : at);
}

/**
 * Copies a record, with its keys in the one order that records are written in. The fields stand here one by one because
 * engines make that several times as fast as a spread.
 */
function copyOf(data: SandboxData, status: Status, version: number, updatedAt: number): Draft & Sandbox {
  return {
    id: data.id,
    name: data.name,
    status,
    version,
    operation: data.operation,
    lastOperation: data.lastOperation,
    operations: data.operations,
    incarnation: data.incarnation,
    generation: data.generation,
    timeoutMs: data.timeoutMs,
    idleTimeoutMs: data.idleTimeoutMs,
    suspendedTimeoutMs: data.suspendedTimeoutMs,
    expiresAt: data.expiresAt,
    idleAt: data.idleAt,
    discardAt: data.discardAt,
    snapshotId: data.snapshotId,
    pendingReason: data.pendingReason,
    outcome: data.outcome,
    createdAt: data.createdAt,
    updatedAt,
    terminatedAt: data.terminatedAt,
  };
}

/** Whether this data is that of a suspended sandbox, which also shows without the status. */
export function isSuspended({ incarnation, pendingReason, outcome }: SandboxData): boolean {
  return incarnation === null && pendingReason === null && outcome === null;
}
