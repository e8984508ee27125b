import type { Host, WriteOptions } from '../host.ts';
import type { SandboxEntry } from '../store/records.ts';
import type { ApiMetrics } from '../telemetry/api-metrics.ts';
import type { Forward } from './api-options.ts';
import type { EventStreams } from './events/open-streams.ts';
import type { Watchers } from './events/watchers.ts';
import { requestIdOf } from './request/headers.ts';
import type { Token } from './request/tokens.ts';

/** The descriptions that the API serves of itself: for programs and for users. */
interface Documents {
  readonly openApi: () => string;
  readonly page: () => Promise<{ readonly html: string; readonly contentSecurityPolicy: string }>;
}

/** Services that all requests of an API share. */
export interface ApiServices {
  readonly host: Host;
  readonly streams: EventStreams;
  readonly watchers: Watchers;
  /** Aborted when the API closes, which ends all waits. */
  readonly closing: AbortSignal;
  readonly metrics: ApiMetrics | undefined;
  readonly forward: Forward | undefined;
  /** The URL at which clients reach the API, without a slash at the end; undefined for the origin of the request. */
  readonly publicUrl: string | undefined;
  readonly documents: Documents;
}

/**
 * One request, from its arrival to its response. The API creates it, admission and reading fill it, and the handler
 * of the route receives the complete context.
 */
export interface RequestContext<Query = unknown, Body = unknown> extends ApiServices {
  readonly request: Request;
  readonly requestId: string;
  readonly url: URL;

  // The router fills these.
  /** The flat path of the route, such as `/sandboxes/{id}`; null when no route matches. */
  routePath: string | null;
  /** The `{id}` of the path, an id or a name; empty for a route without one. */
  id: string;

  // Admission fills these.
  /** The namespace in which the request acts; empty for a route without one. */
  namespace: string;
  /** The token of the request; undefined when the server has no tokens. */
  token: Token | undefined;
  /** Aborts when that token is revoked or expires. */
  accessEnded: AbortSignal | undefined;
  /** The namespace of the token; `default` without tokens. */
  tokenNamespace: string;
  /** Identifies the client: the hash of its token, or without tokens its namespace. */
  client: string;
  /** The name of the token's owner, for the history. */
  actor: string | undefined;

  // Reading fills these.
  query: Query;
  body: Body;
  /** The author and the conditions of a change. */
  write: WriteOptions;
}

const noWrite: WriteOptions = {};

/** Creates the context of a request that no step has filled yet. */
export function createRequestContext(services: ApiServices, request: Request): RequestContext {
  const { host, streams, watchers, closing, metrics, forward, publicUrl, documents } = services;
  // Field by field, which is several times faster than a spread.
  return {
    host,
    streams,
    watchers,
    closing,
    metrics,
    forward,
    publicUrl,
    documents,
    request,
    requestId: requestIdOf(request),
    url: new URL(request.url),
    routePath: null,
    id: '',
    namespace: '',
    token: undefined,
    accessEnded: undefined,
    tokenNamespace: 'default',
    client: '',
    actor: undefined,
    query: undefined,
    body: undefined,
    write: noWrite,
  };
}

/** The URL of a sandbox in this API. */
export function urlOf({ publicUrl, url }: RequestContext, { sandbox, namespace }: SandboxEntry): string {
  return `${publicUrl ?? url.origin}/v1/namespaces/${encodeURIComponent(namespace)}/sandboxes/${sandbox.id}`;
}
