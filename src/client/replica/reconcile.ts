import type { Policy } from '../../model/policy.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import type { PendingCommand, Rollback } from './pending-command.ts';
import { predict } from './predict.ts';
import type { State, Told, Truth } from './state.ts';

/** The few decisions that make an optimistic client right. Each is pure; the proof replaces them one by one. */
export interface Rules {
  /** Whether what was told is newer than the truth that is known. */
  admits(truth: Truth | null, told: Told, isVersioned: boolean): boolean;
  /** Whether the truth includes a command, so that it need not be replayed any more. */
  includes(truth: Truth, told: Pick<Told, 'changes' | 'begun'>, command: PendingCommand): boolean;
  /** What is shown: the truth, with the pending commands replayed in order. */
  view(truth: Truth | null, pending: readonly PendingCommand[], policy: Policy): Sandbox | null;
  /** Takes one command back and nothing else, and keeps word of it. */
  takeBack(state: State, rollback: Rollback): State;
}

/** The rules that hold. */
export const rules: Rules = {
  admits(truth, { sandbox, begun }, isVersioned) {
    if (truth === null) return true;
    if (truth.sandbox.id !== sandbox.id) return false;
    if (truth.sandbox.status === 'terminated' && sandbox.status !== 'terminated') return false;
    return isVersioned ? sandbox.version > truth.sandbox.version : begun > truth.came;
  },

  includes(truth, { changes, begun }, { id, state, version, answered }) {
    if (changes.some(({ cause }) => cause === id)) return true;
    if (state !== 'acknowledged') return false;
    // Whatever was accepted came before the end, and nothing comes after it.
    if (truth.sandbox.status === 'terminated') return true;
    return version === undefined ? begun > answered : truth.sandbox.version >= version;
  },

  view: (truth, pending, policy) =>
    truth &&
    pending.reduce((sandbox, { command }) => predict(sandbox, command, policy).sandbox, truth.sandbox),

  takeBack: (state, rollback) => ({
    ...state,
    pending: state.pending.filter(({ id }) => id !== rollback.id),
    rollbacks: [...state.rollbacks, rollback],
  }),
};
