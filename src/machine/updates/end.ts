import type { EventOf } from '../../model/events.ts';
import type { Changes, Outcome, SandboxData } from '../../model/sandbox.ts';
import { laterOf, type Update } from './update.ts';

function end(sandbox: SandboxData, at: number, outcome: Outcome): Changes {
  return {
    operation: null,
    incarnation: null,
    expiresAt: null,
    snapshotId: null,
    pendingReason: null,
    outcome,
    terminatedAt: laterOf(sandbox, at),
  };
}

/** The user ended the sandbox. The operation in flight is void. */
export const endByUser: Update = (sandbox, event) =>
  end(sandbox, event.at, { result: 'success', reason: 'user_terminated', detail: null });

/** The time limit of an ephemeral sandbox expired. */
export const endByTimeout: Update = (sandbox, event) =>
  end(sandbox, event.at, { result: 'success', reason: 'timeout', detail: null });

/** The boot failed. */
export const endAsStartFailed: Update<EventOf<'boot.failed'>> = (sandbox, event) =>
  end(sandbox, event.at, { result: 'failure', reason: 'startup_failed', detail: event.reason });

/** The boot exceeded its time limit. */
export const endAsStartTimedOut: Update = (sandbox, event) =>
  end(sandbox, event.at, { result: 'failure', reason: 'startup_timed_out', detail: null });

/** The running incarnation no longer exists. */
export const endAsCrashed: Update<EventOf<'crashed'>> = (sandbox, event) =>
  end(sandbox, event.at, { result: 'failure', reason: 'crashed', detail: event.reason });
