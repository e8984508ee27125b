import type { Clock } from '../../utils/clock.ts';
import type { SandboxEntry } from '../store/records.ts';
import type { ApiMetrics } from '../telemetry/api-metrics.ts';
import type { ApiObservation } from '../telemetry/observation.ts';
import type { RateLimit } from './request/rate-limit.ts';
import type { Token } from './request/tokens.ts';

/**
 * Forwards a request to the processes in a sandbox and returns their response. The request is unchanged except that it
 * lacks the bearer token, which only the API may read.
 */
export type Forward = (request: Request, entry: SandboxEntry) => Response | Promise<Response>;

/** The requests that the API admits. */
export interface AccessOptions {
  /** Without tokens, clients on this machine have full access, and other clients have none. `Api.replaceTokens` replaces them. */
  readonly tokens?: readonly Token[] | undefined;
  /** Host names, besides the loopback ones, that requests may address when the API has no tokens. */
  readonly allowedHosts?: readonly string[];
  /** The origins whose pages may use the API, such as `https://console.example`. Default: none. */
  readonly origins?: readonly string[] | undefined;
}

/** Options of an API. */
export interface ApiOptions extends AccessOptions {
  /** Called with each request, and with errors that requests did not cause. Exceptions from this callback are ignored. */
  readonly observe?: (observation: ApiObservation) => void;
  /** Served at `/metrics`, and called with each request. Pass its `observe` to the host too. */
  readonly metrics?: ApiMetrics | undefined;
  /** The rate limit of each token; without tokens, of all clients together. Default: unlimited. */
  readonly rateLimit?: RateLimit | undefined;
  /** Forwards the requests to `/sandboxes/{id}/proxy/`. Without it, they get status 404. */
  readonly forward?: Forward;
  /** The URL at which clients reach the API, when requests have another one: behind a proxy, or mounted below a path. */
  readonly publicUrl?: string | undefined;
  /** The clock for limits, heartbeats and slow readers. */
  readonly clock?: Clock;
}
