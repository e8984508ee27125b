import type { Sandbox } from '../../../model/sandbox.ts';

/** What every answer of ours says to caches. */
const always = { 'cache-control': 'no-store' };

/** What one with a body says to browsers: guess nothing, and show it in no frame. */
const withBody = {
  ...always,
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** An answer of ours, as plain data until it goes out: headers that are set one by one cost more than all the rest. */
export interface Reply {
  readonly status: number;
  readonly body: string | ReadableStream<Uint8Array> | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** An answer of ours. */
export function reply(status: number, body: Reply['body'], headers: Reply['headers']): Reply {
  return { status, body, headers };
}

/** What goes out, with the id of the request that it answers. One that was forwarded is only given the id. */
export function toResponse(answer: Reply | Response, requestId: string): Response {
  if (answer instanceof Response) {
    answer.headers.set('x-request-id', requestId);
    return answer;
  }
  const { status, body, headers } = answer;
  const general = body === null ? always : withBody;
  return new Response(body, {
    status,
    headers: Object.assign({ 'x-request-id': requestId }, general, headers),
  });
}

/** JSON. With a sandbox, its version goes out as `ETag`. */
export function json(body: unknown, options: { status?: number; sandbox?: Sandbox } = {}): Reply {
  const { status = 200, sandbox } = options;
  return reply(status, JSON.stringify(body), { 'content-type': 'application/json', ...etagOf(sandbox) });
}

/** One sentence for a person. */
export function sentence(status: number, text: string, headers: Reply['headers'] = {}): Reply {
  return reply(status, text, { 'content-type': 'text/plain; charset=utf-8', ...headers });
}

/** Nothing but a status and, with a sandbox, its version as `ETag`. */
export function empty(status: number, sandbox?: Sandbox): Reply {
  return reply(status, null, etagOf(sandbox));
}

/** The version of a sandbox as a header. */
export function etagOf(sandbox: Sandbox | undefined): Readonly<Record<string, string>> {
  return sandbox ? { etag: `"${sandbox.version}"` } : {};
}
