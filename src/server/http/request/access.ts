import type { Clock } from '../../../utils/clock.ts';
import type { AccessOptions } from '../api-options.ts';
import type { RequestContext } from '../request-context.ts';
import { problem, type Reply } from '../response/reply.ts';
import { type Route, scopeOf } from '../route.ts';
import { accessEndedText, createGrants, type Grant, type TokenCounts } from './grants.ts';
import type { RateLimiter } from './rate-limit.ts';
import { namespacePattern, operatorNamespace, type Scope, scopesOf, type Token } from './tokens.ts';

/** Admits or denies requests. Both functions return the reply to a denied request, undefined for an admitted one. */
export interface Access {
  /** Checks the origin of a request. Without tokens, only this machine is allowed, and pages of other origins are not. */
  checkOrigin(context: RequestContext): Reply | undefined;
  /**
   * Checks the token, the rate, the scope and the namespace of a request to a route, and fills in its client. `pathNamespace`
   * is the namespace in the path, undefined for a flat path.
   */
  admit(context: RequestContext, route: Route, pathNamespace: string | undefined): Promise<Reply | undefined>;
  /** Accepts these tokens instead of the present ones. Throws for invalid tokens, and for access without tokens. */
  replaceTokens(tokens: readonly Token[]): TokenCounts;
  /** Ends the timer for expiries. */
  close(): void;
}

/** The parts of an API that admission uses. */
interface AccessParts {
  readonly clock: Clock;
  /** Without a limiter the rate is unlimited. */
  readonly limiter: RateLimiter | undefined;
  /** The limiter of namespaces. Without it, their rate is unlimited. */
  readonly namespaceLimiter: RateLimiter | undefined;
}

const loopback = ['127.0.0.1', 'localhost', '[::1]'];

/** Creates access with these options. Throws for invalid tokens. */
export function createAccess(
  { tokens, allowedHosts = [], origins = [] }: AccessOptions,
  { clock, limiter, namespaceLimiter }: AccessParts,
): Access {
  const grants = tokens && createGrants(tokens, clock);
  const hosts = [...loopback, ...allowedHosts];
  const isAllowed = (origin: string, url: URL) => origins.includes(origin) || hostOf(origin) === url.host;

  return {
    checkOrigin({ request, url }) {
      // With tokens, a page without a token can do nothing. Without tokens, a page could reach this machine by DNS
      // rebinding.
      if (grants !== undefined) return undefined;
      const origin = request.headers.get('origin');
      const isOwn = origin === null ? !isFromOtherSite(request, url) : isAllowed(origin, url);
      if (hosts.includes(url.hostname) && isOwn) return undefined;
      return problem(
        'foreign_origin',
        'Without tokens, this server accepts requests from its own machine only.',
      );
    },

    async admit(context, route, pathNamespace) {
      if (route.access === 'open') return undefined;
      const grant = await grants?.find(context.request);
      // Clients without a known token share one limit, so that they do not use up the limits of others.
      const seconds = limiter?.take(grant?.token.sha256 ?? '') ?? 0;
      if (seconds > 0) return tooMany(seconds);
      const denial = grants && denialOf(grant, route, clock);
      if (denial) return denial;
      context.accessEnded = grant?.ended;
      context.token = grant?.token;
      context.actor = grant?.token.name;
      context.tokenNamespace = grant?.token.namespace ?? 'default';
      const refusal = enterNamespace(context, route, pathNamespace);
      if (refusal) return refusal;
      const { namespace } = context;
      const namespaceSeconds = namespace === '' ? 0 : (namespaceLimiter?.take(namespace) ?? 0);
      if (namespaceSeconds > 0) return tooMany(namespaceSeconds);
      context.client = grant?.token.sha256 ?? namespace;
      return undefined;
    },

    replaceTokens(next) {
      if (grants !== undefined) return grants.replace(next);
      throw new Error('The API was created without tokens. Create it with tokens to replace them.');
    },
    close: () => grants?.close(),
  };
}

/** The reply to a request whose token is unknown, not valid any more, or does not open the route. */
function denialOf(grant: Grant | undefined, route: Route, clock: Clock): Reply | undefined {
  if (grant === undefined)
    return unauthorized(
      'unknown_token',
      'The bearer token is missing or unknown; send it as Authorization: Bearer TOKEN.',
    );
  const { token, ended } = grant;
  const { expiresAt = Number.POSITIVE_INFINITY } = token;
  if (ended.aborted || expiresAt <= clock.now()) return accessEndedReply();
  if (route.access === 'operator' && token.namespace !== operatorNamespace)
    return problem(
      'operator_required',
      'This route requires the token of an operator, whose namespace is *.',
    );
  if (route.access === 'namespace' && token.namespace === operatorNamespace)
    return problem('namespace_forbidden', 'The token of an operator does not give access to a namespace.');
  const scope = scopeOf(route);
  return scope === undefined || scopesOf(token).includes(scope) ? undefined : missingScope(scope, token);
}

/** Sets the namespace in which a request acts. Returns a reply to a request whose token does not open the namespace. */
function enterNamespace(
  context: RequestContext,
  { access }: Route,
  pathNamespace: string | undefined,
): Reply | undefined {
  if (access !== 'namespace' && access !== 'administration') return undefined;
  if (pathNamespace !== undefined && !namespacePattern.test(pathNamespace))
    return problem(
      'invalid_namespace',
      'The namespace is invalid; use 1 to 63 letters, digits, dots, hyphens and underscores.',
    );
  const namespace = pathNamespace ?? context.tokenNamespace;
  const isAll = access === 'administration' && context.tokenNamespace === operatorNamespace;
  if (context.token !== undefined && namespace !== context.tokenNamespace && !isAll)
    return problem('namespace_forbidden', 'The bearer token does not give access to this namespace.');
  context.namespace = namespace;
  return undefined;
}

/** The reply to a request whose token was revoked or has expired. */
export function accessEndedReply(): Reply {
  return unauthorized('ended_token', accessEndedText);
}

function missingScope(scope: Scope, token: Token): Reply {
  return problem(
    'missing_scope',
    `This request requires a token with the scope ${scope}; this token has ${scopesOf(token).join(', ')}.`,
    { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
  );
}

/**
 * Whether a page of another origin makes this request without naming its origin, as for an image or a script: it could learn
 * what exists. A user may follow a link of such a page to the page of the API.
 */
function isFromOtherSite({ method, headers }: Request, { pathname }: URL): boolean {
  const site = headers.get('sec-fetch-site');
  if (site !== 'cross-site' && site !== 'same-site') return false;
  const isNavigation =
    headers.get('sec-fetch-mode') === 'navigate' && headers.get('sec-fetch-dest') === 'document';
  return !(isNavigation && method === 'GET' && pathname === '/docs');
}

function unauthorized(code: 'unknown_token' | 'ended_token', text: string): Reply {
  return problem(code, text, { 'www-authenticate': 'Bearer' });
}

function tooMany(seconds: number): Reply {
  return problem('too_many_requests', `Too many requests; try again in ${seconds} s.`, {
    'retry-after': String(seconds),
  });
}

function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : '';
}
