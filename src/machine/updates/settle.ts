import type { PayloadOf } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import type { Draft, Operation, OperationResult } from '../../model/sandbox.ts';
import { deadlineAfter } from '../../model/timeouts.ts';
import type { Update } from './update.ts';

/** Ends the operation in flight by itself, and records how. */
export function settle(draft: Draft, result: OperationResult, reason: string | null): void {
  const { id, kind } = draft.operation as Operation;
  draft.lastOperation = { id, kind, result, reason, at: draft.updatedAt };
  draft.operation = null;
}

/** The boot waits for something else. */
export const recordPendingReason: Update<PayloadOf<'boot.progressed'>> = (draft, event) => {
  draft.pendingReason = event.pendingReason;
};

/** A boot or a resume started the sandbox: a new incarnation, and both run limits start now. */
export const recordStart: Update<PayloadOf<'boot.completed' | 'resume.completed'>> = (draft, event, at) => {
  settle(draft, 'completed', null);
  draft.incarnation = event.operation;
  draft.pendingReason = null;
  draft.expiresAt = deadlineAfter(at, draft.timeoutMs);
  draft.idleAt = deadlineAfter(at, draft.idleTimeoutMs);
  draft.discardAt = null;
};

function endSnapshot(draft: Draft, result: OperationResult, reason: string | null): void {
  settle(draft, result, reason);
  draft.snapshotId = null;
}

/** The snapshot is captured. A limit that expired meanwhile is due at once. */
export const completeSnapshot: Update = (draft) => endSnapshot(draft, 'completed', null);

/** The capture failed. */
export const failSnapshot: Update<PayloadOf<'snapshot.failed'>> = (draft, event) =>
  endSnapshot(draft, 'failed', event.reason);

/** The capture exceeded its time limit. */
export const timeOutSnapshot: Update = (draft) => endSnapshot(draft, 'timed_out', null);

/** The sandbox is paused: nothing runs, no run limit counts, and the suspended limit starts. */
export const completeSuspend: Update = (draft, _event, at) => {
  settle(draft, 'completed', null);
  draft.incarnation = null;
  draft.expiresAt = null;
  draft.idleAt = null;
  draft.discardAt = deadlineAfter(at, draft.suspendedTimeoutMs);
};

/** Extends both run limits to at least the retry delay, so that timeouts cannot loop. */
function postpone(draft: Draft, at: number, policy: Policy): void {
  const retryAt = at + policy.suspendRetryDelaySeconds * 1000;
  if (draft.expiresAt !== null) draft.expiresAt = Math.max(draft.expiresAt, retryAt);
  if (draft.idleAt !== null) draft.idleAt = Math.max(draft.idleAt, retryAt);
}

/** The suspend failed. The sandbox runs on. */
export const failSuspend: Update<PayloadOf<'suspend.failed'>> = (draft, event, at, policy) => {
  settle(draft, 'failed', event.reason);
  postpone(draft, at, policy);
};

/** The suspend exceeded its time limit. The sandbox runs on. */
export const timeOutSuspend: Update = (draft, _event, at, policy) => {
  settle(draft, 'timed_out', null);
  postpone(draft, at, policy);
};

/** The resume failed. The sandbox stays paused, and its limit counts from now. */
export const failResume: Update<PayloadOf<'resume.failed'>> = (draft, event, at) => {
  settle(draft, 'failed', event.reason);
  draft.discardAt = deadlineAfter(at, draft.suspendedTimeoutMs);
};

/** The resume exceeded its time limit. The sandbox stays paused, and its limit counts from now. */
export const timeOutResume: Update = (draft, _event, at) => {
  settle(draft, 'timed_out', null);
  draft.discardAt = deadlineAfter(at, draft.suspendedTimeoutMs);
};
