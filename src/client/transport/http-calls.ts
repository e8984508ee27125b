import type { TimeoutsInput } from '../../model/events.ts';
import type { SnapshotBody, UpdateBody } from '../../schema/http/requests.ts';
import type { SandboxPage } from '../../schema/http/responses.ts';
import type { Reason, ReasonCode, SendRequest, ServerReply } from './command-request.ts';
import type { ReadFailure, ServerUpdate } from './server-update.ts';

/** The address of a server, and the credentials for it. */
export interface HttpOptions {
  /** The base URL of the API: `http://127.0.0.1:8080`, or with a namespace, `http://127.0.0.1:8080/v1/namespaces/mine`. */
  readonly url: string;
  /** Headers of every request, such as `Authorization`; a function is called for each request. */
  readonly headers?: Readonly<Record<string, string>> | (() => Readonly<Record<string, string>>) | undefined;
  /** The global `fetch` by default. */
  readonly fetch?: typeof fetch | undefined;
}

/** Makes one request below `url`. Rejects when the server cannot be reached. */
export type Call = (path: string, init?: RequestInit) => Promise<Response>;

/** Returns a function that makes requests with these options. */
export function callWith({ url, headers = {}, fetch: givenFetch }: HttpOptions): Call {
  const base = url.replace(/\/+$/, '');
  return (path, init) => {
    return (givenFetch ?? fetch)(base + path, {
      ...init,
      headers: { ...(typeof headers === 'function' ? headers() : headers), ...(init?.headers as object) },
    });
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
  if (ok) {
    const version = /^"(\d+)"$/.exec(headerOf(response, 'etag'))?.[1];
    const isUnchanged = status === 200 && (type === 'suspend' || type === 'resume');
    return { outcome: 'accepted', isUnchanged, ...(version && { version: Number(version) }) };
  }
  // The server may have applied the command, or may accept the next try: too many requests, a timeout, a server error.
  if (status >= 500 || [408, 425, 429].includes(status)) return { outcome: 'unknown' };
  const code = headerOf(response, 'x-refusal-code') || (status === 412 ? 'moved_on' : 'rejected');
  return { outcome: 'refused', reason: { code: code as ReasonCode, message: await messageOf(response) } };
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

const noWholeSeconds: Reason = {
  code: 'invalid',
  message: 'The server counts limits in whole seconds; pass a multiple of 1000 ms, or null for no limit.',
};

/** Limits in seconds, as the API has them; null when one of them is not a whole number of seconds. */
function secondsOf({ timeoutMs, idleTimeoutMs, suspendedTimeoutMs }: TimeoutsInput): object | null {
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
  return { problem: await messageOf(response), isReachable: true };
}

/** The server's clock from the `Date` header, which is truncated to whole seconds. */
export function serverTimeOf(response: Response): Pick<ServerUpdate, 'serverTime'> {
  const atMs = Date.parse(headerOf(response, 'date'));
  return atMs ? { serverTime: { atMs, precisionMs: 1000 } } : {};
}

/** A page of sandboxes. Another server of the same API may send the items in another form. */
type PageOf<Item> = Partial<Pick<SandboxPage, 'next_cursor'>> & {
  readonly [Key in keyof Pick<SandboxPage, 'sandboxes'>]: readonly Item[];
};

/** Reads all pages of the list of sandboxes. `parse` converts each item. */
export async function readPages<Item>(
  call: Call,
  signal: AbortSignal,
  parse: (item: Item) => ServerUpdate['sandboxes'][number],
): Promise<ServerUpdate | ReadFailure> {
  const sandboxes = [];
  let cursor: string | null = '';
  let serverTime = {};
  do {
    const response = await call(`/sandboxes?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`, {
      signal,
    });
    if (!response.ok) return failureOf(response);
    serverTime = serverTimeOf(response);
    const page = (await response.json()) as PageOf<Item>;
    sandboxes.push(...page.sandboxes.map(parse));
    cursor = page.next_cursor ?? null;
  } while (cursor);
  return { sandboxes, isComplete: true, ...serverTime };
}
