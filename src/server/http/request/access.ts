import type { AccessOptions } from '../api-options.ts';
import type { RequestContext } from '../request-context.ts';
import { type Reply, sentence } from '../response/reply.ts';
import type { Route } from '../route.ts';
import type { RateLimiter } from './rate-limit.ts';
import { createTokenFinder, namespacePattern } from './tokens.ts';

/** Admits or denies requests. Both functions return the reply to a denied request, undefined for an admitted one. */
export interface Access {
  /** Checks the origin of a request. Without tokens, only this machine is allowed, and pages of other origins are not. */
  checkOrigin(context: RequestContext): Reply | undefined;
  /**
   * Checks the token, the rate and the namespace of a request to a route, and fills in its client. `pathNamespace` is
   * the namespace in the path, undefined for a flat path.
   */
  admit(context: RequestContext, route: Route, pathNamespace: string | undefined): Promise<Reply | undefined>;
}

const loopback = ['127.0.0.1', 'localhost', '[::1]'];

/** Creates access with these options. Without a limiter the rate is unlimited. */
export function createAccess(
  { tokens, allowedHosts = [], origins = [] }: AccessOptions,
  limiter: RateLimiter | undefined,
): Access {
  const findToken = tokens && createTokenFinder(tokens);
  const hosts = [...loopback, ...allowedHosts];

  return {
    checkOrigin({ request, url }) {
      // With tokens, a page without a token can do nothing. Without tokens, a page could reach this machine by DNS
      // rebinding.
      if (findToken !== undefined) return undefined;
      const origin = request.headers.get('origin');
      const isOwn = origin === null || origins.includes(origin) || hostOf(origin) === url.host;
      if (hosts.includes(url.hostname) && isOwn) return undefined;
      return deny(403, 'Without tokens, this server accepts requests from its own machine only.');
    },

    async admit(context, route, pathNamespace) {
      if (route.access === 'open') return undefined;
      const token = await findToken?.(context.request);
      // Clients without a known token share one limit, so that they do not use up the limits of others.
      const seconds = limiter?.take(token?.sha256 ?? '') ?? 0;
      if (seconds > 0) return tooMany(seconds);
      if (findToken !== undefined && token === undefined) {
        return deny(401, 'The bearer token is missing or unknown; send it as Authorization: Bearer TOKEN.');
      }
      if (route.access === 'namespace') {
        if (pathNamespace !== undefined && !namespacePattern.test(pathNamespace)) {
          return deny(
            404,
            'The namespace is invalid; use 1 to 63 letters, digits, dots, hyphens and underscores.',
          );
        }
        const namespace = pathNamespace ?? token?.namespace ?? 'default';
        if (token !== undefined && namespace !== token.namespace) {
          return deny(403, 'The bearer token does not give access to this namespace.');
        }
        context.namespace = namespace;
      }
      context.client = token?.sha256 ?? context.namespace;
      context.actor = token?.name;
      return undefined;
    },
  };
}

function deny(status: 401 | 403 | 404, problem: string): Reply {
  return sentence(status, problem, status === 401 ? { 'www-authenticate': 'Bearer' } : {});
}

function tooMany(seconds: number): Reply {
  return sentence(429, `Too many requests; try again in ${seconds} s.`, { 'retry-after': String(seconds) });
}

function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : '';
}
