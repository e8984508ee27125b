/** Time, as a client needs it. Give another one to tests; none of its wake-ups ever invents a state. */
export interface Clock {
  /** The instant now, in epoch ms. */
  now(): number;
  /** Calls back after so many ms, once, unless the function that it answers is called before. */
  wake(afterMs: number, callback: () => void): () => void;
}

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  wake(afterMs, callback) {
    const timer = setTimeout(callback, afterMs);
    return () => clearTimeout(timer);
  },
};
