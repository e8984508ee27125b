import type { Policy } from '../../model/policy.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import type { PendingCommand, Rollback } from './pending-command.ts';
import { predict } from './predict.ts';
import type { Confirmed, SandboxUpdate, State } from './state.ts';

/** The few decisions that make an optimistic client right. Each is pure; the proof replaces them one by one. */
export interface Reconciliation {
  /** Whether what was told is newer than the truth that is known. */
  admits(truth: Confirmed | null, told: SandboxUpdate, isVersioned: boolean): boolean;
  /** Whether the truth includes a command, so that it need not be replayed any more. */
  includes(
    truth: Confirmed,
    told: Pick<SandboxUpdate, 'changes' | 'requestedAt'>,
    command: PendingCommand,
  ): boolean;
  /** What is shown: the truth, with the pending commands replayed in order. */
  view(truth: Confirmed | null, pending: readonly PendingCommand[], policy: Policy): Sandbox | null;
  /** Takes one command back and nothing else, and keeps word of it. */
  rollBack(state: State, rollback: Rollback): State;
}

/** The rules that hold. */
export const reconciliation: Reconciliation = {
  admits(truth, { sandbox, requestedAt }, isVersioned) {
    if (truth === null) return true;
    if (truth.sandbox.id !== sandbox.id) return false;
    if (truth.sandbox.status === 'terminated' && sandbox.status !== 'terminated') return false;
    return isVersioned ? sandbox.version > truth.sandbox.version : requestedAt > truth.receivedAt;
  },

  includes(truth, { changes, requestedAt }, { id, state, version, answered }) {
    if (changes.some(({ cause }) => cause === id)) return true;
    if (state !== 'acknowledged') return false;
    // Whatever was accepted came before the end, and nothing comes after it.
    if (truth.sandbox.status === 'terminated') return true;
    return version === undefined ? requestedAt > answered : truth.sandbox.version >= version;
  },

  view: (truth, pending, policy) =>
    truth &&
    pending.reduce((sandbox, { command }) => predict(sandbox, command, policy).sandbox, truth.sandbox),

  rollBack: (state, rollback) => ({
    ...state,
    pending: state.pending.filter(({ id }) => id !== rollback.id),
    rollbacks: [...state.rollbacks, rollback],
  }),
};
