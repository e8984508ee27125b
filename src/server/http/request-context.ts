import type { Host, WriteOptions } from '../host.ts';
import type { SandboxEntry } from '../store/store.ts';
import type { ApiMetrics } from '../telemetry/api-metrics.ts';
import type { Forward } from './api-options.ts';
import type { EventStreams } from './events/open-streams.ts';

/** What an API says of itself: for programs and for people. */
interface Documents {
  readonly openApi: () => string;
  readonly page: () => { readonly html: string; readonly contentSecurityPolicy: string };
}

/** What all routes of an API work with. */
export interface Services {
  readonly host: Host;
  readonly streams: EventStreams;
  /** Aborted when the API is to end what takes long. */
  readonly closing: AbortSignal;
  readonly metrics: ApiMetrics | undefined;
  readonly forward: Forward | undefined;
  /** Where clients reach the API, without a slash at the end; undefined for what the request says. */
  readonly publicUrl: string | undefined;
  /** What the API says of itself. */
  readonly documents: Documents;
}

/** A request that was let in. */
export interface AdmittedRequest {
  readonly services: Services;
  readonly request: Request;
  readonly url: URL;
  /** Where the request may act; empty for a route of no namespace. */
  readonly namespace: string;
  /** Tells one client from another: its token, or without tokens its namespace. */
  readonly client: string;
  /** The `{id}` of the path, an id or a name; empty for a route without. */
  readonly id: string;
  /** How a change is to be made: by whom, and under which conditions. */
  readonly write: WriteOptions;
}

/** One request, read as its route describes it. */
export interface RequestContext<Query = unknown, Body = unknown>
  extends Services,
    Omit<AdmittedRequest, 'services'> {
  readonly query: Query;
  readonly body: Body;
}

/** Where a sandbox can be reached: its own address in this API. */
export function urlOf({ publicUrl, url }: RequestContext, { sandbox, namespace }: SandboxEntry): string {
  return `${publicUrl ?? url.origin}/v1/namespaces/${encodeURIComponent(namespace)}/sandboxes/${sandbox.id}`;
}
