import type { CommitResult } from '../commands/commit-writer.ts';
import type { Reconciler } from '../reconciler/reconciler.ts';
import type { TimeoutScheduler } from '../scheduler/timeout-scheduler.ts';
import { timeoutAtOf } from '../store/indexed-fields.ts';
import type { Observation } from '../telemetry/observation.ts';
import type { ChangeFeed } from './change-feed.ts';

/** The parts of a host that a commit starts. */
export interface FanOutTargets {
  readonly observe: (observation: Observation) => void;
  readonly changeFeed: Pick<ChangeFeed, 'publish'>;
  readonly reconciler: Pick<Reconciler, 'reconcile' | 'removeSnapshots'>;
  readonly timeoutScheduler: Pick<TimeoutScheduler, 'expect'>;
}

/**
 * Starts everything that follows from a commit: the observer sees it, watchers are woken, the reconciler compares the
 * operation in progress with the record, the timeout scheduler notes the next timeout, and the platform drops the snapshot
 * of a failed capture. Nothing here is awaited, and nothing is lost in a crash: each part also reads the store at a start.
 */
export function fanOut(
  { entry, row, snapshot, durationMs }: CommitResult,
  { observe, changeFeed, reconciler, timeoutScheduler }: FanOutTargets,
): void {
  observe({ type: 'committed', durationMs });
  if (row) {
    observe({ type: 'applied', row });
    changeFeed.publish(row);
  }
  reconciler.reconcile(entry);
  timeoutScheduler.expect(timeoutAtOf(entry));
  if (snapshot && snapshot.status !== 'in_progress') reconciler.removeSnapshots();
}
