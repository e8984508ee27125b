import type { Sandbox } from '../../../model/sandbox.ts';
import type { ResponseJson } from '../../../schema/http/responses.ts';
import { acceptsProblem, type ErrorCode, errorCodes, problemOf, problemType } from './error-codes.ts';

/** Headers of every reply. They keep caches from storing it, and pages of other origins from loading it. */
const always = { 'cache-control': 'no-store', 'cross-origin-resource-policy': 'same-origin' };

/** Headers of a reply with a body. They keep browsers from guessing its type and from showing it in a frame. */
const withBody = {
  ...always,
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** A reply of the API. It is plain data until it is sent, because setting headers one by one is expensive. */
export interface Reply {
  readonly status: number;
  readonly body: string | ReadableStream<Uint8Array> | null;
  readonly headers: Readonly<Record<string, string>>;
  /** The code of an error, whose body is a sentence. */
  readonly code?: ErrorCode;
}

/** Creates a reply. */
export function reply(status: number, body: Reply['body'], headers: Reply['headers']): Reply {
  return { status, body, headers };
}

/**
 * The response for a reply, with the id of its request. An error is JSON if the request names that type. A forwarded response
 * gets only the id.
 */
export function toResponse(
  given: Reply | Response,
  { request, requestId }: { readonly request: Request; readonly requestId: string },
): Response {
  if (given instanceof Response) {
    given.headers.set('x-request-id', requestId);
    return given;
  }
  const { status, body, headers } =
    given.code !== undefined && acceptsProblem(request) ? asJson(given, given.code, requestId) : given;
  const general = body === null ? always : withBody;
  return new Response(body, {
    status,
    headers: Object.assign({ 'x-request-id': requestId }, general, headers),
  });
}

/** A reply with JSON. With a sandbox, its id and version are the `ETag`. */
export function json(body: ResponseJson, options: { status?: number; sandbox?: Sandbox } = {}): Reply {
  const { status = 200, sandbox } = options;
  return reply(status, JSON.stringify(body), { 'content-type': 'application/json', ...etagOf(sandbox) });
}

/** A reply with one line of text. */
export function plainText(text: string): Reply {
  return reply(200, text, textType);
}

const textType = { 'content-type': 'text/plain; charset=utf-8' };

/** A reply with an error: its code, which determines the status, and one sentence. */
export function problem(code: ErrorCode, sentence: string, headers: Reply['headers'] = {}): Reply {
  const { status } = errorCodes[code];
  return { status, body: sentence, headers: { ...textType, 'x-error-code': code, ...headers }, code };
}

/** The same error as JSON. */
function asJson(given: Reply, code: ErrorCode, requestId: string): Reply {
  const body = JSON.stringify(problemOf(code, String(given.body), requestId));
  return { ...given, body, headers: { ...given.headers, 'content-type': problemType } };
}

/** A reply without a body. With a sandbox, its id and version are the `ETag`. */
export function empty(status: number, sandbox?: Sandbox): Reply {
  return reply(status, null, etagOf(sandbox));
}

/**
 * The id and the version of a sandbox as a header. The id is part of it because a name can move to another sandbox.
 */
export function etagOf(sandbox: Sandbox | undefined): Readonly<Record<string, string>> {
  return sandbox ? { etag: `"${sandbox.id}-${sandbox.version}"` } : {};
}
