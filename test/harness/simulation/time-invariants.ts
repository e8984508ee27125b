import type { Sandbox } from '../../../src/model/sandbox.ts';
import type { HistoryRow } from '../../../src/server/store/records.ts';
import type { Store } from '../../../src/server/store/store.ts';
import { must } from '../shared/violation.ts';
import type { FaultProfile } from './fault-profile.ts';
import type { WorldClock } from './world-clock.ts';

/** Checks that no sandbox pays for time without a host, or for a step of the clock. */
export interface TimeInvariants {
  hostStarts(): void;
  hostEnds(): void;
  /** The wall clock jumps by this many ms. */
  clockJumps(milliseconds: number): void;
  /** Wraps a store, and checks its commits. */
  watch(store: Store): Store;
}

/** The time of an operation during which a host was there, as far as a later host can know. */
interface OperationTime {
  readonly operation: number;
  readonly limitMs: number;
  usedMs: number;
  /** The elapsed time of its last commit. */
  touchedAt: number;
  /** Since when a host is there, as elapsed time; null without one. */
  since: number | null;
  /** How many hosts have started during it. The time until a host reads its clock counts for none of them. */
  starts: number;
  /** Whether the clock was set meanwhile. Until the host has seen that, a new deadline looks wrong by the jump. */
  hasJumped: boolean;
  /** Whether a host has started, and has not moved the deadline yet. */
  isMoveOwed: boolean;
  /** Whether no host can know the time: a jump and a crash coincide, or a change of the record came before a move that failed. */
  isUnclear: boolean;
}

/** The grace of the hosts before they discard, in s. */
export const discardGraceSeconds = 30;

/** The tolerance for commits that land after a crash, in ms. */
const stragglerMs = 20_000;

/** The least jump that a host must see, in ms. */
const leastStepMs = 1_000;

