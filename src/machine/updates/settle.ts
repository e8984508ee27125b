import type { Answering, EventOf } from '../../model/events.ts';
import type { Update } from './update.ts';

/** What the boot waits for now. */
export const recordPendingReason: Update<EventOf<'boot.progressed'>> = (_sandbox, event) => ({
  pendingReason: event.pendingReason,
});

/** A boot or a resume brought the sandbox up: a new incarnation, and the limit counts from now. */
export const recordStart: Update<Answering> = ({ timeoutMs }, event) => ({
  operation: null,
  incarnation: event.operation,
  pendingReason: null,
  expiresAt: timeoutMs === null ? null : event.at + timeoutMs,
});

/** The capture is over, however it went. A limit that ran out meanwhile is due at once. */
export const endSnapshot: Update = () => ({ operation: null, snapshotId: null });

/** The sandbox is paused: nothing runs, and nothing runs out. */
export const completeSuspend: Update = () => ({ operation: null, incarnation: null, expiresAt: null });

/** The pause failed. The limit is put off by the retry delay at least, or the next timeout would be due at once, for ever. */
export const postponeSuspend: Update = ({ expiresAt }, event, policy) => ({
  operation: null,
  expiresAt:
    expiresAt === null ? null : Math.max(expiresAt, event.at + policy.suspendRetryDelaySeconds * 1000),
});

/** The resume failed: the sandbox stays paused. */
export const abandonResume: Update = () => ({ operation: null });
