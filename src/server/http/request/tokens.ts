import { bytesOfHex, equalBytes, sha256Of } from '../../../utils/sha256.ts';

/** A bearer token, stored as the SHA-256 of its text in hex, and the namespace that it gives access to. */
export interface Token {
  readonly sha256: string;
  readonly namespace: string;
  /** The name of its owner, which is the `actor` of changes that use the token. Default: `user`. */
  readonly name?: string;
}

/** Finds the token of a request. Returns undefined for a request without a known token. */
export type TokenFinder = (request: Request) => Token | undefined | Promise<Token | undefined>;

/** A valid namespace, which is harmless in a path, a file and a log. */
export const namespacePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

/** A valid name of an owner. */
const ownerPattern = /^[A-Za-z0-9][A-Za-z0-9_.@-]{0,62}$/;

/** Actors of a history that are not users. */
const reservedOwners = ['platform', 'clock'];

/** Creates a finder of these tokens. */
export function createTokenFinder(tokens: readonly Token[]): TokenFinder {
  const known = tokens.map((token) => ({ token, hash: bytesOfHex(token.sha256) }));
  // Web Crypto takes up to a third of the time of a request, so each token is hashed once. Unknown texts are not cached.
  const verified = new Map<string, Token>();

  async function verify(text: string): Promise<Token | undefined> {
    const hash = await sha256Of(text);
    // Every token is compared, so that the duration does not reveal a partial match.
    const token = known.filter((one) => equalBytes(one.hash, hash))[0]?.token;
    if (token !== undefined) verified.set(text, token);
    return token;
  }

  return ({ headers }) => {
    const text = /^Bearer +(.+)$/i.exec(headers.get('authorization') ?? '')?.[1];
    return text === undefined ? undefined : (verified.get(text) ?? verify(text));
  };
}

/**
 * Reads tokens from text, one per line: the SHA-256 of the token in hex, the namespace, and optionally the name of the
 * owner for the history. `#` starts a comment. Throws an error that names the line.
 *
 * @example
 * parseTokens('2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae my-team ada');
 */
export function parseTokens(text: string): Token[] {
  return text.split('\n').flatMap((line, index) => {
    const content = line.replace(/#.*/, '').trim();
    if (content === '') return [];
    const [, sha256, namespace, name] = /^([0-9a-f]{64})\s+(\S+)(?:\s+(\S+))?$/i.exec(content) ?? [];
    if (sha256 === undefined || namespace === undefined || !namespacePattern.test(namespace)) {
      throw new Error(`Line ${index + 1} of the tokens is not a SHA-256 in hex and a namespace.`);
    }
    if (name === undefined) return [{ sha256, namespace }];
    if (!ownerPattern.test(name) || reservedOwners.includes(name)) {
      throw new Error(
        `Line ${index + 1} of the tokens has an invalid owner: use letters, digits, dots, hyphens, underscores and @, and neither ${reservedOwners.join(' nor ')}.`,
      );
    }
    return [{ sha256, namespace, name }];
  });
}
