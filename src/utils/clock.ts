/** The current time and timers. Tests pass a clock of their own to the host and to clients. */
export interface Clock {
  /** The current time, in epoch ms. */
  now(): number;
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
    function end(): void {
      cancel();
      for (const signal of signals) signal.removeEventListener('abort', end);
      resolve();
    }
    for (const signal of signals) signal.addEventListener('abort', end);
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
