import { systemClock } from '../../utils/clock.ts';
import type { Host } from '../host.ts';
import { type ApiObservation, harmless } from '../telemetry/observation.ts';
import type { ApiOptions } from './api-options.ts';
import { createEventStreams } from './events/open-streams.ts';
import { createWatchers } from './events/watchers.ts';
import { openApiText } from './openapi/document.ts';
import { docsPage } from './openapi/page.ts';
import { createAccess } from './request/access.ts';
import { createRateLimiter } from './request/rate-limit.ts';
import type { Token } from './request/tokens.ts';
import { type ApiServices, createRequestContext } from './request-context.ts';
import { toResponse } from './response/reply.ts';
import { createRouter } from './router.ts';
import { dataPlaneReply } from './unserved.ts';

/** The HTTP API: a `fetch` handler with a `close` method. */
export interface Api {
  (request: Request): Promise<Response>;
  /** Ends all waits and streams, and rejects new ones. The last event of each stream has the reason. */
  close(): void;
  /**
   * Accepts these tokens from now on. A token that is absent from them, or that has another namespace, owner or scope, is revoked: its
   * streams and waits end. Throws for invalid tokens, and for an API without tokens, and then changes nothing.
   */
  replaceTokens(tokens: readonly Token[]): void;
}

/**
 * Creates the HTTP API as a `fetch` handler, to serve alone or to mount in a framework. It has both path styles:
 * `/v1/namespaces/{namespace}/sandboxes`, and the flat `/sandboxes` of the token's own namespace. Throws for invalid tokens.
 *
 * @example
 * const api = createApi(host, { tokens: parseTokens(readFileSync('tokens', 'utf8')) });
 * serve({ fetch: api, port: 8080, hostname: '127.0.0.1' });
 */
export function createApi(host: Host, options: ApiOptions = {}): Api {
  const { clock = systemClock({ unref: true }), metrics, origins = [], rateLimit } = options;
  const observers = [metrics?.observe, options.observe].filter((each) => each !== undefined).map(harmless);
  const observe = (observation: ApiObservation) => {
    for (const report of observers) report(observation);
  };
  const onProblem = (error: unknown, requestId: string) =>
    observe({ type: 'problem', error, sandboxId: null, requestId });
  const closing = new AbortController();
  const watchers = createWatchers(host.quotas.streamsAndWaits);
  const streams = createEventStreams({
    clock,
    watchers,
    onCount: (open) => observe({ type: 'streams', open }),
    onProblem,
  });
  const services: ApiServices = {
    host,
    metrics,
    forward: options.forward,
    streams,
    watchers,
    closing: closing.signal,
    publicUrl: options.publicUrl?.replace(/\/+$/, ''),
    documents: { openApi: openApiText, page: docsPage },
  };
  const { requestsPerSecond: perSecond } = host.quotas;
  const access = createAccess(options, {
    clock,
    limiter: rateLimit && createRateLimiter(rateLimit, clock),
    namespaceLimiter:
      perSecond === null ? undefined : createRateLimiter({ perSecond, burst: 2 * perSecond }, clock),
  });
  const router = createRouter({ access, origins, onProblem });

  return Object.assign(respond, {
    close() {
      closing.abort();
      streams.close();
      access.close();
    },
    replaceTokens(tokens: readonly Token[]) {
      observe({ type: 'tokens', ...access.replaceTokens(tokens) });
    },
  });

  async function respond(request: Request): Promise<Response> {
    const begin = performance.now();
    const context = createRequestContext(services, request);
    const { requestId } = context;
    const denial = dataPlaneReply(context.url) ?? access.checkOrigin(context);
    const response = denial ? toResponse(denial, context) : await router.fetch(request, context);
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
