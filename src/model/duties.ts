import type { Operation, Sandbox, SandboxData } from './sandbox.ts';

/** Platform work that must be in progress: an operation of the record, or the release of its resources. */
export type Work = Operation | { readonly id: number; readonly kind: 'release'; readonly deadline: null };

/** The work that a host owes a sandbox as long as its record looks as it does. */
export interface Duties {
  /** The work to carry out, idempotent by sandbox id and operation id. */
  readonly operation?: Work;
  /** When to send the next `timeout`, in epoch ms. */
  readonly timeoutAt?: number;
  /** The generation of the configuration that the platform must have, while running or snapshotting. */
  readonly generation?: number;
}

/**
 * Returns the work that must be in progress as long as the record looks as it does. A pure function of the record: a host
 * that crashed reads its records, resumes their duties, and has lost nothing. Source: contract, section 5.
 *
 * @example
 * duties(createSandbox({ id: 'a1', name: null, timeoutMs: null, at: 0 }).sandbox);
 * // { operation: { id: 1, kind: 'boot', deadline: 600_000 }, timeoutAt: 600_000 }
 */
export function duties(sandbox: Sandbox): Duties {
  const { status, operation, generation } = sandbox;
  if (status === 'terminated') {
    return { operation: { id: sandbox.operations + 1, kind: 'release', deadline: null } };
  }
  if (operation !== null) {
    const timeoutAt = operation.deadline;
    return status === 'snapshotting' ? { operation, timeoutAt, generation } : { operation, timeoutAt };
  }
  const timeoutAt = nextDeadline(sandbox);
  if (status === 'running') return timeoutAt === null ? { generation } : { timeoutAt, generation };
  return timeoutAt === null ? {} : { timeoutAt };
}

/** The fields of a record that hold an instant at which a `timeout` is due. */
type Deadlines = Pick<SandboxData, 'operation' | 'expiresAt' | 'idleAt' | 'discardAt'>;

/**
 * Returns the instant (epoch ms) from which a `timeout` is due, or null without a deadline: that of the operation in
 * flight, else the earlier run limit while running, else the limit of a suspended sandbox.
 */
export function nextDeadline(sandbox: Deadlines): number | null {
  if (sandbox.operation !== null) return sandbox.operation.deadline;
  return isIdleFirst(sandbox) ? sandbox.idleAt : (sandbox.expiresAt ?? sandbox.discardAt);
}

/** Whether the idle limit expires before the run limit. On a tie the run limit is the one that ends the sandbox. */
export function isIdleFirst({ expiresAt, idleAt }: Pick<Deadlines, 'expiresAt' | 'idleAt'>): boolean {
  return idleAt !== null && (expiresAt === null || idleAt < expiresAt);
}
