import { createHash, timingSafeEqual } from 'node:crypto';

/** A bearer token, kept as the SHA-256 of its text in hex, and the namespace that it opens. */
export interface Token {
  readonly sha256: string;
  readonly namespace: string;
  /** Whose it is: the `actor` of what is done with it. `user` when left out. */
  readonly name?: string;
}

/** Who may come in. */
export interface AccessOptions {
  /** Without any, everybody who can reach the server may do everything: only from this machine, then. */
  readonly tokens?: readonly Token[] | undefined;
  /** Host names besides the loopback ones that requests without tokens may be addressed to. */
  readonly allowedHosts?: readonly string[];
  /** The origins whose pages may use the API, as `https://console.example`. None when left out. */
  readonly origins?: readonly string[] | undefined;
}

/** Why a request is not let in: a sentence, and the HTTP status that says so. */
export interface Denial {
  readonly status: 401 | 403 | 404;
  readonly problem: string;
}

/** Decides who comes in. */
export interface Access {
  /** Whether a request may come from where it does: without tokens, only from this machine, and from no page. */
  checkOrigin(request: Request, url: URL): Denial | undefined;
  /** The token that a request bears, when it is a known one. */
  tokenOf(request: Request): Token | undefined;
  /** Whether a request with this token, or none, may come in at all. */
  checkToken(token: Token | undefined): Denial | undefined;
  /** The namespace that a request acts in; `asked` is the one of its path, undefined for a flat path. */
  namespaceOf(token: Token | undefined, asked: string | undefined): { readonly namespace: string } | Denial;
}

const loopback = ['127.0.0.1', 'localhost', '[::1]'];

/** What a namespace may be called: by itself harmless in a path, a file and a log. */
const namespacePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

/** What a holder of a token may be called. */
const holderPattern = /^[A-Za-z0-9][A-Za-z0-9_.@-]{0,62}$/;

/** These in a history are no persons. */
const reservedHolders = ['platform', 'clock'];

/** Access by these options. */
export function createAccess({ tokens, allowedHosts = [], origins = [] }: AccessOptions): Access {
  const known = tokens?.map((token) => ({ token, hash: Buffer.from(token.sha256, 'hex') }));
  const hosts = [...loopback, ...allowedHosts];

  return {
    checkOrigin(request, { hostname, host }) {
      // With tokens a page gets nowhere without one. Without, it could reach this machine by a name of its own.
      if (known !== undefined) return undefined;
      const origin = request.headers.get('origin');
      const isOwn = origin === null || origins.includes(origin) || hostOf(origin) === host;
      if (hosts.includes(hostname) && isOwn) return undefined;
      return {
        status: 403,
        problem: 'Without tokens this server takes requests from its own machine only.',
      };
    },
    tokenOf(request) {
      const presented = /^Bearer +(.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
      if (known === undefined || presented === undefined) return undefined;
      const hash = createHash('sha256').update(presented).digest();
      // Every token is compared, so that the time tells nothing of which one came near.
      return known.filter((one) => timingSafeEqual(one.hash, hash))[0]?.token;
    },
    checkToken: (token) => (known !== undefined && token === undefined ? withoutToken : undefined),
    namespaceOf(token, asked) {
      if (asked !== undefined && !namespacePattern.test(asked)) {
        return {
          status: 404,
          problem: 'A namespace is 1 to 63 letters, digits, dots, hyphens and underscores.',
        };
      }
      if (token === undefined) return { namespace: asked ?? 'default' };
      if (asked === undefined || asked === token.namespace) return { namespace: token.namespace };
      return { status: 403, problem: 'The bearer token does not open this namespace.' };
    },
  };
}

const withoutToken: Denial = {
  status: 401,
  problem: 'The bearer token is missing or not known; send it as Authorization: Bearer TOKEN.',
};

function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : '';
}

/**
 * Reads tokens from text: a line each, the SHA-256 of the token in hex, then the namespace, then, if it is to be in
 * the history, the name of whose it is; `#` begins a comment. Throws a sentence that names the line.
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
    if (!holderPattern.test(name) || reservedHolders.includes(name)) {
      throw new Error(
        `Line ${index + 1} of the tokens names a holder that cannot be: use letters, digits, dots, hyphens, underscores and @, and neither ${reservedHolders.join(' nor ')}.`,
      );
    }
    return [{ sha256, namespace, name }];
  });
}
