import { nextDeadline } from '../../model/duties.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import { jittered, retryMs } from '../../utils/back-off.ts';
import type { Clock } from '../../utils/clock.ts';
import { nextTurn } from '../../utils/next-turn.ts';
import { singleFlight } from '../../utils/single-flight.ts';
import type { Committer } from '../commands/committer.ts';
import { timeoutAtOf } from '../store/indexed-fields.ts';
import type { SandboxEntry } from '../store/records.ts';
import type { DueTimeout, Store } from '../store/store.ts';
import type { Observation } from '../telemetry/observation.ts';
import { createDiscardGrace } from './discard-grace.ts';

/** Sends every sandbox its timeouts when they are due, including those that became due while no host ran. */
export interface TimeoutScheduler {
  /** Schedules the timeout of a committed entry. */
  committed(entry: SandboxEntry): void;
  /** Reads the instant of the next timeout from the store. */
  start(): Promise<void>;
  /** Waits with the suspended limits from before: the clock may be wrong. */
  beginDiscardGrace(): void;
  /** Sends what is due now, and reads the next instant again: the clock was set. */
  restart(): void;
  /** Stops after the timeouts in progress have been sent. */
  close(): Promise<void>;
}

/** The number of due timeouts that are sent at once. It bounds the work after a long downtime. */
const batchSize = 50;

/** The parts of a host that a timeout scheduler uses. */
interface TimeoutSchedulerOptions {
  readonly store: Pick<Store, 'due' | 'nextTimeoutAt'>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly committer: Pick<Committer, 'apply'>;
  readonly discardGraceMs: number;
  /** Resolves when the records are right for the present time of the clock. */
  readonly adjusted: () => Promise<void>;
  /** Commits activity that the record of a sandbox does not have yet. Returns the record then, else undefined. */
  readonly recordActivity: (sandboxId: string) => Promise<Sandbox | undefined>;
  readonly observe: (observation: Observation) => void;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}

/** Creates a scheduler for the timeouts in a store. It retries a failed commit after 0.5 to 1 s. */
export function createTimeoutScheduler(options: TimeoutSchedulerOptions): TimeoutScheduler {
  const { store, clock, random, committer, observe, onProblem } = options;
  let closed = false;
  let isStarted = false;
  const sendAll = singleFlight(sendDue);
  const alarm = createAlarm(clock, () => void sendAll());
  const grace = createDiscardGrace(clock, options.discardGraceMs, restart);

  return {
    committed(entry) {
      grace.committed(entry);
      const at = timeoutAtOf(entry);
      if (at !== null) alarm.set(at);
    },
    async start() {
      isStarted = true;
      await setNext();
    },
    beginDiscardGrace: grace.begin,
    restart,
    async close() {
      closed = true;
      alarm.close();
      grace.close();
      await sendAll();
    },
  };

  function restart(): void {
    if (!isStarted) return;
    alarm.reset();
    void sendAll();
  }

  /** Sends all due timeouts, the longest overdue first, and sets the alarm for the next one. Does not throw. */
  async function sendDue(): Promise<void> {
    try {
      for (let hasMore = isStarted; hasMore && !closed; ) {
        await options.adjusted();
        const at = clock.now();
        const due = await readDue(at);
        const sent = await Promise.all(due.map((timeout) => sendOne(timeout, at)));
        hasMore = due.length > 0 && sent.every(Boolean);
        // A synchronous store never yields, so requests are served between two batches.
        await nextTurn();
        if (sent.includes(false)) alarm.set(at + jittered(retryMs, random));
        else if (due.length === 0) await setNext();
      }
    } catch (error) {
      onProblem(error, null);
      alarm.set(clock.now() + jittered(retryMs, random));
    }
  }

  async function readDue(at: number): Promise<readonly DueTimeout[]> {
    const withoutDiscards = grace.isActive();
    const due = await store.due(at, batchSize, { withoutDiscards });
    return withoutDiscards ? [...due, ...grace.due(at).slice(0, batchSize)] : due;
  }

  async function setNext(): Promise<void> {
    const next = [await store.nextTimeoutAt({ withoutDiscards: grace.isActive() }), grace.next()];
    for (const at of next) if (at !== null) alarm.set(at);
  }

  async function sendOne({ sandboxId, timeoutAt }: DueTimeout, at: number): Promise<boolean> {
    try {
      const active = await options.recordActivity(sandboxId);
      if (active && (nextDeadline(active) ?? Number.POSITIVE_INFINITY) > at) return true;
      const origin = { actor: 'clock', cause: 'deadline' };
      const { result } = await committer.apply(sandboxId, { type: 'timeout', at }, origin);
      grace.sent(sandboxId);
      if (result.outcome === 'applied')
        observe({ type: 'timeout', sandboxId, latenessMs: clock.now() - timeoutAt });
      return true;
    } catch (error) {
      onProblem(error, sandboxId);
      return false;
    }
  }
}

/** The one timer of a host: for the earliest timeout of all its sandboxes. */
interface Alarm {
  /** Wakes at this instant (epoch ms), unless an earlier one is set. */
  set(at: number): void;
  /** Unsets the alarm. */
  reset(): void;
  /** Cancels the timer. Later calls of `set` have no effect. */
  close(): void;
}

/** The longest sleep, in ms. A timer lasts at most about 24 days, and slow drift of the wall clock adds up. */
const longestSleepMs = 60_000;

/** Creates an alarm that calls `onDue` at its instant. After that the alarm is unset. */
function createAlarm(clock: Clock, onDue: () => void): Alarm {
  let setTo = Number.POSITIVE_INFINITY;
  let cancel: () => void = () => {};
  let closed = false;

  function sleep(): void {
    cancel();
    const left = setTo - clock.now();
    cancel = clock.wake(Math.min(Math.max(left, 0), longestSleepMs), () => {
      if (clock.now() < setTo) return sleep();
      setTo = Number.POSITIVE_INFINITY;
      onDue();
    });
  }

  return {
    set(at) {
      if (closed || at >= setTo) return;
      setTo = at;
      sleep();
    },
    reset() {
      cancel();
      setTo = Number.POSITIVE_INFINITY;
    },
    close() {
      closed = true;
      cancel();
    },
  };
}
