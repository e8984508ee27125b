import type { Clock } from '../../../utils/clock.ts';

/** How many requests are taken: so many a second in the long run, and so many at once. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

/** Counts requests, each kind of client by itself. */
export interface RateLimiter {
  /** Takes a request of this client. Answers 0, or in how many whole seconds to try again when it is one too many. */
  take(client: string): number;
}

/** A token bucket for each client: one request takes one, and they come back as time goes by. */
export function createRateLimiter({ perSecond, burst }: RateLimit, clock: Clock): RateLimiter {
  const buckets = new Map<string, { left: number; at: number }>();

  return {
    take(client) {
      const now = clock.now();
      const { left, at } = buckets.get(client) ?? { left: burst, at: now };
      // A clock may be set back, which must not cost anybody anything.
      const refilled = Math.min(burst, left + (Math.max(0, now - at) / 1000) * perSecond);
      const allowed = refilled >= 1;
      buckets.set(client, { left: allowed ? refilled - 1 : refilled, at: now });
      return allowed ? 0 : Math.max(1, Math.ceil((1 - refilled) / perSecond));
    },
  };
}
