import {
  latestInstantMs,
  type Operation,
  type Outcome,
  type PendingReason,
  type Sandbox,
  type Status,
} from '../../model/sandbox.ts';

/** A sandbox as the source documents' API tells it, as far as a client reads it. */
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

/** What each status has under way, how many operations that takes at least, and whether something runs. */
const shapes: Readonly<
  Record<string, readonly [kind: Operation['kind'] | null, operations: number, runs: boolean]>
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
 * The least record that what this API tells can mean, so that commands can be predicted on it. What the API leaves out is
 * made up so as to be legal: the version and the ids of operations mean nothing, and a limit whose end is not told is left out.
 *
 * @example
 * createSandboxClient({ id, transport, initial: sandboxFromTensorlake(await response.json()) });
 */
export function sandboxFromTensorlake(info: TensorlakeSandbox, isResuming = false): Sandbox {
  const status = info.status.toLowerCase() as Status;
  const [work, least, runs] = shapes[status] ?? [null, 1, false];
  const kind = isResuming && status === 'suspended' ? 'resume' : work;
  const operations = kind === 'resume' ? least + 1 : least;
  const isOver = status === 'terminated';
  const createdAt = instantOf(info.created_at) ?? 0;
  const terminatedAt = isOver ? Math.max(createdAt, instantOf(info.terminated_at) ?? createdAt) : null;
  const expiresAt = runs ? (info.expires_at ?? null) : null;
  return {
    id: info.id ?? info.sandbox_id ?? '',
    name: info.name || null,
    status,
    version: 2 * operations - (kind ? 1 : 0),
    operation: kind && { id: operations, kind, deadline: latestInstantMs },
    operations,
    incarnation: runs ? 1 : null,
    timeoutMs: info.timeout_secs && (!runs || expiresAt !== null) ? info.timeout_secs * 1000 : null,
    expiresAt: info.timeout_secs ? expiresAt : null,
    snapshotId: status === 'snapshotting' ? 'snapshot' : null,
    pendingReason: status === 'pending' ? ((info.pending_reason ?? 'scheduling') as PendingReason) : null,
    outcome: isOver ? outcomeOf(info) : null,
    createdAt,
    updatedAt: terminatedAt ?? createdAt,
    terminatedAt,
  };
}

function outcomeOf({ outcome, error_details }: TensorlakeSandbox): Outcome {
  const [, result, word = ''] = /^(\w+)\((\w+)\)/.exec(outcome ?? '') ?? [];
  const isFailure = (result ?? outcome ?? '').startsWith('Failure');
  const reason = outcomeReasons[word] ?? (isFailure ? 'crashed' : 'user_terminated');
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
