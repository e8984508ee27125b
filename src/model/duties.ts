import type { Operation, Sandbox } from './sandbox.ts';

/** Platform work that must be under way: an operation of the record, or the release of what is left. */
export type Work = Operation | { readonly id: number; readonly kind: 'release'; readonly deadline: null };

/** What a host owes a sandbox as long as its record looks as it does. */
export interface Duties {
  /** The work to be carried out, idempotent by sandbox id and operation id. */
  readonly operation?: Work;
  /** When to send the next `timeout`, in epoch ms. */
  readonly timeoutAt?: number;
}

/**
 * What must be under way as long as this record stands. A pure function of the record: a host that crashed reads
 * its records back, takes up their duties, and has lost nothing. Source: contract, section 5.
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

/** The instant (epoch ms) from which a `timeout` is due, or null when none ever is. */
export function nextDeadline(sandbox: Pick<Sandbox, 'operation' | 'expiresAt'>): number | null {
  return sandbox.operation ? sandbox.operation.deadline : sandbox.expiresAt;
}
