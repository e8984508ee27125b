import type { z } from 'zod';
import type { Parameters } from './request/query-parameters.ts';
import type { Body } from './request/read-body.ts';
import type { RequestContext } from './request-context.ts';
import type { Reply } from './response/reply.ts';

/** The response that a route gives with one status. */
export interface ResponseShape {
  readonly description: string;
  /** JSON of this schema. */
  readonly json?: z.ZodType;
  /** Text of this content type. */
  readonly text?: string;
  /** Headers that this response always has. */
  readonly headers?: readonly ('ETag' | 'X-Refusal-Code' | 'Retry-After')[];
}

/** A route: the router and the OpenAPI document are generated from it. */
export interface Route<Query = Record<string, unknown>, Input = unknown> {
  readonly operationId: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'ALL';
  /** The flat path, with `{id}` where it takes one. */
  readonly path: `/${string}`;
  readonly group: 'Sandboxes' | 'Watching' | 'Snapshots' | 'Operations';
  /**
   * `namespace` acts in a namespace, and so has a namespaced path too; `token` requires any token, `open` requires
   * none.
   */
  readonly access: 'namespace' | 'token' | 'open';
  readonly summary: string;
  readonly description: string;
  /** Takes an `Idempotency-Key`. */
  readonly isWrite?: true;
  /** Takes `If-Match`. */
  readonly isVersioned?: true;
  /** Takes `Last-Event-ID`. */
  readonly isStream?: true;
  readonly query?: Parameters<Query>;
  readonly body?: Body<Input>;
  /** By status. Responses that any route may give are not repeated. */
  readonly responses: { readonly [status: number]: ResponseShape };
  handle(context: RequestContext<Query, Input>): Reply | Promise<Reply | Response>;
}

/** Defines a route: its handler gets the types of its query and its body. */
export function route<Query, Input>(definition: Route<Query, Input>): Route {
  return definition as unknown as Route;
}
