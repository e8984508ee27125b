import type { Policy } from '../../model/policy.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import { isOrdered, isSameCommand } from './command-order.ts';
import { isTerminate, type PendingCommand, type Rollback } from './pending-command.ts';
import { predict } from './predict.ts';
import { reuseIfEqual } from './reuse-if-equal.ts';
import type { Confirmed, SandboxUpdate, State } from './state.ts';

/** The pure decisions on which the correctness of an optimistic client rests. The proofs replace them one by one. */
export interface Reconciliation {
  /** Whether an update is newer than the confirmed state. */
  admits(confirmed: Confirmed | null, update: SandboxUpdate, isVersioned: boolean): boolean;
  /**
   * Whether an update shows that an operator turned the server back: a read that began after the last state arrived has an earlier
   * version, or another record of a known version. A message of the stream shows nothing: it may be late.
   */
  isReset(state: State, update: SandboxUpdate): boolean;
  /** Whether the confirmed state includes a command, so that the view does not replay it any more. */
  includes(
    confirmed: Confirmed,
    update: Pick<SandboxUpdate, 'changes' | 'requestedAt'>,
    command: PendingCommand,
  ): boolean;
  /** Whether a command is sent only after the reply to an earlier one. `before` is the state before both. */
  waitsFor(before: Sandbox | null, earlier: PendingCommand, later: PendingCommand, policy: Policy): boolean;
  /** Whether a new command is one with the pending commands' last one whose order matters to it, as after a double click. */
  joins(last: PendingCommand, command: PendingCommand): boolean;
  /** The view: the confirmed state with the pending commands replayed in order. */
  view(confirmed: Confirmed | null, pending: readonly PendingCommand[], policy: Policy): Sandbox | null;
  /** Rolls back one command and nothing else, and records the rollback. */
  rollBack(state: State, rollback: Rollback): State;
}

/** Whether one of these states has the version of a record, and is another record. */
export const isKnownOtherwise = (known: readonly { readonly sandbox: Sandbox }[], record: Sandbox) =>
  known.some(
    ({ sandbox }) => sandbox.version === record.version && reuseIfEqual(record, sandbox) !== sandbox,
  );

/** The reconciliation of every client. */
export const defaultReconciliation: Reconciliation = {
  admits(confirmed, { sandbox, requestedAt }, isVersioned) {
    if (confirmed === null) return true;
    if (confirmed.sandbox.id !== sandbox.id) return false;
    if (confirmed.sandbox.status === 'terminated' && sandbox.status !== 'terminated') return false;
    return isVersioned ? sandbox.version > confirmed.sandbox.version : requestedAt > confirmed.receivedAt;
  },

  isReset({ confirmed, timeline }, { sandbox, changes, requestedAt }) {
    if (!confirmed || requestedAt <= confirmed.receivedAt) return false;
    const isDifferent = (record: Sandbox) => isKnownOtherwise([...timeline, confirmed], record);
    return (
      sandbox.version < confirmed.sandbox.version ||
      // The end is final, so only an older database is without it.
      (confirmed.sandbox.status === 'terminated' && sandbox.status !== 'terminated') ||
      [sandbox, ...changes.map((change) => change.sandbox)].some(isDifferent)
    );
  },

  includes(confirmed, { changes, requestedAt }, { id, state, version, answeredAt }) {
    if (changes.some(({ cause }) => cause === id)) return true;
    if (state !== 'acknowledged') return false;
    // The server applied every accepted command before the end, and nothing follows the end.
    if (confirmed.sandbox.status === 'terminated') return true;
    return version === undefined ? requestedAt > answeredAt : confirmed.sandbox.version >= version;
  },

  waitsFor: (before, earlier, later, policy) =>
    !isTerminate(later) && isOrdered(before as Sandbox, earlier, later, policy),

  joins: isSameCommand,

  view: (confirmed, pending, policy) =>
    confirmed &&
    pending.reduce((sandbox, { command }) => predict(sandbox, command, policy).sandbox, confirmed.sandbox),

  rollBack: (state, rollback) => ({
    ...state,
    pending: state.pending.filter(({ id }) => id !== rollback.id),
    rollbacks: [...state.rollbacks, rollback],
  }),
};
