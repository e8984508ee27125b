import type { CommitResult } from '../commands/commit-writer.ts';
import type { Reconciler } from '../reconciler/reconciler.ts';
import type { TimeoutScheduler } from '../scheduler/timeout-scheduler.ts';
import { timeoutAtOf } from '../store/indexed-fields.ts';
import type { Observation } from '../telemetry/observation.ts';
import type { ChangeFeed } from './change-feed.ts';

/** The parts of a host that act on a commit. */
export interface FanOutTargets {
  readonly observe: (observation: Observation) => void;
  readonly changeFeed: Pick<ChangeFeed, 'publish'>;
  readonly reconciler: Pick<Reconciler, 'reconcile' | 'removeSnapshots'>;
  readonly timeoutScheduler: Pick<TimeoutScheduler, 'expect'>;
}

/**
 * Starts all that follows a commit: it notifies the observer, wakes watchers, compares the operation in progress with the
 * record, brings what runs its newest configuration, schedules the next timeout, and removes the snapshot of a failed capture from the platform. It awaits none of
 * these. A crash loses none of them either: each part also reads the store at startup.
 */
export function fanOut(
  { entry, rows, snapshot, durationMs }: CommitResult,
  { observe, changeFeed, reconciler, timeoutScheduler }: FanOutTargets,
): void {
  observe({ type: 'committed', durationMs });
  for (const row of rows) {
    observe({ type: 'applied', row });
    changeFeed.publish(row);
  }
  reconciler.reconcile(entry);
  timeoutScheduler.expect(timeoutAtOf(entry));
  if (snapshot && snapshot.status !== 'in_progress') reconciler.removeSnapshots();
}
