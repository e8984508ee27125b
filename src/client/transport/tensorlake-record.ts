import { mustBeSandbox } from '../../model/check-record.ts';
import { MalformedInputError } from '../../model/checks.ts';
import {
  type LastOperation,
  latestInstantMs,
  longestTimeoutMs,
  type Operation,
  type Outcome,
  type PendingReason,
  pendingReasons,
  type Sandbox,
  type Status,
  statuses,
} from '../../model/sandbox.ts';

type Instant = number | string | null;

/** The fields of a sandbox in Tensorlake's API that a client reads. */
export interface TensorlakeSandbox {
  readonly id?: string;
  readonly sandbox_id?: string;
  readonly name?: string | null;
  readonly status: string;
  readonly pending_reason?: string | null;
  readonly timeout_secs?: number | null;
  readonly idle_timeout_secs?: number | null;
  readonly suspended_timeout_secs?: number | null;
  readonly outcome?: string | null;
  readonly exit_code?: number | null;
  readonly error_details?: { readonly message?: string } | null;
  readonly last_operation?: LastOperation | null;
  readonly generation?: number | null;
  readonly created_at?: Instant;
  readonly terminated_at?: Instant;
  readonly expires_at?: Instant;
  readonly idle_at?: Instant;
  readonly discard_at?: Instant;
}

/** For each status: the operation in progress, and whether a process runs. */
const shapes: Readonly<Record<string, readonly [operation: Operation['kind'] | null, isRunning: boolean]>> = {
  pending: ['boot', false],
  running: [null, true],
  snapshotting: ['snapshot', true],
  suspending: ['suspend', true],
};

const outcomeReasons: Readonly<Record<string, Outcome['reason']>> = {
  UserTerminated: 'user_terminated',
  Timeout: 'timeout',
  Discarded: 'discarded',
  Completed: 'completed',
  ContainerStartupFailed: 'startup_failed',
  ContainerStartupTimedOut: 'startup_timed_out',
  Crashed: 'crashed',
  Lost: 'lost',
};
const failures: readonly Outcome['reason'][] = ['startup_failed', 'startup_timed_out', 'crashed', 'lost'];

/**
 * Creates a legal record that agrees with a response of Tensorlake's API, so that commands can be predicted on it. Missing
 * fields get valid values: the version and the ids of operations have no meaning, and a limit without an end is left out.
 * Fields that are malformed or contradict the status are left out too. Throws a `MalformedInputError` when the response has
 * no id.
 *
 * @example
 * createSandboxClient({ id, transport, initial: sandboxFromTensorlake(await response.json()) });
 */
export function sandboxFromTensorlake(response: TensorlakeSandbox, isResuming = false): Sandbox {
  const { id, sandbox_id, name, status, created_at, terminated_at, outcome, error_details } = response;
  const minimal = { id, sandbox_id, name, status, created_at, terminated_at } as TensorlakeSandbox;
  const reduced: readonly TensorlakeSandbox[] = [
    response,
    { ...response, last_operation: null },
    { ...minimal, outcome, error_details } as TensorlakeSandbox,
    minimal,
  ];
  // A newer server may have a status that this client does not know.
  const candidates = statuses.includes(statusOf(response)) ? reduced : [minimal];
  return candidates.map((each) => recordOf(each, isResuming)).find(isLegal) ?? recordOf(minimal, isResuming);
}

function isLegal(sandbox: Sandbox): boolean {
  try {
    mustBeSandbox(sandbox);
    return true;
  } catch {
    return false;
  }
}

function recordOf(response: TensorlakeSandbox, isResuming: boolean): Sandbox {
  const id = textOf(response.id) ?? textOf(response.sandbox_id);
  if (id === null) throw new MalformedInputError('sandbox.id', 'a string that is not empty', response.id);
  const status = statusOf(response);
  const [inFlight, isRunning] = (Object.hasOwn(shapes, status) && shapes[status]) || [null, false];
  const isSuspended = status === 'suspended';
  const isOver = status === 'terminated';
  const operation = isResuming && isSuspended ? 'resume' : inFlight;
  const createdAt = instantOf(response.created_at) ?? 0;
  const endedAt = Math.max(createdAt, instantOf(response.terminated_at) ?? createdAt);
  const name = textOf(response.name);
  const timeouts = limitsOf(response, isRunning, isSuspended);
  const outcome = isOver ? outcomeOf(response, name, timeouts) : null;
  if (outcome?.reason === 'timeout' && outcome.detail === null) {
    timeouts.timeoutMs ??= Math.max(1, Math.min(endedAt - createdAt, longestTimeoutMs));
  }
  const lastOperation = lastOperationOf(response, status, outcome, createdAt);
  const ended = numberOf(lastOperation?.id ?? 0);
  const operations = ended + (operation ? 1 : 0);
  const generation = numberOf(response.generation ?? 1);
  return {
    id,
    // Only a named sandbox can be suspended, whatever the response leaves out.
    name: isSuspended || status === 'suspending' || outcome?.reason === 'lost' ? (name ?? id) : name,
    status,
    version: operations + ended + generation - 1,
    operation: operation && { id: operations, kind: operation, deadline: latestInstantMs },
    lastOperation,
    operations,
    incarnation: isRunning ? 1 : null,
    generation,
    ...timeouts,
    snapshotId: status === 'snapshotting' ? 'snapshot' : null,
    pendingReason: status === 'pending' ? pendingReasonOf(response) : null,
    outcome,
    createdAt,
    updatedAt: isOver ? endedAt : Math.max(createdAt, numberOf(lastOperation?.at ?? createdAt)),
    terminatedAt: isOver ? endedAt : null,
  };
}

