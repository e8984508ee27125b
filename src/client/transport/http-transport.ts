import type { Sandbox } from '../../model/sandbox.ts';
import type { ChangeInfo, HistoryPage, SandboxInfo, StreamEvents } from '../../schema/http/responses.ts';
import { readEvents } from '../../utils/sse-reader.ts';
import { limitStreams } from '../browser/limit-streams.ts';
import { onWake } from '../browser/on-wake.ts';
import { createTransport } from './connection.ts';
import {
  type Call,
  callWith,
  failureOf,
  type HttpOptions,
  headerOf,
  pathOf,
  readPages,
  sendCommand,
  serverTimeOf,
} from './http-calls.ts';
import type { Protocol, ProtocolListener } from './protocol.ts';
import { historyLimit, type ReadFailure, type ServerChange, type ServerUpdate } from './server-update.ts';
import type { Transport } from './transport.ts';

/** Options of `httpTransport`. */
export interface HttpTransportOptions extends HttpOptions {
  /**
   * Whether the windows of a browser share a few streams, as `limitStreams` describes; true unless given. Set it to false if
   * the browser reaches the server by HTTP/2 or HTTP/3 only, and every window should have a stream of its own.
   */
  readonly limitStreams?: boolean | undefined;
}

/**
 * Creates a transport to a server of this package. Follows a stream of Server-Sent Events, and polls while there is none.
 * Sends an idempotency key with every command, so that the server applies it once however often it is sent.
 *
 * @example
 * httpTransport({ url: 'https://sandboxes.example', headers: () => ({ authorization: `Bearer ${token()}` }) });
 */
export function httpTransport(options: HttpTransportOptions): Transport {
  return createTransport(httpProtocol(options));
}

/** The requests of a server of this package. */
export function httpProtocol(options: HttpTransportOptions): Protocol {
  const limitedFetch = options.limitStreams === false ? options.fetch : limitStreams(options.fetch);
  const call = callWith({ ...options, fetch: limitedFetch });
  return {
    isVersioned: true,
    scope: options.url,
    request: call,
    onWake,

    async read(sandboxId, after, signal) {
      if (sandboxId === undefined) return readPages(call, signal, sandboxOf);
      if (after !== undefined) {
        // The known step is read too: without it, the server was turned back, and the state is read.
        const later = await readHistory(call, sandboxId, after - 1, signal);
        if ('problem' in later || later.changes?.[0]?.sandbox.version === after) return later;
      }
      const response = await call(pathOf(sandboxId), { signal });
      if (!response.ok) return failureOf(response);
      const sandbox = sandboxOf((await response.json()) as SandboxInfo);
      const history = await readHistory(
        call,
        sandbox.id,
        Math.max(0, sandbox.version - historyLimit),
        signal,
      );
      // The state is useful even if its history cannot be read.
      return { ...('problem' in history ? {} : history), sandboxes: [sandbox], ...serverTimeOf(response) };
    },

    send(request, signal) {
      const { id, sandboxId, ifVersion } = request;
      const condition = ifVersion !== undefined && { 'if-match': `"${sandboxId}-${ifVersion}"` };
      return sendCommand(call, request, { 'idempotency-key': id, 'x-request-id': id, ...condition }, signal);
    },

    follow(sandboxId, after, listener) {
      const controller = new AbortController();
      followEvents(call, sandboxId, after, listener, controller.signal)
        .catch(() => ({ problem: streamEnded, retryAfterMs: undefined }))
        .then(({ problem, retryAfterMs }) => listener.onClosed(problem, retryAfterMs));
      return () => controller.abort();
    },
  };
}

const streamEnded = 'The event stream ended.';

/** Reads all pages of a history after this version. */
async function readHistory(
  call: Call,
  sandboxId: string,
  from: number,
  signal: AbortSignal,
): Promise<ServerUpdate | ReadFailure> {
  const changes: ServerChange[] = [];
  let serverTime = {};
  for (let after: number | null = from; after !== null; ) {
    const response: Response = await call(`${pathOf(sandboxId)}/history?after=${after}&limit=1000`, {
      signal,
    });
    if (!response.ok) return failureOf(response);
    const page = (await response.json()) as HistoryPage;
    changes.push(...page.history.map(changeOf));
    after = page.next_after;
    serverTime = serverTimeOf(response);
  }
  return { sandboxes: [], changes, ...serverTime };
}

/** Follows the events of one sandbox, or of all, until the stream ends. Resolves with the reason for the end. */
async function followEvents(
  call: Call,
  sandboxId: string | undefined,
  after: number | undefined,
  listener: ProtocolListener,
  signal: AbortSignal,
): Promise<Pick<ReadFailure, 'problem' | 'retryAfterMs'>> {
  const lastEventId = after !== undefined && { 'last-event-id': `${after}` };
  const response = await call(`${pathOf(sandboxId)}/events`, {
    headers: { accept: 'text/event-stream', ...lastEventId },
    signal,
  });
  const isStream = headerOf(response, 'content-type').startsWith('text/event-stream');
  if (!isStream || !response.body) return failureOf(response);
  listener.onAlive(serverTimeOf(response).serverTime);
  if (after !== undefined) listener.onOpen();
  let problem = streamEnded;
  await readEvents(
    response.body,
    ({ type, data, id }) => {
      const content: StreamEvents[keyof StreamEvents] = JSON.parse(data);
      const sequence = id === '' ? undefined : Number.parseInt(id, 10);
      if (type === 'change')
        listener.onUpdate({ sandboxes: [], changes: [changeOf(content as ChangeInfo)], sequence });
      if (type === 'closed') problem = (content as StreamEvents['closed']).reason;
      if (type !== 'state' && type !== 'ready') return;
      listener.onOpen();
      const sandboxes = type === 'state' ? [sandboxOf((content as StreamEvents['state']).sandbox)] : [];
      listener.onUpdate({ sandboxes, sequence });
    },
    () => listener.onAlive(),
    (comment) => {
      const atMs = Number(/^time (\d+)$/.exec(comment)?.[1]);
      if (atMs) listener.onAlive({ atMs, precisionMs: 1 });
    },
  );
  return { problem };
}

/** Returns the record of a sandbox. Throws if there is none: other servers of the same API do not send it. */
function sandboxOf({ lifecycle }: Partial<Pick<SandboxInfo, 'lifecycle'>>): Sandbox {
  if (!lifecycle) throw new Error('No lifecycle record: use tensorlakeTransport.');
  return lifecycle;
}

function changeOf({ lifecycle, at, from, event, actor, cause }: ChangeInfo): ServerChange {
  const { type, reason: detail } = event as typeof event & { readonly reason?: string };
  return { sandbox: lifecycle, at, from, event: type, actor, cause, detail };
}
