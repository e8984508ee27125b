import type { Sandbox } from '../../../model/sandbox.ts';
import type { ResponseJson } from '../../../schema/http/responses.ts';

/** Headers of every reply. They keep caches from storing it. */
const always = { 'cache-control': 'no-store' };

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
}

/** Creates a reply. */
export function reply(status: number, body: Reply['body'], headers: Reply['headers']): Reply {
  return { status, body, headers };
}

/** The response for a reply, with the id of its request. A forwarded response gets only the id. */
export function toResponse(given: Reply | Response, requestId: string): Response {
  if (given instanceof Response) {
    given.headers.set('x-request-id', requestId);
    return given;
  }
  const { status, body, headers } = given;
  const general = body === null ? always : withBody;
  return new Response(body, {
    status,
    headers: Object.assign({ 'x-request-id': requestId }, general, headers),
  });
}

/** A reply with JSON. With a sandbox, its version is the `ETag`. */
export function json(body: ResponseJson, options: { status?: number; sandbox?: Sandbox } = {}): Reply {
  const { status = 200, sandbox } = options;
  return reply(status, JSON.stringify(body), { 'content-type': 'application/json', ...etagOf(sandbox) });
}

/** A reply with one sentence. */
export function sentence(status: number, text: string, headers: Reply['headers'] = {}): Reply {
  return reply(status, text, { 'content-type': 'text/plain; charset=utf-8', ...headers });
}

/** A reply without a body. With a sandbox, its version is the `ETag`. */
export function empty(status: number, sandbox?: Sandbox): Reply {
  return reply(status, null, etagOf(sandbox));
}

/** The version of a sandbox as a header. */
export function etagOf(sandbox: Sandbox | undefined): Readonly<Record<string, string>> {
  return sandbox ? { etag: `"${sandbox.version}"` } : {};
}
