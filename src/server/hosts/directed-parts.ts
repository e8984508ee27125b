import type { Clock } from '../../utils/clock.ts';
import { singleFlight } from '../../utils/single-flight.ts';
import type { ChangeFeed } from '../changes/change-feed.ts';
import type { Activity } from '../commands/activity.ts';
import type { Reconciler } from '../reconciler/reconciler.ts';
import type { Directed } from './membership.ts';

/** The least time before the end of an idle limit at which a host writes its activity, in ms. */
const leastActivityMs = 10_000;

/** Connects a membership to the parts of a host that it directs. */
export function directedParts({
  reconciler,
  changeFeed,
  activity,
  expectTimeouts,
  clock,
  beatMs,
  onProblem,
}: {
  readonly reconciler: Pick<Reconciler, 'look' | 'letGo' | 'isBusy'>;
  readonly changeFeed: Pick<ChangeFeed, 'refresh'>;
  readonly activity: Pick<Activity, 'recordBefore'>;
  readonly expectTimeouts: () => Promise<void>;
  readonly clock: Clock;
  /** The time between two heartbeats, in ms. */
  readonly beatMs: number;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}): Directed {
  const readTimeouts = singleFlight(() => expectTimeouts().catch((error: unknown) => onProblem(error, null)));
  // A second heartbeat still comes in time when the first one is late.
  const activityMs = Math.max(leastActivityMs, 2 * beatMs);
  return {
    reconcile: reconciler.look,
    letGo: reconciler.letGo,
    isBusy: reconciler.isBusy,
    changed() {
      changeFeed.refresh();
      void readTimeouts();
    },
    beat: () => activity.recordBefore(clock.now() + activityMs),
  };
}
