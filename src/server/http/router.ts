import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { type Env, handle } from './handler.ts';
import type { Access } from './request/access.ts';
import type { RateLimiter } from './request/rate-limit.ts';
import type { Services } from './request-context.ts';
import { answerTo } from './response/error-status.ts';
import { type Reply, sentence, toResponse } from './response/reply.ts';
import { forwardedMethods, pathsOf, routeTable } from './routes/index.ts';

/** What a router decides by. */
export interface RouterOptions {
  readonly services: Services;
  readonly access: Access;
  readonly limiter: RateLimiter | undefined;
  readonly origins: readonly string[];
  /** Told of an error that is no fault of the request. */
  readonly onProblem: (error: unknown, requestId: string) => void;
}

/** The routes of the table, in both path styles, on a Hono router. */
export function createRouter(options: RouterOptions): Hono<Env> {
  const { services, access, limiter, origins, onProblem } = options;
  const router = new Hono<Env>({ getPath });

  if (origins.length > 0) router.use(cors({ ...corsOptions, origin: [...origins] }));
  for (const route of routeTable) {
    const methods = route.method === 'ALL' ? [...forwardedMethods] : [route.method];
    router.on(methods, pathsOf(route).map(toRouterPath), async (context) =>
      toResponse(await handle(route, context, services, access, limiter), context.env.requestId),
    );
  }
  router.notFound(({ req, env }) => toResponse(nothingThere(req.method, req.path), env.requestId));
  router.onError((error, { env }) => {
    const { status, text, isOurs } = answerTo(error);
    if (isOurs) onProblem(error, env.requestId);
    return toResponse(sentence(status, text), env.requestId);
  });
  return router;
}

/** The path as it counts: some clients double the slash at the beginning. */
function getPath(_request: Request, options?: { readonly env?: Env['Bindings'] }): string {
  return (options?.env?.url.pathname ?? '/').replace(/\/{2,}/g, '/');
}

function toRouterPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

/** The paths there are, and the methods of each: looked at only when a request fits none of the routes. */
const known = [...methodsByPath()].map(([path, methods]) => ({
  pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
  allow: methods.join(', '),
}));

function nothingThere(method: string, path: string): Reply {
  const there = known.find(({ pattern }) => pattern.test(path));
  if (there === undefined) return sentence(404, `There is nothing at ${path}.`);
  const { allow } = there;
  return sentence(405, `${method} does not go here; use ${allow}.`, { allow });
}

function methodsByPath(): Map<string, string[]> {
  const byPath = new Map<string, string[]>();
  for (const route of routeTable) {
    if (route.method === 'ALL') continue;
    for (const path of pathsOf(route)) byPath.set(path, [...(byPath.get(path) ?? []), route.method]);
  }
  return byPath;
}

/** What pages of the origins that were named may send and read. */
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
  exposeHeaders: ['ETag', 'X-Refusal-Code', 'X-Request-Id', 'Retry-After'],
  maxAge: 600,
};
