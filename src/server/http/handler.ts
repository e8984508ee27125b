import type { Context } from 'hono';
import { NotFoundError } from '../errors.ts';
import { BrokenRecordError } from '../store/store.ts';
import type { Access, Denial } from './request/access.ts';
import { idempotencyKeyOf } from './request/headers.ts';
import type { RateLimiter } from './request/rate-limit.ts';
import type { Services } from './request-context.ts';
import { type Reply, sentence } from './response/reply.ts';
import type { Route } from './route.ts';

/** What is known of a request while it is answered. */
export interface RequestState {
  readonly requestId: string;
  readonly url: URL;
  /** The route that was found, and the namespace once the request was let into it. */
  route: Route | undefined;
  namespace: string | undefined;
}

/** What the router carries along. */
export type Env = { Bindings: RequestState };

/** Lets a request in, or not, and has its route answer it. */
export async function handle(
  route: Route,
  { req, env: progress }: Context<Env>,
  services: Services,
  access: Access,
  limiter: RateLimiter | undefined,
): Promise<Reply | Response> {
  progress.route = route;
  const request = req.raw;
  const token = route.access === 'open' ? undefined : access.tokenOf(request);
  if (route.access !== 'open') {
    const turned = access.checkToken(token);
    // Those that are not let in share one limit, so that they use up nobody's.
    const seconds = limiter?.take(token?.sha256 ?? '') ?? 0;
    if (seconds > 0) return tooMany(seconds);
    if (turned) return deny(turned);
  }
  const id = req.param('id') ?? '';
  let namespace = '';
  if (route.access === 'namespace') {
    const admitted = access.namespaceOf(token, req.param('namespace'));
    if ('problem' in admitted) return deny(admitted);
    namespace = admitted.namespace;
    progress.namespace = namespace;
  }
  try {
    return await route.answer({
      services,
      request,
      url: progress.url,
      namespace,
      client: token?.sha256 ?? namespace,
      id,
      write: {
        actor: token?.name,
        cause: progress.requestId,
        idempotencyKey: route.isWrite && idempotencyKeyOf(request),
      },
    });
  } catch (error) {
    // What is foreign is unknown, also when it is broken.
    if (error instanceof BrokenRecordError && error.row.namespace !== namespace) {
      throw new NotFoundError('sandbox', id);
    }
    throw error;
  }
}

/** The answer to a request that is not let in. */
export function deny({ status, problem }: Denial): Reply {
  return sentence(status, problem, status === 401 ? { 'www-authenticate': 'Bearer' } : {});
}

function tooMany(seconds: number): Reply {
  return sentence(429, `Too many requests; try again in ${seconds} s.`, { 'retry-after': String(seconds) });
}
