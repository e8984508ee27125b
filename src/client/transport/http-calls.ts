import type { TimeoutsInput } from '../../model/events.ts';
import type { SnapshotBody, UpdateBody } from '../../schema/http/requests.ts';
import type { SandboxPage } from '../../schema/http/responses.ts';
import type { Reason, ReasonCode, SendRequest, ServerReply } from './command-request.ts';
import type { ReadFailure, ServerUpdate } from './server-update.ts';
import { longestRetryAfterMs } from './times.ts';

/** Headers of a request, by name. */
type HttpHeaders = Readonly<Record<string, string>>;

/** The address of a server, and the credentials for it. */
export interface HttpOptions {
  /** The base URL of the API: `http://127.0.0.1:8080`, or with a namespace, `http://127.0.0.1:8080/v1/namespaces/mine`. */
  readonly url: string;
  /**
   * Headers of every request, such as `Authorization`; a function is called for each request, and may be async. When it throws
   * or rejects, the request counts as failed, with the error's message.
   */
  readonly headers?: HttpHeaders | (() => HttpHeaders | PromiseLike<HttpHeaders>) | undefined;
  /** Called after each response with status 401: sign the user in again. The client itself tries again only rarely. */
  readonly onUnauthorized?: (() => void) | undefined;
  /** The global `fetch` by default. */
  readonly fetch?: typeof fetch | undefined;
}

/** Makes one request below `url`. Rejects when the server cannot be reached. */
export type Call = (path: string, init?: RequestInit) => Promise<Response>;

/** Returns a function that makes requests with these options. */
export function callWith({ url, headers = {}, fetch: givenFetch, onUnauthorized }: HttpOptions): Call {
  const base = url.replace(/\/+$/, '');
  return async (path, init) => {
    let given: HttpHeaders;
    try {
      given = typeof headers === 'function' ? await headers() : headers;
    } catch (error) {
      // As if the server were busy: the client shows the sentence, and tries again later.
      return new Response(error instanceof Error ? error.message : `${error}`, { status: 503 });
    }
    const response = await (givenFetch ?? fetch)(base + path, {
      ...init,
      headers: { ...given, ...(init?.headers as object) },
    });
    if (response.status === 401 && onUnauthorized) queueMicrotask(onUnauthorized);
    return response;
  };
}

/** The path of one sandbox, or of the list. */
export const pathOf = (sandboxId: string | undefined) =>
  sandboxId === undefined ? '/sandboxes' : `/sandboxes/${encodeURIComponent(sandboxId)}`;

