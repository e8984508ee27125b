import type { OperationKind, Sandbox, Status } from './sandbox.ts';

/** An invariant that a record breaks: the field, and the rule. */
export interface BrokenInvariant {
  readonly path:
    | keyof Sandbox
    | `operation.${'id' | 'kind'}`
    | `lastOperation.${'id' | 'kind' | 'reason' | 'at'}`
    | `outcome.${'result' | 'reason' | 'detail' | 'exitCode'}`;
  readonly message: string;
}

type Rule = readonly [path: BrokenInvariant['path'], message: string, holds: (sandbox: Sandbox) => boolean];

const isIn =
  (...statuses: readonly Status[]) =>
  ({ status }: Sandbox) =>
    statuses.includes(status);
const present = isIn('running', 'snapshotting', 'suspending');
const pausing = isIn('suspending', 'suspended');
const exactly = (holds: (sandbox: Sandbox) => boolean, field: keyof Sandbox) => (sandbox: Sandbox) =>
  holds(sandbox) === (sandbox[field] !== null);

/** Which operation each status waits for; a suspended sandbox may wait for its resume. */
const operationOf: Readonly<Record<Status, readonly (OperationKind | undefined)[]>> = {
  pending: ['boot'],
  running: [undefined],
  snapshotting: ['snapshot'],
  suspending: ['suspend'],
  suspended: [undefined, 'resume'],
  terminated: [undefined],
};

const failures = ['startup_failed', 'startup_timed_out', 'crashed', 'lost'];
/** The outcomes that always have the text of a report, and those that never have one. */
const withDetail = ['startup_failed', 'lost'];
const withoutDetail = ['user_terminated', 'discarded', 'startup_timed_out'];
/** The outcomes of a sandbox that was suspended. */
const endsOfSuspended = ['discarded', 'lost'];

/** How the last operation of a sandbox that runs, and of one that is suspended, may have ended. */
const endsInRunning = [
  'boot completed',
  'resume completed',
  'snapshot completed',
  'snapshot failed',
  'snapshot timed_out',
  'suspend failed',
  'suspend timed_out',
];
const endsInSuspended = ['suspend completed', 'resume failed', 'resume timed_out'];

/** The ends of the last operation that fit each state. Undefined stands for no last operation. */
function fittingLastOperations({ status, outcome }: Sandbox): readonly (string | undefined)[] {
  if (status === 'pending') return [undefined];
  if (status === 'suspended') return endsInSuspended;
  if (outcome === null) return endsInRunning;
  if (outcome.reason === 'startup_failed') return ['boot failed'];
  if (outcome.reason === 'startup_timed_out') return ['boot timed_out'];
  if (endsOfSuspended.includes(outcome.reason)) return endsInSuspended;
  return outcome.reason === 'user_terminated'
    ? [undefined, ...endsInRunning, ...endsInSuspended]
    : endsInRunning;
}

/** How many operations have ended by themselves: all but the one in flight, or the one that the end made void. */
const endedOperations = ({ operations, operation }: Sandbox) => operations - (operation ? 1 : 0);

