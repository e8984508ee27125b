import type { Policy } from '../../model/policy.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import type { Clock } from '../../utils/clock.ts';
import type { Store } from '../store/store.ts';
import { type Downtime, deadlineAfterDowntime, moveTo, rightLimits } from './clock-rules.ts';
import type { Adjustment } from './record-adjustment.ts';

/** A step of the wall clock, as the difference between wall clock and elapsed time before and after it, in ms. */
export interface Step {
  readonly before: number;
  readonly after: number;
  /** The elapsed time at which it was seen. */
  readonly seenAt: number;
  /** The operations that began after it, whose deadlines do not move. */
  readonly begun: Set<string>;
  /** The new deadlines of those that began before it. */
  readonly deadlines: Map<string, number>;
}

/** The adjustments of all records that follow from a downtime or a step of the clock. */
export interface ClockAdjustments {
  /** Moves the deadlines of the operations in flight by a downtime. */
  afterDowntime(downtime: Downtime): Adjustment;
  /** Moves the deadlines of the operations that began before a step. */
  afterStep(step: Step): Adjustment;
  /** Restarts idle limits, and the limits whose instants lie too far ahead. `cause` is for the history. */
  ofLimits(cause: string): Adjustment;
  /** As {@link ofLimits}, and also restarts the limits whose instants have passed. */
  ofPassedLimits(cause: string): Adjustment;
}

/** Creates the adjustments. Each computes its events from the record and the present time. */
export function createClockAdjustments({
  store,
  downtimeStore,
  clock,
  policy,
}: {
  readonly store: Pick<Store, 'unsettled' | 'living'>;
  /** The store of the records that a downtime moves. */
  readonly downtimeStore: Pick<Store, 'unsettled'>;
  readonly clock: Clock;
  readonly policy: Policy;
}): ClockAdjustments {
  return {
    afterDowntime: (downtime) =>
      moves('downtime', downtimeStore, new Map(), (sandbox) =>
        deadlineAfterDowntime(sandbox, downtime, policy),
      ),
    afterStep: ({ before, after, begun, deadlines }) =>
      moves('clock step', store, deadlines, (sandbox) => {
        const { operation } = sandbox;
        if (operation === null || begun.has(operationKey(sandbox))) return null;
        return Math.round(operation.deadline + after - before);
      }),
    ofLimits: (cause) => limits(cause, false),
    ofPassedLimits: (cause) => limits(cause, true),
  };

  function limits(cause: string, evenPassed: boolean): Adjustment {
    const eventsOf = (sandbox: Sandbox) => rightLimits(sandbox, clock.now(), policy, { evenPassed });
    return { read: store.living.bind(store), cause, eventsOf };
  }

  /** Moves deadlines. The new ones are computed once, so that a retry sends the same deadline again. */
  function moves(
    cause: string,
    { unsettled }: Pick<Store, 'unsettled'>,
    deadlines: Map<string, number>,
    deadlineOf: (sandbox: Sandbox) => number | null,
  ): Adjustment {
    const eventsOf = (sandbox: Sandbox) => {
      const deadline = deadlines.get(operationKey(sandbox)) ?? deadlineOf(sandbox);
      if (deadline !== null) deadlines.set(operationKey(sandbox), deadline);
      return moveTo(sandbox, deadline, clock.now());
    };
    return { read: (...part) => unsettled(...part), cause, eventsOf };
  }
}

/** Identifies the newest operation of a sandbox. */
export function operationKey({ id, operations }: Sandbox): string {
  return `${id} ${operations}`;
}
