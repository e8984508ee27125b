import type { EventType } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import { type Clock, elapsedBy } from '../../utils/clock.ts';
import type { Committer } from '../commands/committer.ts';
import { createBackgroundTasks } from '../reconciler/background-tasks.ts';
import type { HistoryRow } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import { createClockAdjustments, operationKey, type Step } from './clock-adjustments.ts';
import type { Downtime } from './clock-rules.ts';
import { createHeartbeat } from './heartbeat.ts';
import { type Adjustment, createRecordAdjuster } from './record-adjustment.ts';

/**
 * Keeps records right when time passes without a host, or the wall clock is set: it moves the deadlines of operations, and
 * restarts idle limits. Records a heartbeat, from which the next host reads its downtime.
 */
export interface Timekeeper {
  /**
   * Moves the deadlines of operations by the downtime. Then it restarts limits in the background. Call it before any operation
   * continues. Rejects when the store cannot be read.
   */
  start(): Promise<void>;
  /** Resolves when all records are right for the present time of the clock. Does not reject. */
  adjusted(): Promise<void>;
  /** Notes the rows of a commit, and whether the clock was set. */
  committed(rows: readonly HistoryRow[]): void;
  /** The error of the last write of a heartbeat; null when it succeeded. */
  writeFailure(): unknown;
  /** Ends all adjustments. */
  stop(): void;
  /** Records the last heartbeat. Does not reject. */
  close(): Promise<void>;
}

/** The time between two comparisons of the wall clock with the elapsed time, in ms. */
const checkMs = 1_000;

/** The least difference between them that counts as a step of the wall clock, in ms. */
const leastStepMs = 1_000;

/** The parts of a host that a timekeeper uses. */
interface TimekeeperOptions {
  readonly store: Pick<Store, 'recordHeartbeat' | 'lastHeartbeat' | 'unsettled' | 'living'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly policy: Policy;
  readonly committer: Pick<Committer, 'applyAll'>;
  /** Whether the database is a restored one, so that limits which passed before the start begin again. */
  readonly restored: boolean;
  /**
   * Reads what this host must know of the time without a host; null when there was none. Default: from the last heartbeat, on a store
   * that belongs to this host alone.
   */
  readonly readDowntime?: () => Promise<Pick<Downtime, 'lastHeartbeat'> | null>;
  /** The store of the records that a downtime moves. Default: `store`. */
  readonly downtimeStore?: Pick<Store, 'unsettled'>;
  /** Called at a start or a step of the clock, before the records are adjusted. */
  readonly onUncertain: () => void;
  /** Called when the records are right again. */
  readonly onAdjusted: () => void;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}

/** How long commits may still arrive whose events have a time before a step, in ms. */
const stragglerMs = 60_000;

/** Creates a timekeeper. */
export function createTimekeeper(options: TimekeeperOptions): Timekeeper {
  const { store, clock, random, policy, committer, onUncertain, onAdjusted, onProblem } = options;
  const { downtimeStore = store } = options;
  const readDowntime = options.readDowntime ?? (async () => ({ lastHeartbeat: await store.lastHeartbeat() }));
  const background = createBackgroundTasks(clock, onProblem, random);
  const adjuster = createRecordAdjuster({
    ...{ clock, random, committer, onProblem },
    closing: background.closing,
  });
  const adjustments = createClockAdjustments({ store, downtimeStore, clock, policy });
  const heartbeat = createHeartbeat(store, clock, onProblem);
  /** The recent steps. */
  const steps = new Set<Step>();
  let difference = measure();
  let pending = 0;
  let last = Promise.resolve();
  let isStarted = false;
  let cancel = () => {};

  return {
    async start() {
      const downtime = await readDowntime();
      difference = measure();
      onUncertain();
      const moves = downtime && adjustments.afterDowntime({ ...downtime, startedAt: clock.now() });
      const failed = moves ? await adjuster.adjustOnce(moves) : [];
      isStarted = true;
      adjustWith(async () => {
        if (moves) await adjuster.adjustAgain(failed, moves);
        if (options.restored) await adjustAll(adjustments.ofPassedLimits('restored'));
        else if (moves) await adjustAll(adjustments.ofLimits('downtime'));
        await heartbeat.beat();
      });
      watchClock();
    },
    async adjusted() {
      checkClock();
      while (pending > 0 && !background.closing.aborted) {
        await last;
        // The clock may have been set once more meanwhile.
        checkClock();
      }
    },
    committed(rows) {
      checkClock();
      if (steps.size > 0) for (const row of rows) noteBeginning(row);
    },
    writeFailure: heartbeat.failure,
    stop() {
      cancel();
      background.stop();
    },
    async close() {
      await last;
      // Without it, the next host counts the time since an earlier heartbeat, which the records do not have yet.
      if (isStarted && pending === 0) await heartbeat.beat();
    },
  };

  function measure(): number {
    return clock.now() - elapsedBy(clock);
  }

  function watchClock(): void {
    cancel = clock.wake(checkMs, watchClock);
    checkClock();
    if (pending === 0 && heartbeat.isDue()) void heartbeat.beat();
  }

  /** Adjusts all records when the wall clock was set since the last call. */
  function checkClock(): void {
    const now = measure();
    if (!isStarted || Math.abs(now - difference) < leastStepMs) return;
    const seenAt = elapsedBy(clock);
    const step: Step = { before: difference, after: now, seenAt, begun: new Set(), deadlines: new Map() };
    difference = now;
    steps.add(step);
    onUncertain();
    adjustWith(async () => {
      await adjustAll(adjustments.afterStep(step));
      await adjustAll(adjustments.ofLimits('clock step'));
    });
  }

  /** Starts an adjustment after those in progress. The host retries it until it succeeds. */
  function adjustWith(act: () => Promise<void>): void {
    pending += 1;
    last = last
      .then(() => background.untilDone(act, null))
      .then(() => {
        if (background.closing.aborted) return;
        pending -= 1;
        if (pending === 0) onAdjusted();
      });
  }

  async function adjustAll(adjustment: Adjustment): Promise<void> {
    await adjuster.adjustAgain(await adjuster.adjustOnce(adjustment), adjustment);
  }

  /** Notes an operation whose event has a time after a step: its deadline is right. Moves one whose event is from before it. */
  function noteBeginning({ event, sandbox, at }: HistoryRow): void {
    if (!beginnings.has(event.type) || sandbox.operation === null) return;
    const elapsed = elapsedBy(clock);
    const measured = at - elapsed;
    const isAfter = (step: Step) => Math.abs(measured - step.after) < Math.abs(measured - step.before);
    const isNow = Math.abs(measured - difference) < leastStepMs;
    for (const step of steps) {
      if (elapsed - step.seenAt > stragglerMs) steps.delete(step);
      else if (isNow || isAfter(step)) step.begun.add(operationKey(sandbox));
      else adjustWith(() => adjuster.adjustAgain([sandbox.id], adjustments.afterStep(step)));
    }
  }
}

/** The events with which operations begin. */
const beginnings: ReadonlySet<EventType | 'created'> = new Set([
  'created',
  'snapshot',
  'suspend',
  'resume',
  'timeout',
] as const);