/** The rules for a record whose fields have the right types. Source: contract, sections 1 and 7. */
const rules: readonly Rule[] = [
  [
    'name',
    'a sandbox without a name is never suspending or suspended',
    (s) => s.name !== null || !pausing(s),
  ],
  [
    'operation.kind',
    'there is an operation exactly in the transient states, of the kind that the state waits for',
    (s) => operationOf[s.status].includes(s.operation?.kind),
  ],
  [
    'operation.id',
    'the operation in flight is the newest one',
    (s) => s.operation === null || s.operation.id === s.operations,
  ],
  [
    'operations',
    'a pending sandbox has begun its boot and nothing else',
    (s) => s.status !== 'pending' || s.operations === 1,
  ],
  [
    'operations',
    'a suspended sandbox has begun its boot and its suspend, and one that resumes its resume too',
    (s) => s.status !== 'suspended' || s.operations >= (s.operation ? 3 : 2),
  ],
  [
    'version',
    'each operation but the first has begun by an event, each that is not in flight has ended by one, and each generation but the first has come by one',
    (s) => s.version >= s.operations + endedOperations(s) + s.generation - 1,
  ],
  [
    'lastOperation.kind',
    'the last operation is one that leads to this state',
    (s) =>
      fittingLastOperations(s).includes(
        s.lastOperation ? `${s.lastOperation.kind} ${s.lastOperation.result}` : undefined,
      ),
  ],
  [
    'lastOperation.id',
    'the last operation is the newest that is not in flight, or the one before that if the end made that void',
    (s) =>
      s.lastOperation?.id === endedOperations(s) ||
      s.status === 'pending' ||
      (s.outcome !== null && (s.lastOperation?.id ?? 0) === s.operations - 1),
  ],
  [
    'lastOperation.kind',
    'the first operation is the boot, and no other is',
    ({ lastOperation }) =>
      lastOperation === null || (lastOperation.id === 1) === (lastOperation.kind === 'boot'),
  ],
  [
    'lastOperation.reason',
    'the last operation has a reason exactly when a report said that it failed',
    ({ lastOperation }) =>
      lastOperation === null || (lastOperation.reason !== null) === (lastOperation.result === 'failed'),
  ],
  [
    'lastOperation.at',
    'the last operation ended between the creation and the last update',
    ({ lastOperation, createdAt, updatedAt }) =>
      lastOperation === null || (lastOperation.at >= createdAt && lastOperation.at <= updatedAt),
  ],
  [
    'incarnation',
    'there is an incarnation exactly while running, snapshotting or suspending',
    exactly(present, 'incarnation'),
  ],
  [
    'incarnation',
    'an incarnation is an operation that has ended',
    (s) => s.incarnation === null || s.incarnation <= endedOperations(s),
  ],
  [
    'expiresAt',
    'a run limit counts exactly while there is one and the sandbox is running, snapshotting or suspending',
    exactly((s) => present(s) && s.timeoutMs !== null, 'expiresAt'),
  ],
  [
    'idleAt',
    'an idle limit counts exactly while there is one and the sandbox is running, snapshotting or suspending',
    exactly((s) => present(s) && s.idleTimeoutMs !== null, 'idleAt'),
  ],
  [
    'discardAt',
    'a suspended limit counts exactly while there is one and the sandbox is suspended',
    exactly((s) => s.status === 'suspended' && s.suspendedTimeoutMs !== null, 'discardAt'),
  ],
  [
    'snapshotId',
    'there is a snapshot id exactly while snapshotting',
    exactly(isIn('snapshotting'), 'snapshotId'),
  ],
  [
    'pendingReason',
    'there is a pending reason exactly while pending',
    exactly(isIn('pending'), 'pendingReason'),
  ],
  ['outcome', 'there is an outcome exactly once terminated', exactly(isIn('terminated'), 'outcome')],
  [
    'outcome.result',
    'a failed start, a crash and a loss are failures; every other end is a success',
    ({ outcome }) => outcome === null || (outcome.result === 'failure') === failures.includes(outcome.reason),
  ],
  [
    'outcome.detail',
    'there is a detail when a report ended the sandbox, and none when a command or a time limit did',
    ({ outcome }) =>
      outcome === null ||
      (outcome.detail === null
        ? !withDetail.includes(outcome.reason)
        : !withoutDetail.includes(outcome.reason)),
  ],
  [
    'outcome.detail',
    'the detail of a timeout is null, or "idle"',
    ({ outcome }) => outcome?.reason !== 'timeout' || outcome.detail === null || outcome.detail === 'idle',
  ],
  [
    'outcome.exitCode',
    'a program that completed has the exit code 0, and one that crashed has another or none; no other end has one',
    ({ outcome }) =>
      outcome === null ||
      (outcome.reason === 'completed'
        ? outcome.exitCode === 0
        : outcome.exitCode === null || (outcome.reason === 'crashed' && outcome.exitCode !== 0)),
  ],
  ['terminatedAt', 'the end has a time exactly once terminated', exactly(isIn('terminated'), 'terminatedAt')],
  [
    'outcome.reason',
    'only an ephemeral sandbox with that limit ends by timeout',
    (s) =>
      s.outcome?.reason !== 'timeout' ||
      (s.name === null && (s.outcome.detail === null ? s.timeoutMs : s.idleTimeoutMs) !== null),
  ],
  [
    'outcome.reason',
    'only a named sandbox is lost, and only one with a limit is discarded',
    (s) =>
      s.outcome === null ||
      !endsOfSuspended.includes(s.outcome.reason) ||
      (s.name !== null && (s.outcome.reason === 'lost' || s.suspendedTimeoutMs !== null)),
  ],
  [
    'outcome.reason',
    'a sandbox that did not start has begun its boot and nothing else',
    ({ outcome, operations }) => operations === 1 || !outcome?.reason.startsWith('startup_'),
  ],
  [
    'terminatedAt',
    'nothing is updated after the end',
    (s) => s.terminatedAt === null || s.terminatedAt === s.updatedAt,
  ],
  ['updatedAt', 'nothing is updated before the creation', (s) => s.updatedAt >= s.createdAt],
];

/**
 * Returns the first invariant that a record breaks, or undefined when the record is legal. The fields must have the right types.
 *
 * @example
 * brokenInvariant({ ...sandbox, name: null, status: 'suspended' })?.path; // 'name'
 */
export function brokenInvariant(sandbox: Sandbox): BrokenInvariant | undefined {
  const broken = rules.find(([, , holds]) => !holds(sandbox));
  return broken && { path: broken[0], message: broken[1] };
}