/** Sends a command once, with these headers. Rejects when the server cannot be reached. */
export async function sendCommand(
  call: Call,
  request: SendRequest,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<ServerReply> {
  const { type } = request.command;
  const path = pathOf(request.sandboxId);
  const body = bodyOf(request);
  if (body === null) return { outcome: 'refused', reason: noWholeSeconds };
  const method = type === 'terminate' ? 'DELETE' : patches.includes(type) ? 'PATCH' : undefined;
  const response = await call(method ? path : `${path}/${type}`, {
    method: method ?? 'POST',
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    body: JSON.stringify(body),
    signal,
  });
  const { status, ok } = response;
  const time = serverTimeOf(response);
  if (ok) {
    const version = /-(\d+)"$/.exec(headerOf(response, 'etag'))?.[1];
    const isUnchanged = status === 200 && (type === 'suspend' || type === 'resume');
    return { outcome: 'accepted', isUnchanged, ...(version && { version: Number(version) }), ...time };
  }
  const message = await messageOf(response);
  // The server may have applied the command, or may accept the next try: too many requests, a timeout, a server error.
  if (status >= 500 || [408, 425, 429].includes(status))
    return { outcome: 'unknown', problem: message, retryAfterMs: retryAfterMsOf(response), ...time };
  const code = headerOf(response, 'x-refusal-code') || (status === 412 ? 'moved_on' : 'rejected');
  return { outcome: 'refused', reason: { code: code as ReasonCode, message }, ...time };
}

const patches = ['rename', 'setTimeouts', 'configure'];

/** The body of the request for a command; null when the API cannot express the command's limits. */
function bodyOf({
  command,
  snapshotType,
  configuration,
}: SendRequest): UpdateBody | SnapshotBody | null | undefined {
  if (command.type === 'rename') return { name: command.name };
  if (command.type === 'setTimeouts') return secondsOf(command);
  if (command.type === 'configure') return configuration ?? {};
  return snapshotType && { snapshot_type: snapshotType };
}

/** The reason when `secondsOf` returns null. */
export const noWholeSeconds: Reason = {
  code: 'invalid',
  message: 'The server counts limits in whole seconds; pass a multiple of 1000 ms, or null for no limit.',
};

/** Limits in seconds, as the API has them; null when one of them is not a whole number of seconds. */
export function secondsOf({ timeoutMs, idleTimeoutMs, suspendedTimeoutMs }: TimeoutsInput): object | null {
  const inSeconds = (limitMs: number | null | undefined) => (limitMs ? limitMs / 1000 : limitMs);
  const body = {
    timeout_secs: inSeconds(timeoutMs),
    idle_timeout_secs: inSeconds(idleTimeoutMs),
    suspended_timeout_secs: inSeconds(suspendedTimeoutMs),
  };
  return Object.values(body).every((seconds) => seconds == null || Number.isInteger(seconds)) ? body : null;
}

/** The value of a header; empty if it is missing. */
export const headerOf = (response: Response, name: string) => response.headers.get(name) ?? '';

/** The message of an error response: the server's own sentence, if it sent one. */
export async function messageOf(response: Response): Promise<string> {
  const isText = /^(text\/plain|$)/.test(headerOf(response, 'content-type'));
  const text = isText ? (await response.text().catch(() => '')).trim() : '';
  return text.slice(0, 1000) || `The server responded with status ${response.status}.`;
}

/** The failure of a read that received an error response. */
export async function failureOf(response: Response): Promise<ReadFailure> {
  return {
    problem: await messageOf(response),
    isReachable: true,
    isPermanent: [401, 403, 404, 410].includes(response.status),
    retryAfterMs: retryAfterMsOf(response),
  };
}

/** How long the server asked to be left alone, in ms: `Retry-After` in seconds, or a date by the server's own clock. */
export function retryAfterMsOf(response: Response): number | undefined {
  const text = headerOf(response, 'retry-after');
  const nowMs = Date.parse(headerOf(response, 'date')) || Date.now();
  const afterMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return afterMs > 0 ? Math.min(afterMs, longestRetryAfterMs) : undefined;
}

/** The server's clock from the `Date` header, which is truncated to whole seconds. */
export function serverTimeOf(response: Response): Pick<ServerUpdate, 'serverTime'> {
  const atMs = Date.parse(headerOf(response, 'date'));
  return atMs ? { serverTime: { atMs, precisionMs: 1000 } } : {};
}

/** A page of sandboxes. Another server of the same API may send the items in another form. */
type PageOf<Item> = Partial<Pick<SandboxPage, 'next_cursor' | 'leaves_out'>> & {
  readonly [Key in keyof Pick<SandboxPage, 'sandboxes'>]: readonly Item[];
};

/** Reads all pages of the list of sandboxes. `parse` converts each item. */
export async function readPages<Item>(
  call: Call,
  signal: AbortSignal,
  parse: (item: Item) => ServerUpdate['sandboxes'][number],
): Promise<ServerUpdate | ReadFailure> {
  const sandboxes = [];
  let cursor: string | null | undefined = '';
  let serverTime: Pick<ServerUpdate, 'serverTime'> | undefined;
  let leavesOut: true | undefined;
  do {
    const response = await call(`/sandboxes?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`, {
      signal,
    });
    if (!response.ok) return failureOf(response);
    serverTime = serverTimeOf(response);
    const page = (await response.json()) as PageOf<Item>;
    sandboxes.push(...page.sandboxes.map(parse));
    cursor = page.next_cursor;
    leavesOut ??= page.leaves_out;
  } while (cursor);
  return { sandboxes, isComplete: true, leavesOut, ...serverTime };
}
