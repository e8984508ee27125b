import { createHash, timingSafeEqual } from 'node:crypto';

/** A bearer token, kept as the SHA-256 of its text in hex, and the namespace that it opens. */
export interface Token {
  readonly sha256: string;
  readonly namespace: string;
}

/** Who may come in. */
export interface AccessOptions {
  /** Without any, everybody who can reach the server may do everything: only from this machine, then. */
  readonly tokens?: readonly Token[] | undefined;
  /** Host names besides the loopback ones that requests without tokens may be addressed to. */
  readonly allowedHosts?: readonly string[];
}

/** The namespace that a request may act in, or why it may not: with the HTTP status that says so. */
export type Admission =
  | { readonly namespace: string }
  | { readonly status: 401 | 403 | 404; readonly problem: string };

const loopback = ['127.0.0.1', 'localhost', '[::1]'];

/** What a namespace may be called: by itself harmless in a path, a file and a log. */
const namespacePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

/** Decides who comes in. `asked` is the namespace of the path, or undefined for a flat path. */
export function admit(request: Request, asked: string | undefined, options: AccessOptions): Admission {
  const { tokens, allowedHosts = [] } = options;
  if (asked !== undefined && !namespacePattern.test(asked)) {
    return { status: 404, problem: 'A namespace is 1 to 63 letters, digits, dots, hyphens and underscores.' };
  }
  if (tokens === undefined) {
    // A page on the web could reach a server of this machine by a name of its own, or by a form of its own.
    const { hostname, host } = new URL(request.url);
    const origin = request.headers.get('origin');
    if (![...loopback, ...allowedHosts].includes(hostname) || (origin !== null && hostOf(origin) !== host)) {
      return { status: 403, problem: 'Without tokens this server takes requests from its own machine only.' };
    }
    return { namespace: asked ?? 'default' };
  }
  const token = findToken(tokens, request.headers.get('authorization'));
  if (token === undefined) {
    return {
      status: 401,
      problem: 'The bearer token is missing or not known; send it as Authorization: Bearer TOKEN.',
    };
  }
  if (asked !== undefined && asked !== token.namespace) {
    return { status: 403, problem: 'The bearer token does not open this namespace.' };
  }
  return { namespace: token.namespace };
}

function findToken(tokens: readonly Token[], authorization: string | null): Token | undefined {
  const presented = /^Bearer +(.+)$/i.exec(authorization ?? '')?.[1];
  if (presented === undefined) return undefined;
  const hash = createHash('sha256').update(presented).digest();
  // Every token is compared, so that the time tells nothing of which one came near.
  return tokens.filter(({ sha256 }) => timingSafeEqual(Buffer.from(sha256, 'hex'), hash))[0];
}

function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : '';
}

/**
 * Reads tokens from text: a line each, the SHA-256 of the token in hex, then the namespace; `#` begins a comment.
 * Throws a sentence that names the line.
 */
export function parseTokens(text: string): Token[] {
  return text.split('\n').flatMap((line, index) => {
    const content = line.replace(/#.*/, '').trim();
    if (content === '') return [];
    const [, sha256, namespace] = /^([0-9a-f]{64})\s+(\S+)$/i.exec(content) ?? [];
    if (sha256 === undefined || namespace === undefined || !namespacePattern.test(namespace)) {
      throw new Error(`Line ${index + 1} of the tokens is not a SHA-256 in hex and a namespace.`);
    }
    return [{ sha256, namespace }];
  });
}
