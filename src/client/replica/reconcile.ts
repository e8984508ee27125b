import type { Policy } from '../../model/policy.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import type { PendingCommand, Rollback } from './pending-command.ts';
import { predict } from './predict.ts';
import type { Confirmed, SandboxUpdate, State } from './state.ts';

/** The pure decisions on which the correctness of an optimistic client rests. The proofs replace them one by one. */
export interface Reconciliation {
  /** Whether an update is newer than the confirmed state. */
  admits(confirmed: Confirmed | null, update: SandboxUpdate, isVersioned: boolean): boolean;
  /** Whether the confirmed state includes a command, so that the view does not replay it any more. */
  includes(
    confirmed: Confirmed,
    update: Pick<SandboxUpdate, 'changes' | 'requestedAt'>,
    command: PendingCommand,
  ): boolean;
  /** The view: the confirmed state with the pending commands replayed in order. */
  view(confirmed: Confirmed | null, pending: readonly PendingCommand[], policy: Policy): Sandbox | null;
  /** Rolls back one command and nothing else, and records the rollback. */
  rollBack(state: State, rollback: Rollback): State;
}

/** The reconciliation of every client. */
export const defaultReconciliation: Reconciliation = {
  admits(confirmed, { sandbox, requestedAt }, isVersioned) {
    if (confirmed === null) return true;
    if (confirmed.sandbox.id !== sandbox.id) return false;
    if (confirmed.sandbox.status === 'terminated' && sandbox.status !== 'terminated') return false;
    return isVersioned ? sandbox.version > confirmed.sandbox.version : requestedAt > confirmed.receivedAt;
  },

  includes(confirmed, { changes, requestedAt }, { id, state, version, answeredAt }) {
    if (changes.some(({ cause }) => cause === id)) return true;
    if (state !== 'acknowledged') return false;
    // The server applied every accepted command before the end, and nothing follows the end.
    if (confirmed.sandbox.status === 'terminated') return true;
    return version === undefined ? requestedAt > answeredAt : confirmed.sandbox.version >= version;
  },

  view: (confirmed, pending, policy) =>
    confirmed &&
    pending.reduce((sandbox, { command }) => predict(sandbox, command, policy).sandbox, confirmed.sandbox),

  rollBack: (state, rollback) => ({
    ...state,
    pending: state.pending.filter(({ id }) => id !== rollback.id),
    rollbacks: [...state.rollbacks, rollback],
  }),
};
