import type { z } from 'zod';
import type { Parameters } from './request/query-parameters.ts';
import type { Body } from './request/read-body.ts';
import type { Scope } from './request/tokens.ts';
import type { RequestContext } from './request-context.ts';
import type { Reply } from './response/reply.ts';

/** The response of a route with one status. */
export interface ResponseShape {
  readonly description: string;
  /** JSON of this schema. */
  readonly json?: z.ZodType;
  /** Text of this content type. */
  readonly text?: string;
  /** Headers that this response always has. */
  readonly headers?: readonly ('ETag' | 'X-Refusal-Code' | 'Retry-After')[];
}

/** A route, from which the router and the OpenAPI document are generated. */
export interface Route<Query = Record<string, unknown>, Input = unknown> {
  readonly operationId: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'ALL';
  /** The flat path, with `{id}` for an id. */
  readonly path: `/${string}`;
  readonly group: 'Sandboxes' | 'Watching' | 'Snapshots' | 'Operations';
  /**
   * `namespace` acts in a namespace, and so also has a namespaced path; `administration` acts on a namespace, and also takes the token of an
   * operator; `operator` acts in all of them, and requires the
   * token of an operator when the server has tokens; `token` requires any token; `open` does not require one.
   */
  readonly access: 'namespace' | 'administration' | 'operator' | 'token' | 'open';
  /** The scope that a token needs. Default: `read` for GET in a namespace and `write` for other methods, `admin` for operators. */
  readonly scope?: Scope;
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
  /** By status. Responses that are common to all routes are not repeated. */
  readonly responses: { readonly [status: number]: ResponseShape };
  handle(context: RequestContext<Query, Input>): Reply | Promise<Reply | Response>;
}

/** The scope that a token needs for a route; undefined for a route that any token opens. */
export function scopeOf({ access, method, scope }: Route): Scope | undefined {
  if (scope !== undefined) return scope;
  if (access === 'operator' || access === 'administration') return 'admin';
  if (access !== 'namespace') return undefined;
  return method === 'GET' ? 'read' : 'write';
}

/** Defines a route. The query and the body determine the types of its handler. */
export function route<Query, Input>(definition: Route<Query, Input>): Route {
  return definition as unknown as Route;
}
