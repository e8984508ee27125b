import type { SnapshotBody, UpdateBody } from '../../schema/http/requests.ts';
import type { SandboxPage } from '../../schema/http/responses.ts';
import type { ReasonCode, SendRequest, ServerReply } from './command-request.ts';
import type { ReadFailure, ServerUpdate } from './server-update.ts';

/** The address of a server, and the credentials for it. */
export interface HttpOptions {
  /** The base URL of the API: `http://127.0.0.1:8080`, or with a namespace, `http://127.0.0.1:8080/v1/namespaces/mine`. */
  readonly url: string;
  /** Headers of every request, such as `Authorization`; a function is called for each request. */
  readonly headers?: Readonly<Record<string, string>> | (() => Readonly<Record<string, string>>) | undefined;
  /** The global `fetch` unless given. */
  readonly fetch?: typeof fetch | undefined;
}

/** Makes one request below `url`. Rejects when the server is not reached. */
export type Call = (path: string, init?: RequestInit) => Promise<Response>;

/** Returns a function that makes requests with these options. */
export function callWith({ url, headers = {}, fetch: givenFetch }: HttpOptions): Call {
  const base = url.replace(/\/+$/, '');
  return (path, init) => {
    const common = typeof headers === 'function' ? headers() : headers;
    return (givenFetch ?? fetch)(base + path, {
      ...init,
      headers: { ...common, ...(init?.headers as object) },
    });
  };
}

/** The path of one sandbox, or of the list. */
export const pathOf = (sandboxId: string | undefined) =>
  sandboxId === undefined ? '/sandboxes' : `/sandboxes/${encodeURIComponent(sandboxId)}`;

/** Sends a command once, with these headers. Rejects when the server is not reached. */
export async function sendCommand(
  call: Call,
  { sandboxId, command, snapshotType }: SendRequest,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<ServerReply> {
  const { type } = command;
  const path = pathOf(sandboxId);
  const body: UpdateBody | SnapshotBody | undefined =
    type === 'rename' ? { name: command.name } : snapshotType && { snapshot_type: snapshotType };
  const response = await call(type === 'rename' || type === 'terminate' ? path : `${path}/${type}`, {
    method: { rename: 'PATCH', terminate: 'DELETE' }[type as string] ?? 'POST',
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    body: body ? JSON.stringify(body) : null,
    signal,
  });
  const { status, ok } = response;
  if (ok) {
    const version = /^"(\d+)"$/.exec(response.headers.get('etag') ?? '')?.[1];
    const isUnchanged = status === 200 && (type === 'suspend' || type === 'resume');
    return { outcome: 'accepted', isUnchanged, ...(version && { version: Number(version) }) };
  }
  // The server may have applied it, or may accept the next try: too many requests, a timeout, a server error.
  if (status >= 500 || status === 429 || status === 408 || status === 425) return { outcome: 'unknown' };
  const code = (response.headers.get('x-refusal-code') ??
    (status === 412 ? 'moved_on' : 'rejected')) as ReasonCode;
  return { outcome: 'refused', reason: { code, message: await messageOf(response) } };
}

/** The message of an error response: the server's own sentence, if it sent one. */
export async function messageOf(response: Response): Promise<string> {
  const isText = response.headers.get('content-type')?.startsWith('text/plain') ?? true;
  const text = isText ? (await response.text().catch(() => '')).trim() : '';
  return text.slice(0, 1000) || `The server answered with status ${response.status} and did not say why.`;
}

/** The failure of a read that received an error response. */
export async function failureOf(response: Response): Promise<ReadFailure> {
  return { problem: await messageOf(response), isReachable: true };
}

/** The server's clock from the `Date` header, which is truncated to whole seconds. */
export function serverTimeOf(response: Response): Pick<ServerUpdate, 'serverTime'> {
  const atMs = Date.parse(response.headers.get('date') ?? '');
  return Number.isNaN(atMs) ? {} : { serverTime: { atMs, precisionMs: 1000 } };
}

/** A page of sandboxes, whose items another server of the same API may send in another form. */
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
