/** The time, and a way to be woken. Given to the host, so that a test can run on a clock of its own. */
export interface Clock {
  /** Epoch ms. */
  now(): number;
  /** Calls back once, after so many ms. Answers how to call it off. */
  wake(afterMs: number, callback: () => void): () => void;
}

/** The clock of the machine. A wake-up does not keep the process alive. */
export const systemClock: Clock = {
  now: Date.now,
  wake(afterMs, callback) {
    const timer = setTimeout(callback, afterMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Waits so many ms, or less when one of the signals aborts. */
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

/** Waits for something to settle, but so many ms at the most. */
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
