import { systemClock } from '../../utils/clock.ts';
import type { Host } from '../host.ts';
import type { ApiObservation } from '../telemetry/observation.ts';
import type { ApiOptions } from './api-options.ts';
import { createEventStreams } from './events/open-streams.ts';
import { openApiText } from './openapi/document.ts';
import { docsPage } from './openapi/page.ts';
import { createAccess } from './request/access.ts';
import { createRateLimiter } from './request/rate-limit.ts';
import { type ApiServices, createRequestContext } from './request-context.ts';
import { toResponse } from './response/reply.ts';
import { createRouter } from './router.ts';

/** The HTTP API: a `fetch` handler with a `close` method. */
export interface Api {
  (request: Request): Promise<Response>;
  /** Ends all waits and streams, and rejects new ones. The last event of each stream has the reason. */
  close(): void;
}

/**
 * Creates the HTTP API as a `fetch` handler, to serve alone or to mount in a framework. It has both path styles:
 * `/v1/namespaces/{namespace}/sandboxes`, and the flat `/sandboxes` of the token's own namespace.
 *
 * @example
 * const api = createApi(host, { tokens: parseTokens(readFileSync('tokens', 'utf8')) });
 * serve({ fetch: api, port: 8080, hostname: '127.0.0.1' });
 */
export function createApi(host: Host, options: ApiOptions = {}): Api {
  const { clock = systemClock({ unref: true }), metrics, origins = [], rateLimit } = options;
  const observe = createObserver([metrics?.observe, options.observe].filter((each) => each !== undefined));
  const onProblem = (error: unknown, requestId: string) =>
    observe({ type: 'problem', error, sandboxId: null, requestId });
  const closing = new AbortController();
  const streams = createEventStreams({
    clock,
    onCount: (open) => observe({ type: 'streams', open }),
    onProblem,
  });
  const services: ApiServices = {
    host,
    metrics,
    forward: options.forward,
    streams,
    closing: closing.signal,
    publicUrl: options.publicUrl?.replace(/\/+$/, ''),
    documents: { openApi: openApiText, page: docsPage },
  };
  const access = createAccess(options, rateLimit && createRateLimiter(rateLimit, clock));
  const router = createRouter({ access, origins, onProblem });

  return Object.assign(respond, {
    close() {
      closing.abort();
      streams.close();
    },
  });

  async function respond(request: Request): Promise<Response> {
    const begin = performance.now();
    const context = createRequestContext(services, request);
    const { requestId } = context;
    const denial = access.checkOrigin(context);
    const response = denial ? toResponse(denial, requestId) : await router.fetch(request, context);
    observe({
      type: 'request',
      method: request.method,
      route: context.routePath,
      status: response.status,
      durationMs: performance.now() - begin,
      requestId,
      namespace: context.namespace || null,
    });
    return response;
  }
}

/** Creates a function that passes each observation to all listeners. */
function createObserver(
  listeners: readonly ((observation: ApiObservation) => void)[],
): (observation: ApiObservation) => void {
  return (observation) => {
    for (const listener of listeners) {
      try {
        listener(observation);
      } catch {
        // A listener that fails does not fail the request, and no listener reports the error.
      }
    }
  };
}
