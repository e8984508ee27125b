import type { Clock } from '../../../utils/clock.ts';

/** The maximum rate of requests: per second in the long run, and in a burst. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

/** Counts the requests of each client. */
export interface RateLimiter {
  /** Counts a request of this client. Returns 0 when it is allowed, else the time until the next one, in whole seconds. */
  take(client: string): number;
}

/** Creates a limiter with a token bucket for each client. */
export function createRateLimiter({ perSecond, burst }: RateLimit, clock: Clock): RateLimiter {
  const buckets = new Map<string, { left: number; at: number }>();

  return {
    take(client) {
      const now = clock.now();
      const { left, at } = buckets.get(client) ?? { left: burst, at: now };
      // A clock that is set back must not drain the bucket of a client.
      const refilled = Math.min(burst, left + (Math.max(0, now - at) / 1000) * perSecond);
      const allowed = refilled >= 1;
      buckets.set(client, { left: allowed ? refilled - 1 : refilled, at: now });
      return allowed ? 0 : Math.max(1, Math.ceil((1 - refilled) / perSecond));
    },
  };
}
