import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { printable } from '../../utils/printable.ts';
import { NotFoundError } from '../errors.ts';
import { isUnreadable } from '../store/errors.ts';
import type { Access } from './request/access.ts';
import { idempotencyKeyOf } from './request/headers.ts';
import { conditionOf } from './request/if-match.ts';
import { readQuery } from './request/query-parameters.ts';
import { readBody } from './request/read-body.ts';
import type { RequestContext } from './request-context.ts';
import { errorReplyOf } from './response/error-status.ts';
import { problem, type Reply, toResponse } from './response/reply.ts';
import type { Route } from './route.ts';
import { forwardedMethods, pathsOf, routeTable } from './routes/index.ts';
import { unservedReply } from './unserved.ts';

/** The context of a request is the environment of the Hono router. */
type Env = { Bindings: RequestContext };

/** Options of {@link createRouter}. */
export interface RouterOptions {
  readonly access: Access;
  readonly origins: readonly string[];
  /** Called with each error that the request did not cause. */
  readonly onProblem: (error: unknown, requestId: string) => void;
}

/** Creates a Hono router for the routes of the table, in both path styles. */
export function createRouter({ access, origins, onProblem }: RouterOptions): Hono<Env> {
  const router = new Hono<Env>({ getPath });

  if (origins.length > 0) router.use(cors({ ...corsOptions, origin: [...origins] }));
  for (const route of routeTable) {
    const methods = route.method === 'ALL' ? [...forwardedMethods] : [route.method];
    router.on(methods, pathsOf(route).map(toRouterPath), async ({ req, env: context }) => {
      context.routePath = route.path;
      context.id = req.param('id') ?? '';
      const denial = await access.admit(context, route, req.param('namespace'));
      return toResponse(denial ?? (await handle(context, route)), context);
    });
  }
  router.notFound(({ req, env }) => toResponse(noRoute(req.method, req.path, env), env));
  router.onError((error, { env }) => {
    const { reply, isOurs } = errorReplyOf(error);
    if (isOurs) onProblem(error, env.requestId);
    return toResponse(reply, env);
  });
  return router;
}

/** Reads the input of a route from an admitted request, then calls the handler of the route. */
async function handle(context: RequestContext, route: Route): Promise<Reply | Response> {
  const { request, url, namespace, id, actor, requestId: cause } = context;
  try {
    const idempotencyKey = route.isWrite ? idempotencyKeyOf(request) : undefined;
    if (route.query) context.query = readQuery(route.query, url.searchParams);
    if (route.body) context.body = await readBody(request, route.body);
    const condition = route.isVersioned ? await conditionOf(context) : {};
    context.write = { actor, cause, idempotencyKey, ...condition };
    return await route.handle(context as RequestContext<Record<string, unknown>>);
  } catch (error) {
    // A sandbox of another namespace is unknown, even when its record cannot be read.
    if (isUnreadable(error) && error.row.namespace !== namespace) {
      throw new NotFoundError('sandbox', id);
    }
    throw error;
  }
}

/** The path for routing, without the doubled slash that some clients send at the beginning. */
function getPath(_request: Request, options?: { readonly env?: RequestContext }): string {
  return (options?.env?.url.pathname ?? '/').replace(/\/{2,}/g, '/');
}

function toRouterPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

/** All paths with their methods, for requests that match none of the routes. */
const knownPaths = [...methodsByPath()].map(([path, methods]) => ({
  pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
  allow: methods.join(', '),
}));

function noRoute(method: string, path: string, { request }: RequestContext): Reply {
  const known = knownPaths.find(({ pattern }) => pattern.test(path));
  const unserved = unservedReply(path, request.headers);
  if (known === undefined && unserved !== undefined) return unserved;
  if (known === undefined) return problem('unknown_route', `No route matches ${printable(path)}.`);
  const { allow } = known;
  return problem('wrong_method', `${method} is not allowed here; use ${allow}.`, { allow });
}

function methodsByPath(): Map<string, string[]> {
  const byPath = new Map<string, string[]>();
  for (const route of routeTable) {
    if (route.method === 'ALL') continue;
    for (const path of pathsOf(route)) byPath.set(path, [...(byPath.get(path) ?? []), route.method]);
  }
  return byPath;
}

/** The methods and headers that pages of the allowed origins may send and read. */
const corsOptions = {
  allowMethods: ['GET', 'POST', 'PATCH', 'DELETE'],
  allowHeaders: [
    'Authorization',
    'Content-Type',
    'If-Match',
    'Idempotency-Key',
    'Last-Event-ID',
    'X-Request-Id',
  ],
  exposeHeaders: ['ETag', 'X-Error-Code', 'X-Refusal-Code', 'X-Request-Id', 'Retry-After'],
  maxAge: 600,
};
