import { retryMs } from '../../utils/back-off.ts';
import type { Clock } from '../../utils/clock.ts';
import { nextTurn } from '../../utils/next-turn.ts';
import { singleFlight } from '../../utils/single-flight.ts';
import type { Committer } from '../commands/committer.ts';
import type { DueTimeout, Store } from '../store/store.ts';
import type { Observation } from '../telemetry/observation.ts';

/** Sends every sandbox its timeouts when they are due, including those that became due while no host ran. */
export interface TimeoutScheduler {
  /** Schedules a timeout at this instant (epoch ms); null for none. */
  expect(at: number | null): void;
  /** Reads the instant of the next timeout from the store. */
  start(): Promise<void>;
  /** Stops after the timeouts in progress have been sent. */
  close(): Promise<void>;
}

/** The number of due timeouts that are sent at once. It bounds the work after a long downtime. */
const batchSize = 50;

/** The parts of a host that a timeout scheduler uses. */
interface TimeoutSchedulerOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly committer: Pick<Committer, 'apply'>;
  readonly observe: (observation: Observation) => void;
  readonly onProblem: (error: unknown, sandboxId: string | null) => void;
}

/** Creates a scheduler for the timeouts in a store. It retries a failed commit after a second. */
export function createTimeoutScheduler(options: TimeoutSchedulerOptions): TimeoutScheduler {
  const { store, clock, committer, observe, onProblem } = options;
  let closed = false;
  const sendAll = singleFlight(sendDue);
  const alarm = createAlarm(clock, () => void sendAll());

  return {
    expect(at) {
      if (at !== null) alarm.set(at);
    },
    start: setNext,
    async close() {
      closed = true;
      alarm.close();
      await sendAll();
    },
  };

  /** Sends all due timeouts, the longest overdue first, and sets the alarm for the next one. Does not throw. */
  async function sendDue(): Promise<void> {
    try {
      for (let hasMore = true; hasMore && !closed; ) {
        const at = clock.now();
        const due = await store.due(at, batchSize);
        const sent = await Promise.all(due.map((timeout) => sendOne(timeout, at)));
        hasMore = due.length > 0 && sent.every(Boolean);
        // A synchronous store never yields, so requests are served between two batches.
        await nextTurn();
        if (sent.includes(false)) alarm.set(at + retryMs);
        else if (due.length === 0) await setNext();
      }
    } catch (error) {
      onProblem(error, null);
      alarm.set(clock.now() + retryMs);
    }
  }

  async function setNext(): Promise<void> {
    const at = await store.nextTimeoutAt();
    if (at !== null) alarm.set(at);
  }

  async function sendOne({ sandboxId, timeoutAt }: DueTimeout, at: number): Promise<boolean> {
    try {
      const origin = { actor: 'clock', cause: 'deadline' };
      const { result } = await committer.apply(sandboxId, { type: 'timeout', at }, origin);
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
  /** Cancels the timer. Later calls of `set` have no effect. */
  close(): void;
}

/**
 * The longest sleep, in ms. A timer lasts at most about 24 days, and the wall clock may be set forward meanwhile. A check
 * every minute covers both.
 */
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
    close() {
      closed = true;
      cancel();
    },
  };
}
