import type { OperationKind, Sandbox, Status } from './sandbox.ts';

/** An invariant that a record breaks: the field, and the rule. */
export interface BrokenInvariant {
  readonly path: keyof Sandbox | `operation.${'id' | 'kind'}` | `outcome.${'result' | 'reason' | 'detail'}`;
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

const failed = ['startup_failed', 'startup_timed_out', 'crashed'];
const reported = ['startup_failed', 'crashed'];

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
    'each operation but the first has begun by an event, and each that is not in flight has ended by one',
    (s) => s.version >= 2 * s.operations - (s.operation ? 1 : 0),
  ],
  [
    'incarnation',
    'there is an incarnation exactly while running, snapshotting or suspending',
    exactly(present, 'incarnation'),
  ],
  [
    'incarnation',
    'an incarnation is an operation that has ended',
    (s) => s.incarnation === null || s.incarnation <= s.operations - (s.operation ? 1 : 0),
  ],
  [
    'expiresAt',
    'a limit runs exactly while there is one and the sandbox is running, snapshotting or suspending',
    exactly((s) => present(s) && s.timeoutMs !== null, 'expiresAt'),
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
    'a failed start and a crash are failures; a command and a timeout are successes',
    ({ outcome }) => outcome === null || (outcome.result === 'failure') === failed.includes(outcome.reason),
  ],
  [
    'outcome.detail',
    'there is a detail exactly when a report ended the sandbox',
    ({ outcome }) => outcome === null || (outcome.detail !== null) === reported.includes(outcome.reason),
  ],
  ['terminatedAt', 'the end has a time exactly once terminated', exactly(isIn('terminated'), 'terminatedAt')],
  [
    'outcome.reason',
    'only an ephemeral sandbox with a limit ends by timeout',
    ({ outcome, name, timeoutMs }) => outcome?.reason !== 'timeout' || (name === null && timeoutMs !== null),
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