/** The number of a field; NaN, which no record may have, if it is something else. To calculate with an object may throw. */
const numberOf = (value: unknown) => (typeof value === 'number' ? value : Number.NaN);

/** The text of a field, or null if it has none. */
const textOf = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);

const statusOf = ({ status }: TensorlakeSandbox) => (textOf(status) ?? 'unknown').toLowerCase() as Status;

const pendingReasonOf = ({ pending_reason }: TensorlakeSandbox) =>
  pendingReasons.includes(pending_reason as PendingReason) ? (pending_reason as PendingReason) : 'scheduling';

/** The three limits, and the instants of those that count now. A limit that should count but has no instant is left out. */
function limitsOf(response: TensorlakeSandbox, isRunning: boolean, isSuspended: boolean) {
  const limit = (seconds: number | null | undefined, instant: Instant | undefined, counts: boolean) => {
    const limitMs = typeof seconds === 'number' ? seconds * 1000 : 0;
    const at = counts ? (instantOf(instant) ?? null) : null;
    const isValid = Number.isSafeInteger(limitMs) && limitMs >= 1 && limitMs <= longestTimeoutMs;
    return isValid && (at !== null || !counts) ? { limitMs, at } : { limitMs: null, at: null };
  };
  const run = limit(response.timeout_secs, response.expires_at, isRunning);
  const idle = limit(response.idle_timeout_secs, response.idle_at, isRunning);
  const suspended = limit(response.suspended_timeout_secs, response.discard_at, isSuspended);
  return {
    timeoutMs: run.limitMs,
    idleTimeoutMs: idle.limitMs,
    suspendedTimeoutMs: suspended.limitMs,
    expiresAt: run.at,
    idleAt: idle.at,
    discardAt: suspended.at,
  };
}

/** The last operation of the response, or else the one that every sandbox in this status has had. */
function lastOperationOf(
  { last_operation }: TensorlakeSandbox,
  status: Status,
  outcome: Outcome | null,
  at: number,
): LastOperation | null {
  if (last_operation) {
    const { id, kind, result, reason, at: endedAt } = last_operation;
    return { id, kind, result, reason: reason ?? null, at: endedAt };
  }
  if (status === 'pending') return null;
  const wasSuspended = ['discarded', 'lost'].includes(outcome?.reason as string);
  if (status === 'suspended' || wasSuspended)
    return { id: 2, kind: 'suspend', result: 'completed', reason: null, at };
  const boot = { id: 1, kind: 'boot', reason: null, at } as const;
  if (outcome?.reason === 'startup_failed') return { ...boot, result: 'failed', reason: outcome.detail };
  return { ...boot, result: outcome?.reason === 'startup_timed_out' ? 'timed_out' : 'completed' };
}

function outcomeOf(
  response: TensorlakeSandbox,
  name: string | null,
  { timeoutMs, idleTimeoutMs, suspendedTimeoutMs }: ReturnType<typeof limitsOf>,
): Outcome {
  const { error_details, exit_code } = response;
  const outcome = textOf(response.outcome) ?? '';
  const [, result = outcome, word = ''] = /^(\w+)\((\w+)\)/.exec(outcome) ?? [];
  const isFailure = result.startsWith('Failure');
  let reason = outcomeReasons[word] ?? (isFailure ? 'crashed' : 'user_terminated');
  // A record can show a time limit only as the end of a sandbox that the limit can end.
  if (reason === 'timeout' && name !== null) reason = 'discarded';
  if (reason === 'discarded' && (name === null || suspendedTimeoutMs === null)) reason = 'user_terminated';
  const isReported = ['crashed', 'startup_failed', 'lost'].includes(reason);
  const isIdle = reason === 'timeout' && timeoutMs === null && idleTimeoutMs !== null;
  const code = Number.isSafeInteger(exit_code) ? (exit_code as number) : null;
  return {
    result: failures.includes(reason) ? 'failure' : 'success',
    reason,
    detail: isReported ? (textOf(error_details?.message) ?? outcome) : isIdle ? 'idle' : null,
    exitCode: reason === 'completed' ? 0 : reason === 'crashed' ? code || null : null,
  };
}

/** An instant in epoch ms, from a number or a date. */
function instantOf(value: Instant | undefined): number | undefined {
  const instant = typeof value === 'string' ? Date.parse(value) : value;
  return Number.isSafeInteger(instant) && Math.abs(instant as number) <= latestInstantMs
    ? (instant as number)
    : undefined;
}
