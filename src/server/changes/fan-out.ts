import type { EventType } from '../../model/events.ts';
import type { Activity } from '../commands/activity.ts';
import type { CommitResult } from '../commands/commit-writer.ts';
import type { Reconciler } from '../reconciler/reconciler.ts';
import type { Retention } from '../scheduler/retention.ts';
import type { Timekeeper } from '../scheduler/timekeeper.ts';
import type { TimeoutScheduler } from '../scheduler/timeout-scheduler.ts';
import type { HistoryRow, SandboxEntry } from '../store/records.ts';
import type { Observation } from '../telemetry/observation.ts';
import type { ChangeFeed } from './change-feed.ts';

/** The parts of a host that act on a commit. */
export interface FanOutTargets {
  readonly observe: (observation: Observation) => void;
  readonly changeFeed: Pick<ChangeFeed, 'publish'>;
  readonly reconciler: Pick<Reconciler, 'reconcile' | 'removeSnapshots'>;
  readonly timekeeper: Pick<Timekeeper, 'committed'>;
  readonly activity: Pick<Activity, 'committed'>;
  readonly timeoutScheduler: Pick<TimeoutScheduler, 'committed'>;
  readonly retention: Pick<Retention, 'committed'>;
}

/**
 * Starts all that follows a commit: it notifies the observer, wakes watchers, compares the operation in progress with the
 * record, brings what runs its newest configuration, schedules the next timeout, cuts a history that is too long, and removes
 * snapshots that nothing needs any more from the platform. It awaits none of these. A crash loses none of them either: each part also reads the store at
 * startup.
 */
export function fanOut(
  { entry, rows, snapshot, durationMs }: CommitResult,
  { observe, changeFeed, reconciler, timekeeper, activity, timeoutScheduler, retention }: FanOutTargets,
): void {
  timekeeper.committed(rows);
  activity.committed(entry);
  observe({ type: 'committed', durationMs });
  for (const row of rows) {
    observe({ type: 'applied', row });
    changeFeed.publish(row);
  }
  // An adjustment by the clock leaves the operation as it is. At a start, that operation waits until the sandbox is adopted.
  if (rows.length === 0 || !rows.every(isAdjustment)) reconciler.reconcile(entry, rows);
  timeoutScheduler.committed(entry);
  retention.committed(entry);
  const hasSettled = snapshot !== undefined && snapshot.status !== 'in_progress';
  if (hasSettled || hasReadSnapshot(entry, rows)) reconciler.removeSnapshots();
}

/** Whether a boot from a snapshot has ended, which may have been the last reader of a deleted one. */
function hasReadSnapshot({ configuration }: SandboxEntry, rows: readonly HistoryRow[]): boolean {
  return configuration.snapshotId !== null && rows.some(({ from, to }) => from === 'pending' && to !== from);
}

/** The events that follow from a downtime or a step of the clock. None of them begins, ends or changes an operation. */
const adjustments: ReadonlySet<EventType | 'created'> = new Set([
  'deadline.moved',
  'keepalive',
  'setTimeouts',
] as const);

/** Whether an event may be such an adjustment. The actor alone is not enough: a user may be called `clock` too. */
const isAdjustment = ({ actor, event }: HistoryRow) => actor === 'clock' && adjustments.has(event.type);
