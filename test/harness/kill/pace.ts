/** How fast the machine is now, judged by the time that servers take to start. */
export interface Pace {
  /** How long the last server took to listen, in ms. */
  readonly startMs: number;
  /** The longest lateness of a timeout while a server is up, in ms. It grows with the load of the machine. */
  readonly latestMs: number;
  /**
   * The limit of a sandbox that gets no commands, in ms. It is longer than the lateness that the oracle allows, which may still grow.
   */
  readonly untouchedMs: number;
  /** Records how long a server took to listen, in ms. */
  recordStart(ms: number): void;
}

/** An idle machine starts a server in less than half a second, and fires a timeout within a few ms. */
const leastLatenessMs = 4_000;
const latenessPerStart = 10;

/** Creates the pace of a machine on which no server has started yet. */
export function createPace(): Pace {
  let startMs = 500;
  let slowestMs = 0;
  const latestMs = () => Math.max(leastLatenessMs, slowestMs * latenessPerStart);
  return {
    get startMs() {
      return startMs;
    },
    get latestMs() {
      return latestMs();
    },
    get untouchedMs() {
      return latestMs() * 1.5;
    },
    recordStart(ms) {
      startMs = ms;
      slowestMs = Math.max(slowestMs, ms);
    },
  };
}
