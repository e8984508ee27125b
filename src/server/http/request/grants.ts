import type { Clock } from '../../../utils/clock.ts';
import { bytesOfHex, equalBytes, sha256Of } from '../../../utils/sha256.ts';
import { checkTokens, scopesOf, type Token } from './tokens.ts';

/** A token in use. */
export interface Grant {
  readonly token: Token;
  /** Aborts when the token is revoked or has expired: the streams and waits that it opened then end. */
  readonly ended: AbortSignal;
}

/** The tokens that an API accepts at present. */
export interface Grants {
  /** Finds the token of a request, also one that has expired. Returns undefined for a request without a known token. */
  find(request: Request): Grant | undefined | Promise<Grant | undefined>;
  /**
   * Accepts these tokens instead. A token that is absent from them, or that has another namespace, owner or scope, is revoked. Throws for
   * invalid tokens, and then changes nothing.
   */
  replace(tokens: readonly Token[]): TokenCounts;
  /** Ends the timer for expiries. */
  close(): void;
}

/** The numbers of tokens after a replacement, and of those that it has revoked. */
export interface TokenCounts {
  readonly tokens: number;
  readonly revoked: number;
}

/** The last sentence to a client whose token was revoked or has expired. */
export const accessEndedText = 'The bearer token was revoked or has expired; use another one.';

/** A grant whose end the grants control. */
interface OwnGrant extends Grant {
  readonly hash: Uint8Array;
  readonly end: AbortController;
}

/** The longest time between two looks for expired tokens, in ms: the wall clock may be set meanwhile. */
const lookMs = 10_000;

/** Creates grants of these tokens. Throws for invalid ones. */
export function createGrants(tokens: readonly Token[], clock: Clock): Grants {
  let grants: readonly OwnGrant[] = [];
  // Web Crypto takes up to a third of the time of a request, so each token is hashed once. Unknown texts are not cached.
  let verified = new Map<string, Grant>();
  let cancelLook = () => {};
  replace(tokens);

  return {
    find({ headers }) {
      const text = /^Bearer +(.+)$/i.exec(headers.get('authorization') ?? '')?.[1];
      return text === undefined ? undefined : (verified.get(text) ?? verify(text));
    },
    replace,
    close: () => cancelLook(),
  };

  async function verify(text: string): Promise<Grant | undefined> {
    const hash = await sha256Of(text);
    // Every token is compared, so that the duration does not reveal a partial match.
    const [grant] = grants.filter((one) => equalBytes(one.hash, hash));
    if (grant !== undefined) verified.set(text, grant);
    return grant;
  }

  function replace(next: readonly Token[]): TokenCounts {
    checkTokens(next.map((token, index) => ({ token, place: `Token ${index + 1}` })));
    const before = new Map(grants.map((grant) => [identityOf(grant.token), grant]));
    grants = next.map((token) => grantOf(token, before.get(identityOf(token))));
    verified = new Map();
    const kept = new Set(grants.map(({ end }) => end));
    const revoked = [...before.values()].filter(({ end }) => !end.signal.aborted && !kept.has(end));
    for (const { end } of revoked) end.abort();
    look();
    return { tokens: grants.length, revoked: revoked.length };
  }

  /** Ends the grants of expired tokens, and looks again when the next one expires. */
  function look(): void {
    cancelLook();
    cancelLook = () => {};
    const now = clock.now();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { token, end } of grants) {
      if (end.signal.aborted || token.expiresAt === undefined) continue;
      if (token.expiresAt <= now) end.abort();
      else nextMs = Math.min(nextMs, token.expiresAt - now);
    }
    if (nextMs < Number.POSITIVE_INFINITY) cancelLook = clock.wake(Math.min(nextMs, lookMs), look);
  }
}

/** A grant of a token. It continues an earlier one, whose streams stay open, unless that has ended. */
function grantOf(token: Token, earlier: OwnGrant | undefined): OwnGrant {
  const end = earlier === undefined || earlier.ended.aborted ? new AbortController() : earlier.end;
  return { token, hash: bytesOfHex(token.sha256), end, ended: end.signal };
}

/** Equal for tokens that give the same rights to the same owner. */
function identityOf(token: Token): string {
  const { sha256, namespace, name } = token;
  return JSON.stringify([sha256.toLowerCase(), namespace, name, [...scopesOf(token)].sort()]);
}
