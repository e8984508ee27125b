/** A kind of request that a token allows. */
export type Scope = (typeof scopes)[number];

/**
 * All scopes. `read` and `write` open the sandboxes and snapshots of a namespace, `metrics` opens `/metrics`, and `admin` the
 * routes for operators, or for a token of one namespace the deletion of that namespace.
 */
export const scopes = ['read', 'write', 'metrics', 'admin'] as const;

/** A bearer token, stored as the SHA-256 of its text in hex, and the namespace that it gives access to. */
export interface Token {
  readonly sha256: string;
  /** `*` for an operator: the token then opens the routes for operators, and no namespace. */
  readonly namespace: string;
  /** The name of its owner, which is the `actor` of changes that use the token. Default: `user`. */
  readonly name?: string;
  /** Default: `read` and `write`; for an operator, `metrics` and `admin`. */
  readonly scopes?: readonly Scope[];
  /** The instant from which the token is not valid, in epoch ms. Default: never. */
  readonly expiresAt?: number;
}

/** A valid namespace, which is harmless in a path, a file and a log. */
export const namespacePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

/** The namespace of the tokens of operators, which open the routes for operators and no namespace. */
export const operatorNamespace = '*';

/** A valid name of an owner. */
const ownerPattern = /^[A-Za-z0-9][A-Za-z0-9_.@-]{0,62}$/;

/** Actors of a history that are not users. */
const reservedOwners = ['platform', 'clock'];

/** Hashes of texts that no request can carry as its token: empty ones, as when a variable was not set. */
const emptyHashes = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b',
  '7eb70257593da06f682a3ddda54a9d260d4fc514f645237f5ca74b08f8da61a6',
];

/** The scopes of a token. */
export function scopesOf({ namespace, scopes: own }: Token): readonly Scope[] {
  return own ?? (namespace === operatorNamespace ? ['metrics', 'admin'] : ['read', 'write']);
}

/** A token with the place that a problem of it names, such as `Line 3 of the tokens`. */
export interface PlacedToken {
  readonly token: Token;
  readonly place: string;
}

/**
 * Checks tokens. Throws an error that names the place of the first one that is invalid, that no request can carry, or that occurs
 * twice, which would have two meanings.
 */
export function checkTokens(tokens: readonly PlacedToken[]): void {
  const places = new Map<string, string>();
  for (const { token, place } of tokens) {
    const hash = token.sha256.toLowerCase();
    const problem = tokenProblem(token);
    if (problem !== undefined) throw new Error(`${place} ${problem}`);
    const before = places.get(hash);
    if (before !== undefined)
      throw new Error(
        `${place} has the same token as ${before.toLowerCase()}. A token opens one namespace: create another one.`,
      );
    places.set(hash, place);
  }
}

/** The problem of a token, as the end of a sentence that begins with its place. */
function tokenProblem({ sha256, namespace, name, scopes: own, expiresAt }: Token): string | undefined {
  if (!/^[0-9a-f]{64}$/i.test(sha256) || !isNamespaceOrOperator(namespace))
    return 'does not have a SHA-256 in hex and a namespace, or * for an operator.';
  if (emptyHashes.includes(sha256.toLowerCase()))
    return 'is the SHA-256 of an empty text, which no request can send. Check that the token was set.';
  if (name !== undefined && (!ownerPattern.test(name) || reservedOwners.includes(name)))
    return `has an invalid owner: use letters, digits, dots, hyphens, underscores and @, and neither ${reservedOwners.join(' nor ')}.`;
  if (expiresAt !== undefined && !Number.isSafeInteger(expiresAt))
    return 'has an invalid expiry: use a time in epoch ms.';
  return own && scopeProblem(own, namespace);
}

function scopeProblem(own: readonly string[], namespace: string): string | undefined {
  const allowed: readonly string[] = namespace === operatorNamespace ? ['metrics', 'admin'] : scopes;
  if (own.length > 0 && own.every((scope) => allowed.includes(scope))) return undefined;
  return namespace === operatorNamespace
    ? 'has an invalid scope: use metrics and admin for an operator, whose token does not open a namespace.'
    : `has an invalid scope: use ${scopes.slice(0, -1).join(', ')} and ${scopes.at(-1)}.`;
}

function isNamespaceOrOperator(namespace: string): boolean {
  return namespace === operatorNamespace || namespacePattern.test(namespace);
}
