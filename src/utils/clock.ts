import { onAbort } from './on-abort.ts';

/** The current time and timers. Tests pass a clock of their own to the host and to clients. */
export interface Clock {
  /** The current time, in epoch ms. */
  now(): number;
  /**
   * The time since some fixed instant, in ms, which no step of the wall clock changes. Intervals are measured with it.
   * Without this method: `performance.now()`.
   */
  elapsed?(): number;
  /** Calls back once, after this many ms. Returns a function that cancels the timer. */
  wake(afterMs: number, callback: () => void): () => void;
}

/** Options of a {@link systemClock}. */
export interface SystemClockOptions {
  /** Whether a Node process may exit while a timer is pending. Default: false. Has no effect in browsers. */
  readonly unref?: boolean;
}

/**
 * Creates a clock on the time and timers of this machine.
 *
 * @example
 * const clock = systemClock({ unref: true });
 * const cancel = clock.wake(1_000, () => console.log(clock.now()));
 */
export function systemClock({ unref = false }: SystemClockOptions = {}): Clock {
  return {
    now: () => Date.now(),
    wake(afterMs, callback) {
      const timer: unknown = setTimeout(callback, afterMs);
      if (unref) (timer as { unref?(): void }).unref?.();
      return () => clearTimeout(timer as number);
    },
  };
}

/** Waits this many ms, or less when one of the signals aborts. */
export function pause(clock: Clock, milliseconds: number, ...signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    if (signals.some(({ aborted }) => aborted)) return resolve();
    const cancel = clock.wake(milliseconds, end);
    const stops = signals.map((signal) => onAbort(signal, end));
    function end(): void {
      cancel();
      for (const stop of stops) stop();
      resolve();
    }
  });
}

/** Waits for a promise to settle, but at most this many ms. */
export async function waitAtMost(
  clock: Clock,
  milliseconds: number,
  awaited: Promise<unknown>,
): Promise<void> {
  const settled = new AbortController();
  const end = () => settled.abort();
  void awaited.then(end, end);
  await pause(clock, milliseconds, settled.signal);
}

/** The time by which intervals are measured, in ms. See {@link Clock.elapsed}. */
export function elapsedBy(clock: Pick<Clock, 'elapsed'>): number {
  return clock.elapsed?.() ?? performance.now();
}

/** The limits of a call that may never settle. */
export interface CallLimits {
  readonly clock: Clock;
  readonly milliseconds: number;
  /** Ends the wait for the call. */
  readonly signal: AbortSignal;
  /** The beginning of the error sentence when the time has passed. */
  readonly what: string;
}

/** Settles like a promise. Rejects when the time has passed, and when the signal aborts. */
export async function settleWithin<Result>(
  awaited: Promise<Result>,
  { clock, milliseconds, signal, what }: CallLimits,
): Promise<Result> {
  const settled = new AbortController();
  const limit = pause(clock, milliseconds, signal, settled.signal).then(() => {
    signal.throwIfAborted();
    throw new Error(`${what} within ${milliseconds / 1000} s.`);
  });
  try {
    return await Promise.race([awaited, limit]);
  } finally {
    limit.catch(() => {});
    settled.abort();
  }
}
