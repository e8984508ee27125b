import type { Operation, Sandbox } from './sandbox.ts';

/** Platform work that must be in progress: an operation of the record, or the release of its resources. */
export type Work = Operation | { readonly id: number; readonly kind: 'release'; readonly deadline: null };

/** The work that a host owes a sandbox as long as its record looks as it does. */
export interface Duties {
  /** The work to carry out, idempotent by sandbox id and operation id. */
  readonly operation?: Work;
  /** When to send the next `timeout`, in epoch ms. */
  readonly timeoutAt?: number;
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
  if (sandbox.status === 'terminated') {
    return { operation: { id: sandbox.operations + 1, kind: 'release', deadline: null } };
  }
  const timeoutAt = nextDeadline(sandbox);
  return {
    ...(sandbox.operation && { operation: sandbox.operation }),
    ...(timeoutAt !== null && { timeoutAt }),
  };
}

/** Returns the instant (epoch ms) from which a `timeout` is due, or null without a deadline. */
export function nextDeadline(sandbox: Pick<Sandbox, 'operation' | 'expiresAt'>): number | null {
  return sandbox.operation ? sandbox.operation.deadline : sandbox.expiresAt;
}
