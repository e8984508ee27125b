import { bytesOfHex, equalBytes, sha256Of } from '../../../utils/sha256.ts';

/** A bearer token, kept as the SHA-256 of its text in hex, and the namespace that it opens. */
export interface Token {
  readonly sha256: string;
  readonly namespace: string;
  /** The name of its owner: the `actor` of what is done with it. `user` when left out. */
  readonly name?: string;
}

/** Finds the token that a request bears. Returns undefined for a request without a known one. */
export type TokenFinder = (request: Request) => Token | undefined | Promise<Token | undefined>;

/** A valid namespace: by itself harmless in a path, a file and a log. */
export const namespacePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

/** A valid name of an owner. */
const ownerPattern = /^[A-Za-z0-9][A-Za-z0-9_.@-]{0,62}$/;

/** Actors of a history that are not users. */
const reservedOwners = ['platform', 'clock'];

/** Creates a finder of these tokens. */
export function createTokenFinder(tokens: readonly Token[]): TokenFinder {
  const known = tokens.map((token) => ({ token, hash: bytesOfHex(token.sha256) }));
  // Web Crypto takes as long as a third of a request, so each token is hashed once. Unknown texts are not kept.
  const verified = new Map<string, Token>();

  async function verify(text: string): Promise<Token | undefined> {
    const hash = await sha256Of(text);
    // Every token is compared, so that the duration does not reveal which one was close.
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
 * Reads tokens from text: a line each, the SHA-256 of the token in hex, then the namespace, then, if it is to be in
 * the history, the name of its owner; `#` begins a comment. Throws an error that names the line.
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
        `Line ${index + 1} of the tokens names a holder that cannot be: use letters, digits, dots, hyphens, underscores and @, and neither ${reservedOwners.join(' nor ')}.`,
      );
    }
    return [{ sha256, namespace, name }];
  });
}
