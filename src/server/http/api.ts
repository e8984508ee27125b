import { systemClock } from '../../utils/clock.ts';
import type { Host } from '../host.ts';
import type { ApiObservation } from '../telemetry/observation.ts';
import type { ApiOptions } from './api-options.ts';
import { createEventStreams } from './events/open-streams.ts';
import { deny, type RequestState } from './handler.ts';
import { openApiText } from './openapi/document.ts';
import { docsPage } from './openapi/page.ts';
import { createAccess } from './request/access.ts';
import { requestIdOf } from './request/headers.ts';
import { createRateLimiter } from './request/rate-limit.ts';
import { toResponse } from './response/reply.ts';
import { createRouter } from './router.ts';

/** The HTTP API: a `fetch` handler that can be told to end what takes long. */
export interface Api {
  (request: Request): Promise<Response>;
  /** Ends all waits and all streams, with a last event that says why, and opens no more. Once is enough. */
  close(): void;
}

/**
 * The HTTP API of the source documents as a `fetch` handler, to be served by itself or mounted anywhere. Takes both
 * path styles: `/v1/namespaces/{namespace}/sandboxes` and the flat `/sandboxes` of the token's own namespace.
 *
 * @example
 * const api = createApi(host, { tokens: parseTokens(readFileSync('tokens', 'utf8')) });
 * serve({ fetch: api, port: 8080, hostname: '127.0.0.1' });
 */
export function createApi(host: Host, options: ApiOptions = {}): Api {
  const {
    clock = systemClock({ unref: true }),
    metrics,
    forward,
    publicUrl,
    origins = [],
    rateLimit,
  } = options;
  const listeners = [metrics?.observe, options.observe].filter((tell) => tell !== undefined);
  const closing = new AbortController();
  const streams = createEventStreams({
    clock,
    onCount: (open) => observe({ type: 'streams', open }),
    onProblem,
  });
  const access = createAccess(options);
  const router = createRouter({
    services: {
      host,
      metrics,
      forward,
      streams,
      closing: closing.signal,
      publicUrl: publicUrl?.replace(/\/+$/, ''),
      documents: { openApi: openApiText, page: docsPage },
    },
    access,
    limiter: rateLimit && createRateLimiter(rateLimit, clock),
    origins,
    onProblem,
  });

  return Object.assign(respond, {
    close() {
      closing.abort();
      streams.close();
    },
  });

  async function respond(request: Request): Promise<Response> {
    const begin = performance.now();
    const requestId = requestIdOf(request);
    const progress: RequestState = {
      requestId,
      url: new URL(request.url),
      route: undefined,
      namespace: undefined,
    };
    const turned = access.checkOrigin(request, progress.url);
    const response = turned ? toResponse(deny(turned), requestId) : await router.fetch(request, progress);
    observe({
      type: 'request',
      method: request.method,
      route: progress.route?.path ?? null,
      status: response.status,
      durationMs: performance.now() - begin,
      requestId,
      namespace: progress.namespace ?? null,
    });
    return response;
  }

  function onProblem(error: unknown, requestId: string): void {
    observe({ type: 'problem', error, sandboxId: null, requestId });
  }

  function observe(observation: ApiObservation): void {
    for (const tell of listeners) {
      try {
        tell(observation);
      } catch {
        // A listener that fails is no reason to fail a request, and there is nobody left to tell.
      }
    }
  }
}
