import { isIdleFirst } from '../../model/duties.ts';
import type { PayloadOf } from '../../model/events.ts';
import type { Draft, Outcome } from '../../model/sandbox.ts';
import { settle } from './settle.ts';
import type { Update } from './update.ts';

/** Ends the sandbox. An operation that is still in flight is void. */
function end(
  draft: Draft,
  result: Outcome['result'],
  reason: Outcome['reason'],
  detail: string | null = null,
  exitCode: number | null = null,
): void {
  draft.operation = null;
  draft.incarnation = null;
  draft.expiresAt = null;
  draft.idleAt = null;
  draft.discardAt = null;
  draft.snapshotId = null;
  draft.pendingReason = null;
  draft.outcome = { result, reason, detail, exitCode };
  draft.terminatedAt = draft.updatedAt;
}

/** The user ended the sandbox. */
export const endByUser: Update = (draft) => end(draft, 'success', 'user_terminated');

/** A run limit of an ephemeral sandbox expired. */
export const endByTimeout: Update = (draft) =>
  end(draft, 'success', 'timeout', isIdleFirst(draft) ? 'idle' : null);

/** The limit of a suspended sandbox expired. */
export const endAsDiscarded: Update = (draft) => end(draft, 'success', 'discarded');

/** The boot failed. */
export const endAsStartFailed: Update<PayloadOf<'boot.failed'>> = (draft, event) => {
  settle(draft, 'failed', event.reason);
  end(draft, 'failure', 'startup_failed', event.reason);
};

/** The boot exceeded its time limit. */
export const endAsStartTimedOut: Update = (draft) => {
  settle(draft, 'timed_out', null);
  end(draft, 'failure', 'startup_timed_out');
};

/** The program of the sandbox ended by itself, with success. */
export const endAsCompleted: Update<PayloadOf<'exited'>> = (draft, event) =>
  end(draft, 'success', 'completed', event.reason, event.exitCode);

/** The program of the sandbox ended by itself, without success. */
export const endAsExited: Update<PayloadOf<'exited'>> = (draft, event) =>
  end(draft, 'failure', 'crashed', event.reason, event.exitCode);

/** The running incarnation no longer exists. */
export const endAsCrashed: Update<PayloadOf<'crashed'>> = (draft, event) =>
  end(draft, 'failure', 'crashed', event.reason);

/** The suspended sandbox no longer exists on the platform. */
export const endAsLost: Update<PayloadOf<'lost'>> = (draft, event) =>
  end(draft, 'failure', 'lost', event.reason);