/** Creates the checks of a world. */
export function createTimeInvariants(
  clock: WorldClock,
  { stragglers, storeLatencyMs }: Pick<FaultProfile, 'stragglers' | 'storeLatencyMs'>,
  onViolation: (error: unknown) => void,
): TimeInvariants {
  /** The tolerance for slow calls of the store, in ms. */
  const slackMs = 2_000 + 5 * storeLatencyMs;
  const operations = new Map<string, OperationTime>();
  const records = new Map<string, Sandbox>();
  /** The elapsed time of the commit that set the suspended limit of a sandbox. */
  const suspendedAt = new Map<string, number>();
  /** The sandboxes that were suspending at a start or a step. If the suspend fails, its retry delay counts, not the idle limit. */
  const isExempt = new Set<string>();
  let startedAt: number | null = null;
  let startedWallMs = 0;
  let beatAt = Number.NEGATIVE_INFINITY;
  let steppedAt = Number.NEGATIVE_INFINITY;
  let jumpedAt = Number.NEGATIVE_INFINITY;
  let unseenMs = 0;

  function noteRow(row: Omit<HistoryRow, 'sequence'>): void {
    const { sandboxId: id, event, sandbox } = row;
    const before = records.get(id);
    const of = (what: string) => `${id} v${row.version} by ${event.type}: ${what}`;
    // A commit of a crashed host may land when another host runs.
    if (before && event.type === 'timeout' && row.at >= startedWallMs) checkTimeout(before, of);
    noteOperation(row);
    if (event.type === 'deadline.moved') checkMove(id, sandbox, of);
    if (sandbox.discardAt !== (before?.discardAt ?? null)) suspendedAt.set(id, clock.elapsed());
    records.set(id, sandbox);
    // A suspend may come between a step and the adjustment after it, which then leaves the retries of the suspend alone.
    if (event.type === 'suspend' && !isPast(steppedAt)) isExempt.add(id);
    if (sandbox.status === 'suspended' || event.type === 'keepalive') isExempt.delete(id);
  }

  function exemptSuspending(): void {
    for (const { id, status } of records.values()) if (status === 'suspending') isExempt.add(id);
  }

  function checkTimeout(before: Sandbox, of: (what: string) => string): void {
    const { id, status, operation, idleTimeoutMs, idleAt, expiresAt } = before;
    const time = operations.get(id);
    if (operation !== null) {
      if (!time || time.isUnclear) return;
      const used = usedBy(time);
      must(
        used >= time.limitMs - slackOf(time),
        of(`its operation had ${used} of ${time.limitMs} ms with a host`),
      );
      return;
    }
    if (status === 'suspended') {
      if ((suspendedAt.get(id) ?? 0) < (startedAt ?? 0))
        checkSince(startedAt, discardGraceSeconds * 1000, of('a discard too soon after a start'));
      if ((suspendedAt.get(id) ?? 0) < steppedAt - slackMs && isPast(steppedAt))
        checkSince(steppedAt, discardGraceSeconds * 1000, of('a discard too soon after a step of the clock'));
      return;
    }
    if (isExempt.has(id)) return;
    if (idleAt === null || idleTimeoutMs === null || (expiresAt !== null && expiresAt <= idleAt)) return;
    checkSince(startedAt, idleTimeoutMs, of('an idle limit counts time without a host'));
    if (isPast(steppedAt))
      checkSince(steppedAt, idleTimeoutMs, of('an idle limit counts a step of the clock'));
  }

  function checkSince(since: number | null, leastMs: number, what: string): void {
    const slack = stragglers > 0 ? stragglerMs : 1_000;
    if (since !== null) must(clock.elapsed() - since >= leastMs - slack, what);
  }

  /** Whether a jump is so long ago that no commit from before it is in flight. */
  function isPast(at: number): boolean {
    return clock.elapsed() - at > 2 * slackMs + 5_000;
  }

  function checkMove(id: string, { operation }: Sandbox, of: (what: string) => string): void {
    const time = operations.get(id);
    if (!time || time.isUnclear || time.hasJumped || operation === null || !isPast(jumpedAt)) return;
    const left = operation.deadline - clock.now();
    const most = time.limitMs - usedBy(time) + slackOf(time);
    must(left <= most, of(`it has ${left} ms left, and should have at most ${most}`));
  }

  function noteOperation({ sandbox, sandboxId, event, policy, at }: Omit<HistoryRow, 'sequence'>): void {
    const now = clock.elapsed();
    const { operation } = sandbox;
    if (operation === null) {
      operations.delete(sandboxId);
      return;
    }
    const known = operations.get(sandboxId);
    if (known?.operation === operation.id) {
      known.touchedAt = now;
      if (event.type !== 'deadline.moved' && known.isMoveOwed) known.isUnclear = true;
      known.isMoveOwed = false;
      return;
    }
    const age = Math.min(Math.max(0, clock.now() - at), stragglerMs);
    operations.set(sandboxId, {
      operation: operation.id,
      limitMs: policy.operationLimitSeconds[operation.kind] * 1000,
      usedMs: 0,
      starts: 0,
      isMoveOwed: false,
      hasJumped: false,
      touchedAt: now,
      since: startedAt === null ? null : now - age,
      // A commit that lands late may have a time from before a jump.
      isUnclear: now - jumpedAt < stragglerMs + 2 * slackMs || at > clock.now() + leastStepMs,
    });
  }

  const slackOf = ({ starts }: OperationTime) => slackMs * (1 + starts);
  const usedBy = ({ usedMs, since }: OperationTime) =>
    usedMs + (since === null ? 0 : clock.elapsed() - since);

  return {
    hostStarts() {
      startedAt = clock.elapsed();
      startedWallMs = clock.now();
      unseenMs = 0;
      exemptSuspending();
      for (const [id, time] of operations) {
        // A record from before the clock was set back does not say whether a start in between has moved the deadline.
        if ((records.get(id)?.updatedAt ?? 0) > startedWallMs) time.isUnclear = true;
        time.since = startedAt;
        time.starts += 1;
        time.isMoveOwed = true;
      }
    },
    hostEnds() {
      for (const time of operations.values()) {
        const seenAt = Math.max(beatAt, time.touchedAt);
        if (time.since !== null) time.usedMs += Math.max(0, seenAt - time.since);
        time.since = null;
        if (!isPast(jumpedAt)) time.isUnclear = true;
      }
      startedAt = null;
    },
    clockJumps(milliseconds) {
      jumpedAt = clock.elapsed();
      exemptSuspending();
      startedWallMs += milliseconds;
      unseenMs += milliseconds;
      if (startedAt !== null && Math.abs(unseenMs) >= leastStepMs) {
        unseenMs = 0;
        steppedAt = jumpedAt;
      }
      for (const time of operations.values()) time.hasJumped = true;
      if (startedAt !== null && isPast(startedAt)) return;
      for (const time of operations.values()) time.isUnclear = true;
    },
    watch: (store) => ({
      ...store,
      async recordHeartbeat(at) {
        await store.recordHeartbeat(at);
        beatAt = clock.elapsed();
      },
      async commit(commit) {
        const committed = await store.commit(commit);
        const { change } = commit;
        try {
          for (const row of [...(change?.earlier ?? []), change?.history]) if (row) noteRow(row);
        } catch (error) {
          // Thrown into the host, it would only be one more failure to retry.
          onViolation(error);
        }
        return committed;
      },
    }),
  };
}
