import { type Clock, elapsedBy } from '../../../utils/clock.ts';

/** The maximum rate of requests: per second in the long run, and in a burst. */
export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

/** Counts the requests of each client or namespace. */
export interface RateLimiter {
  /** Counts a request of this client. Returns 0 when it is allowed, else the time until the next one, in whole seconds. */
  take(client: string): number;
  /** The number of clients in memory. */
  readonly size: number;
}

/** The most clients in memory. Beyond it, the limiter forgets those that it has not seen for the longest time. */
const mostClients = 10_000;

/** Creates a limiter with a token bucket for each client. */
export function createRateLimiter({ perSecond, burst }: RateLimit, clock: Clock): RateLimiter {
  // In the order of their last request.
  const buckets = new Map<string, { left: number; at: number }>();
  const refillMs = (burst / perSecond) * 1_000;

  /** Forgets the clients whose buckets are full again, which is the same as no bucket, and the oldest of too many. */
  function evict(now: number): void {
    for (const [client, { at }] of buckets) {
      if (now - at < refillMs && buckets.size <= mostClients) return;
      buckets.delete(client);
    }
  }

  return {
    take(client) {
      const now = elapsedBy(clock);
      const { left, at } = buckets.get(client) ?? { left: burst, at: now };
      const refilled = Math.min(burst, left + ((now - at) / 1000) * perSecond);
      const allowed = refilled >= 1;
      buckets.delete(client);
      buckets.set(client, { left: allowed ? refilled - 1 : refilled, at: now });
      evict(now);
      return allowed ? 0 : Math.max(1, Math.ceil((1 - refilled) / perSecond));
    },
    get size() {
      return buckets.size;
    },
  };
}
