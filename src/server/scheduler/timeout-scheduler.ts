import type { Clock } from '../../utils/clock.ts';
import { nextTurn } from '../../utils/next-turn.ts';
import { singleFlight } from '../../utils/single-flight.ts';
import type { DueTimeout, Store } from '../store/store.ts';
import { createAlarm } from './alarm.ts';

/** Sends every sandbox its timeouts when they are due, whoever set them and however long ago. */
export interface TimeoutScheduler {
  /** There is a timeout at this instant (epoch ms), or none for null. */
  expect(at: number | null): void;
  /** Reads from the store when the next one is due. */
  start(): Promise<void>;
  /** Stops, when those that are being sent are through. */
  close(): Promise<void>;
}

/** How many due timeouts are sent at once: a storm after a long downtime is drained in bounded pieces. */
const batchSize = 50;

/** After something went wrong, how long until it is tried again, in ms. */
const retryMs = 1_000;

/** Timeouts on a store. `send` applies one to a sandbox; when it throws, it is tried again a little later. */
export function createTimeoutScheduler(
  store: Store,
  clock: Clock,
  send: (sandboxId: string, timeoutAt: number, at: number) => Promise<unknown>,
  onProblem: (error: unknown, sandboxId: string | null) => void,
): TimeoutScheduler {
  let closed = false;
  const drainOnce = singleFlight(drain);
  const alarm = createAlarm(clock, () => void drainOnce());

  return {
    expect(at) {
      if (at !== null) alarm.set(at);
    },
    start: setNext,
    async close() {
      closed = true;
      alarm.close();
      await drainOnce();
    },
  };

  /** Sends all that is due, the longest overdue first, and sets the alarm for what comes next. */
  async function drain(): Promise<void> {
    try {
      for (let went = true; went && !closed; ) {
        const at = clock.now();
        const due = await store.due(at, batchSize);
        const sent = await Promise.all(due.map((timeout) => sendOne(timeout, at)));
        went = due.length > 0 && sent.every(Boolean);
        // Others have their turn between two batches: a store may do all its work without waiting for anything.
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
      await send(sandboxId, timeoutAt, at);
      return true;
    } catch (error) {
      onProblem(error, sandboxId);
      return false;
    }
  }
}
