import type { Answering, EventOf } from '../../model/events.ts';
import type { Update } from './update.ts';

/** The boot waits for something else. */
export const recordPendingReason: Update<EventOf<'boot.progressed'>> = (_sandbox, event) => ({
  pendingReason: event.pendingReason,
});

/** A boot or a resume started the sandbox: a new incarnation, and the time limit starts now. */
export const recordStart: Update<Answering> = ({ timeoutMs }, event) => ({
  operation: null,
  incarnation: event.operation,
  pendingReason: null,
  expiresAt: timeoutMs === null ? null : event.at + timeoutMs,
});

/** The capture ended, with or without success. A time limit that expired meanwhile is due at once. */
export const endSnapshot: Update = () => ({ operation: null, snapshotId: null });

/** The sandbox is paused: nothing runs, and no time limit counts. */
export const completeSuspend: Update = () => ({ operation: null, incarnation: null, expiresAt: null });

/** The suspend failed. The time limit is extended to at least the retry delay, so that timeouts cannot loop. */
export const postponeSuspend: Update = ({ expiresAt }, event, policy) => ({
  operation: null,
  expiresAt:
    expiresAt === null ? null : Math.max(expiresAt, event.at + policy.suspendRetryDelaySeconds * 1000),
});

/** The resume failed. The sandbox stays paused. */
export const abandonResume: Update = () => ({ operation: null });
