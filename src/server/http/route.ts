import type { z } from 'zod';
import { withVersion } from './request/if-match.ts';
import { type Parameters, readQuery } from './request/query-parameters.ts';
import { type Body, readBody } from './request/read-body.ts';
import type { AdmittedRequest, RequestContext } from './request-context.ts';
import type { Reply } from './response/reply.ts';

/** How a route may be answered with one status. */
export interface AnswerShape {
  readonly description: string;
  /** JSON of this schema. */
  readonly json?: z.ZodType;
  /** Text of this content type. */
  readonly text?: string;
  /** Headers that this answer always has. */
  readonly headers?: readonly ('ETag' | 'X-Refusal-Code' | 'Retry-After')[];
}

/** All that is to be known of a route: the router and the OpenAPI document are made of it. */
interface Description {
  readonly operationId: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'ALL';
  /** The flat path, with `{id}` where it takes one. */
  readonly path: `/${string}`;
  readonly group: 'Sandboxes' | 'Watching' | 'Snapshots' | 'Operations';
  /** Whether it acts in a namespace, and so has a namespaced path too, asks for any token, or for none. */
  readonly access: 'namespace' | 'token' | 'open';
  readonly summary: string;
  readonly description: string;
  /** Takes an `Idempotency-Key`. */
  readonly isWrite?: true;
  /** Takes `If-Match`. */
  readonly isVersioned?: true;
  /** Takes `Last-Event-ID`. */
  readonly isStream?: true;
  /** By status. What any route may answer is not repeated. */
  readonly answers: { readonly [status: number]: AnswerShape };
}

/** A route, whatever it takes. */
export interface Route extends Description {
  readonly query: Parameters<Record<string, unknown>>;
  readonly body: Body<unknown> | undefined;
  /** Reads what the request has, and answers it. */
  answer(asked: AdmittedRequest): Promise<Reply | Response>;
}

/** A route with the types of what it takes. */
interface Definition<Query, Input> extends Description {
  readonly query?: Parameters<Query>;
  readonly body?: Body<Input>;
  handle(call: RequestContext<Query, Input>): Reply | Promise<Reply | Response>;
}

/** Makes a route of its definition. */
export function route<Query, Input>(definition: Definition<Query, Input>): Route {
  const { query, body, handle, ...description } = definition;
  return {
    ...description,
    query: (query ?? {}) as Route['query'],
    body,
    async answer(asked) {
      const { services, request, url, namespace, client, id, write } = asked;
      const { host, streams, closing, metrics, forward, publicUrl, documents } = services;
      // One by one: engines make that several times as fast as a spread.
      return handle({
        host,
        streams,
        closing,
        metrics,
        forward,
        publicUrl,
        documents,
        request,
        url,
        namespace,
        client,
        id,
        query: (query ? readQuery(query, url.searchParams) : {}) as Query,
        body: (body ? await readBody(request, body) : undefined) as Input,
        write: description.isVersioned ? await withVersion(asked) : write,
      });
    },
  };
}
