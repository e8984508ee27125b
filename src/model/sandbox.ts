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

/** The results of a sandbox that ended. */
export const results = ['success', 'failure'] as const;

/** The reasons for the end of a sandbox. */
export const outcomeReasons = [
  'user_terminated',
  'timeout',
  'startup_failed',
  'startup_timed_out',
  'crashed',
] as const;

/** The end of a sandbox. `detail` is the `reason` of the report that ended it, else null. */
export interface Outcome {
  readonly result: (typeof results)[number];
  readonly reason: (typeof outcomeReasons)[number];
  readonly detail: string | null;
}

/**
 * The whole lifecycle state of one sandbox as plain JSON. No state is kept in an actor, a closure or a timer.
 * Times are epoch ms, durations ms. Source: contract, section 1.
 *
 * @example
 * const { sandbox } = createSandbox({ id: 'a1', name: null, timeoutMs: 60_000, at: Date.now() });
 * sandbox.status; // 'pending'
 */
export interface Sandbox {
  readonly id: string;
  /** Null means ephemeral. A name makes the sandbox named, and can be changed but not removed. */
  readonly name: string | null;
  readonly status: Status;
  /** 1 at creation, then one more for each applied event and for nothing else. */
  readonly version: number;
  /** The platform work in flight, or null. */
  readonly operation: Operation | null;
  /** How many operations have begun; the id of the newest. Never reused. */
  readonly operations: number;
  /** The id of the boot or resume that brought up the thing now running, or null when nothing runs. */
  readonly incarnation: number | null;
  /** How long it may run (or idle) in ms; null means no limit. */
  readonly timeoutMs: number | null;
  /** When that limit is up, or null. */
  readonly expiresAt: number | null;
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

/**
 * The latest instant a record may hold, in epoch ms: the last that `Date` can show. Together with
 * {@link longestTimeoutMs} it keeps every sum of an instant and a timeout an exact integer.
 */
export const latestInstantMs = 8_640_000_000_000_000;

/** The longest limit a sandbox may have, in ms: some 11,600 years. */
export const longestTimeoutMs = Number.MAX_SAFE_INTEGER - latestInstantMs;

/** The fields that an update may change. The rest is fixed at creation, or counted by every step. */
export type Changes = Partial<Omit<SandboxData, 'id' | 'version' | 'timeoutMs' | 'createdAt' | 'updatedAt'>>;

/**
 * A record made of another: its keys in the one order that records are written in, some of them changed. A field of a
 * record is never undefined, so what is undefined in the changes stays. The fields stand here one by one because
 * engines make that several times as fast as a spread.
 */
export function copyWith(
  data: SandboxData,
  status: Status,
  version: number,
  updatedAt: number,
  changes: Changes,
): Sandbox {
  const { name, operation, operations, incarnation, expiresAt } = changes;
  const { snapshotId, pendingReason, outcome, terminatedAt } = changes;
  return {
    id: data.id,
    name: name === undefined ? data.name : name,
    status,
    version,
    operation: operation === undefined ? data.operation : operation,
    operations: operations === undefined ? data.operations : operations,
    incarnation: incarnation === undefined ? data.incarnation : incarnation,
    timeoutMs: data.timeoutMs,
    expiresAt: expiresAt === undefined ? data.expiresAt : expiresAt,
    snapshotId: snapshotId === undefined ? data.snapshotId : snapshotId,
    pendingReason: pendingReason === undefined ? data.pendingReason : pendingReason,
    outcome: outcome === undefined ? data.outcome : outcome,
    createdAt: data.createdAt,
    updatedAt,
    terminatedAt: terminatedAt === undefined ? data.terminatedAt : terminatedAt,
  };
}

/** The record that this data is, in this status. */
export function asSandbox(data: SandboxData, status: Status): Sandbox {
  return copyWith(data, status, data.version, data.updatedAt, {});
}
