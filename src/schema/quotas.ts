import { z } from 'zod';

const most = z
  .int('must be a whole number')
  .min(0, 'must be at least 0')
  .max(1_000_000_000, 'must be at most 1000000000')
  .nullable();

/** The quotas of each namespace. Omitted ones have their defaults; null removes one. */
export const quotasSchema = z.strictObject({
  livingSandboxes: most.default(10_000),
  snapshots: most.default(10_000),
  requestsPerSecond: most.refine((rate) => rate !== 0, 'must be at least 1').default(10_000),
  streamsAndWaits: most.default(1_000),
});

/** The limits of each namespace. Null is without a limit. */
export interface Quotas {
  /** Sandboxes that have not ended. A creation above it is refused with 403. Default: 10,000. */
  readonly livingSandboxes: number | null;
  /** Snapshots that are not deleted, failed ones included. A snapshot above it is refused with 403. Default: 10,000. */
  readonly snapshots: number | null;
  /** Requests in the long run; a burst may have twice as many. Those above get 429. Default: 10,000. */
  readonly requestsPerSecond: number | null;
  /** Open event streams and waits together. Those above get 429. Default: 1,000. */
  readonly streamsAndWaits: number | null;
}

/** Some quotas. */
export type QuotasInput = Partial<Quotas>;
