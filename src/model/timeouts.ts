import type { TimeoutsInput } from './events.ts';
import { isSuspended, type SandboxData, type Timeouts } from './sandbox.ts';

/** Returns the instant (epoch ms) at which a limit that starts at `at` expires, or null without a limit. */
export function deadlineAfter(at: number, limitMs: number | null): number | null {
  return limitMs === null ? null : at + limitMs;
}

/** The limits of a record, and the instants at which they expire. */
type Limits = Timeouts & Pick<SandboxData, 'expiresAt' | 'idleAt' | 'discardAt'>;

/**
 * Returns the limits of a record after a `setTimeouts`: each limit that is given, counted from `at` (epoch ms) where it
 * counts now. The run limits count while something runs, the third while the sandbox is suspended. The rest stays.
 */
export function withTimeouts(
  sandbox: SandboxData,
  { timeoutMs, idleTimeoutMs, suspendedTimeoutMs }: TimeoutsInput,
  at: number,
): Limits {
  const runs = sandbox.incarnation !== null;
  return {
    timeoutMs: timeoutMs === undefined ? sandbox.timeoutMs : timeoutMs,
    idleTimeoutMs: idleTimeoutMs === undefined ? sandbox.idleTimeoutMs : idleTimeoutMs,
    suspendedTimeoutMs: suspendedTimeoutMs === undefined ? sandbox.suspendedTimeoutMs : suspendedTimeoutMs,
    expiresAt: runs && timeoutMs !== undefined ? deadlineAfter(at, timeoutMs) : sandbox.expiresAt,
    idleAt: runs && idleTimeoutMs !== undefined ? deadlineAfter(at, idleTimeoutMs) : sandbox.idleAt,
    discardAt:
      isSuspended(sandbox) && suspendedTimeoutMs !== undefined
        ? deadlineAfter(at, suspendedTimeoutMs)
        : sandbox.discardAt,
  };
}

/** Whether a record has these limits, counting to the same instants. */
export function hasTimeouts(sandbox: SandboxData, limits: Limits): boolean {
  return (
    sandbox.timeoutMs === limits.timeoutMs &&
    sandbox.idleTimeoutMs === limits.idleTimeoutMs &&
    sandbox.suspendedTimeoutMs === limits.suspendedTimeoutMs &&
    sandbox.expiresAt === limits.expiresAt &&
    sandbox.idleAt === limits.idleAt &&
    sandbox.discardAt === limits.discardAt
  );
}
