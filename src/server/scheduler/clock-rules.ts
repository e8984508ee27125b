import { transition } from '../../machine/transition.ts';
import type { SandboxEvent } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import type { Sandbox } from '../../model/sandbox.ts';

/** A time without a host: from the last heartbeat, if there was one, until the start of this host (epoch ms). */
export interface Downtime {
  readonly lastHeartbeat: number | null;
  readonly startedAt: number;
}

/**
 * Returns the deadline that the operation in flight has after a downtime: later by the time since the last heartbeat or the last
 * change of the record, whichever is later. So a second start, after a crash in the middle of the first one, does not count the same
 * time twice. An instant that lies ahead is from before the clock was set back, and says nothing: then the operation has at most its
 * whole limit left. Returns null without an operation. Source: contract, section 5.
 */
export function deadlineAfterDowntime(
  { operation, updatedAt }: Sandbox,
  { lastHeartbeat, startedAt }: Downtime,
  policy: Policy,
): number | null {
  if (operation === null) return null;
  const seenAt = Math.max(lastHeartbeat ?? updatedAt, updatedAt);
  if (seenAt <= startedAt) return operation.deadline + (startedAt - seenAt);
  const beatAt = Math.min(lastHeartbeat ?? startedAt, startedAt);
  const limitMs = policy.operationLimitSeconds[operation.kind] * 1000;
  return Math.min(operation.deadline + (startedAt - beatAt), startedAt + limitMs);
}

/** Returns the event that moves the deadline of the operation in flight; none when the deadline stays. */
export function moveTo({ operation }: Sandbox, deadline: number | null, at: number): readonly SandboxEvent[] {
  if (operation === null || deadline === null || deadline === operation.deadline) return [];
  return [{ type: 'deadline.moved', operation: operation.id, deadline, at }];
}

/**
 * Returns the events that make the limits of a sandbox right after a start or a step of the clock: `keepalive`, because no host was
 * there to see activity, and `setTimeouts` with the same limits where an instant lies further ahead than the limit allows. With
 * `evenPassed`, also where an instant has passed, such as after the restore of a database.
 */
export function rightLimits(
  sandbox: Sandbox,
  at: number,
  policy: Policy,
  { evenPassed = false } = {},
): readonly SandboxEvent[] {
  const isActive = isIdleLimitLater(sandbox, at);
  const renewed = {
    ...limitsAhead(sandbox, at, policy),
    ...(evenPassed && limitsPassed(sandbox, at, isActive)),
  };
  const events: SandboxEvent[] = [];
  if (isActive) events.push({ type: 'keepalive', at });
  if (Object.keys(renewed).length > 0) events.push({ type: 'setTimeouts', ...renewed, at });
  return events;
}

/** Whether activity at an instant (epoch ms) moves the idle limit. */
export function isIdleLimitLater(sandbox: Sandbox, at: number): boolean {
  return transition(sandbox, { type: 'keepalive', at }).outcome === 'applied';
}

/** The limits whose instants lie further ahead than a limit that begins now, or than the retry delay after a failed suspend. */
function limitsAhead(sandbox: Sandbox, at: number, policy: Policy): Partial<Record<LimitName, number>> {
  const { lastOperation } = sandbox;
  const hasFailed = lastOperation?.kind === 'suspend' && lastOperation.result !== 'completed';
  const retryMs = hasFailed ? policy.suspendRetryDelaySeconds * 1000 : 0;
  const ahead: Partial<Record<LimitName, number>> = {};
  for (const [limit, instant] of limits) {
    const milliseconds = sandbox[limit];
    const ends = sandbox[instant];
    if (milliseconds !== null && ends !== null && ends > at + Math.max(milliseconds, retryMs))
      ahead[limit] = milliseconds;
  }
  return ahead;
}

/** The limits whose instants have passed. With activity, the idle limit begins again by itself. */
function limitsPassed(sandbox: Sandbox, at: number, isActive: boolean): Partial<Record<LimitName, number>> {
  const passed: Partial<Record<LimitName, number>> = {};
  for (const [limit, instant] of limits) {
    const milliseconds = sandbox[limit];
    const ends = sandbox[instant];
    const isMoved = isActive && limit === 'idleTimeoutMs';
    if (milliseconds !== null && ends !== null && ends <= at && !isMoved) passed[limit] = milliseconds;
  }
  return passed;
}

type LimitName = (typeof limits)[number][0];

const limits = [
  ['timeoutMs', 'expiresAt'],
  ['idleTimeoutMs', 'idleAt'],
  ['suspendedTimeoutMs', 'discardAt'],
] as const;
