import {
  latestInstantMs,
  type Operation,
  type Outcome,
  type PendingReason,
  type Sandbox,
  type Status,
} from '../../model/sandbox.ts';

/** The fields of a sandbox in Tensorlake's API that a client reads. */
export interface TensorlakeSandbox {
  readonly id?: string;
  readonly sandbox_id?: string;
  readonly name?: string | null;
  readonly status: string;
  readonly pending_reason?: string | null;
  readonly timeout_secs?: number | null;
  readonly outcome?: string | null;
  readonly error_details?: { readonly message?: string } | null;
  readonly created_at?: number | string | null;
  readonly terminated_at?: number | string | null;
  readonly expires_at?: number | null;
}

/** For each status: the operation in progress, the least number of operations so far, and whether a process runs. */
const shapes: Readonly<
  Record<string, readonly [operation: Operation['kind'] | null, operations: number, isRunning: boolean]>
> = {
  pending: ['boot', 1, false],
  running: [null, 1, true],
  snapshotting: ['snapshot', 2, true],
  suspending: ['suspend', 2, true],
  suspended: [null, 2, false],
};

const outcomeReasons: Readonly<Record<string, Outcome['reason']>> = {
  UserTerminated: 'user_terminated',
  Timeout: 'timeout',
  ContainerStartupFailed: 'startup_failed',
  ContainerStartupTimedOut: 'startup_timed_out',
};

/**
 * Creates the minimal record that agrees with a response of Tensorlake's API, so that commands can be predicted on it. Missing
 * fields get valid values: the version and the ids of operations have no meaning, and a limit without an end is left out.
 *
 * @example
 * createSandboxClient({ id, transport, initial: sandboxFromTensorlake(await response.json()) });
 */
export function sandboxFromTensorlake(response: TensorlakeSandbox, isResuming = false): Sandbox {
  const status = response.status.toLowerCase() as Status;
  const [operation, least, isRunning] = shapes[status] ?? [null, 1, false];
  const kind = isResuming && status === 'suspended' ? 'resume' : operation;
  const operations = kind === 'resume' ? least + 1 : least;
  const isOver = status === 'terminated';
  const createdAt = instantOf(response.created_at) ?? 0;
  const terminatedAt = isOver ? Math.max(createdAt, instantOf(response.terminated_at) ?? createdAt) : null;
  const expiresAt = isRunning ? (response.expires_at ?? null) : null;
  return {
    id: response.id ?? response.sandbox_id ?? '',
    name: response.name || null,
    status,
    version: 2 * operations - (kind ? 1 : 0),
    operation: kind && { id: operations, kind, deadline: latestInstantMs },
    operations,
    incarnation: isRunning ? 1 : null,
    timeoutMs:
      response.timeout_secs && (!isRunning || expiresAt !== null) ? response.timeout_secs * 1000 : null,
    expiresAt: response.timeout_secs ? expiresAt : null,
    snapshotId: status === 'snapshotting' ? 'snapshot' : null,
    pendingReason: status === 'pending' ? ((response.pending_reason ?? 'scheduling') as PendingReason) : null,
    outcome: isOver ? outcomeOf(response) : null,
    createdAt,
    updatedAt: terminatedAt ?? createdAt,
    terminatedAt,
  };
}

function outcomeOf({ outcome, error_details }: TensorlakeSandbox): Outcome {
  const [, result, name = ''] = /^(\w+)\((\w+)\)/.exec(outcome ?? '') ?? [];
  const isFailure = (result ?? outcome ?? '').startsWith('Failure');
  const reason = outcomeReasons[name] ?? (isFailure ? 'crashed' : 'user_terminated');
  const isReported = reason === 'crashed' || reason === 'startup_failed';
  return {
    result: isFailure ? 'failure' : 'success',
    reason,
    detail: isReported ? (error_details?.message ?? outcome ?? '') : null,
  };
}

/** An instant in epoch ms, from a number or a date. */
function instantOf(value: number | string | null | undefined): number | undefined {
  const instant = typeof value === 'string' ? Date.parse(value) : value;
  return Number.isSafeInteger(instant) ? (instant as number) : undefined;
}
