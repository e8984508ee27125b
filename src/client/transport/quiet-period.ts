import type { Clock } from '../../utils/clock.ts';
import { longestRetryAfterMs } from './times.ts';

/** The time for which a server asked its clients not to send requests. All connections of a transport share it. */
export interface QuietPeriod {
  /** Begins a period, if the server requested one; extends the current one. `problem`: the server's sentence. */
  begin(clock: Clock, retryAfterMs: number | undefined, problem: string | undefined): void;
  /** The rest of the period, in ms; 0 if there is none. */
  remainingMs(clock: Clock): number;
  /** The server's sentence for the newest period. */
  problem(): string | null;
}

/** Creates a quiet period that has not begun. */
export function createQuietPeriod(): QuietPeriod {
  let endMs = 0;
  let latestProblem: string | null = null;
  return {
    begin(clock, retryAfterMs = 0, problem = '') {
      if (!(retryAfterMs > 0)) return;
      endMs = Math.max(endMs, clock.now() + Math.min(retryAfterMs, longestRetryAfterMs));
      latestProblem = problem || null;
    },
    remainingMs(clock) {
      const restMs = endMs - clock.now();
      // A longer rest means that this machine's clock was set back.
      return restMs > 0 && restMs <= longestRetryAfterMs ? restMs : 0;
    },
    problem: () => latestProblem,
  };
}
