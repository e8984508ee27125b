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

/** A person asked for it. Whatever was in flight is void. */
export const endByUser: Update = (sandbox, event) =>
  end(sandbox, event.at, { result: 'success', reason: 'user_terminated', detail: null });

/** The limit of an ephemeral sandbox is up. */
export const endByTimeout: Update = (sandbox, event) =>
  end(sandbox, event.at, { result: 'success', reason: 'timeout', detail: null });

/** The boot failed. */
export const endAsStartFailed: Update<EventOf<'boot.failed'>> = (sandbox, event) =>
  end(sandbox, event.at, { result: 'failure', reason: 'startup_failed', detail: event.reason });

/** The boot took longer than it may. */
export const endAsStartTimedOut: Update = (sandbox, event) =>
  end(sandbox, event.at, { result: 'failure', reason: 'startup_timed_out', detail: null });

/** The thing that ran is gone. */
export const endAsCrashed: Update<EventOf<'crashed'>> = (sandbox, event) =>
  end(sandbox, event.at, { result: 'failure', reason: 'crashed', detail: event.reason });
