import type { Clock } from '../../utils/clock.ts';
import type { SandboxEntry } from '../store/store.ts';
import type { ApiMetrics } from '../telemetry/api-metrics.ts';
import type { ApiObservation } from '../telemetry/observation.ts';
import type { AccessOptions } from './request/access.ts';
import type { RateLimit } from './request/rate-limit.ts';

/**
 * Answers a request that is for what runs in a sandbox. The request comes as it was, without the bearer token, which
 * is for the API alone.
 */
export type Forward = (request: Request, entry: SandboxEntry) => Response | Promise<Response>;

/** What an API may be told besides its host. */
export interface ApiOptions extends AccessOptions {
  /** Told of each request, and of errors that are nobody's request's fault. What it throws is passed over. */
  readonly observe?: (observation: ApiObservation) => void;
  /** Served at `/metrics`, and told of each request. Its `observe` is also what the host is to be given. */
  readonly metrics?: ApiMetrics | undefined;
  /** How many requests each token may make; without tokens, all together. No limit when left out. */
  readonly rateLimit?: RateLimit | undefined;
  /** Takes what comes for `/sandboxes/{id}/proxy/`; without it there is nothing there. */
  readonly forward?: Forward;
  /** Where clients reach the API when requests do not say so: behind a proxy, or mounted below a path. */
  readonly publicUrl?: string | undefined;
  /** The clock for limits, heartbeats and slow readers. */
  readonly clock?: Clock;
}
