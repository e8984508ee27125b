import type { Clock } from '../../utils/clock.ts';
import type { SandboxEntry } from '../store/store.ts';
import type { ApiMetrics } from '../telemetry/api-metrics.ts';
import type { ApiObservation } from '../telemetry/observation.ts';
import type { RateLimit } from './request/rate-limit.ts';
import type { Token } from './request/tokens.ts';

/**
 * Forwards a request to the processes in a sandbox and returns their response. The request is unchanged but for the
 * bearer token, which is for the API alone.
 */
export type Forward = (request: Request, entry: SandboxEntry) => Response | Promise<Response>;

/** Which requests the API admits. */
export interface AccessOptions {
  /** Without tokens, every client on this machine may do everything, and no other client anything. */
  readonly tokens?: readonly Token[] | undefined;
  /** Host names besides the loopback ones that requests without tokens may be addressed to. */
  readonly allowedHosts?: readonly string[];
  /** The origins whose pages may use the API, as `https://console.example`. None when left out. */
  readonly origins?: readonly string[] | undefined;
}

/** Options of an API. */
export interface ApiOptions extends AccessOptions {
  /** Called with each request, and with errors that no request caused. Exceptions from this callback are ignored. */
  readonly observe?: (observation: ApiObservation) => void;
  /** Served at `/metrics`, and called with each request. Pass its `observe` to the host too. */
  readonly metrics?: ApiMetrics | undefined;
  /** The rate of requests of each token; without tokens, of all clients together. No limit when left out. */
  readonly rateLimit?: RateLimit | undefined;
  /** Forwards the requests to `/sandboxes/{id}/proxy/`; without it they get status 404. */
  readonly forward?: Forward;
  /** The address of the API for clients when requests have another one: behind a proxy, or mounted below a path. */
  readonly publicUrl?: string | undefined;
  /** The clock for limits, heartbeats and slow readers. */
  readonly clock?: Clock;
}
