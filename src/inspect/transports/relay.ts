import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspectorPage } from '../../pages/inspector-page.ts';
import { type InspectorUi, urlOf } from '../inspect-lifecycle.ts';
import type { InspectorMessage } from '../protocol/messages.ts';
import { bridgePage } from './bridge-page.ts';
import type { InspectorTransport } from './transport.ts';

/** Options of a relay. */
export interface RelayOptions {
  /** The page at the address of the relay. Our own by default. */
  readonly ui?: InspectorUi;
  /** A free port by default. */
  readonly port?: number;
  /** Returns the HTML of our page, instead of the file in the package. */
  readonly page?: (source: { readonly stream: string }) => string;
}

/** A transport to pages in browsers of the same machine. */
export interface Relay extends InspectorTransport {
  /** The address to open. Its token is the only credential. */
  readonly url: string;
}

const heartbeatMs = 15_000;
/** The limit of unread bytes per page. The relay disconnects a page above it; the page then reads everything again. */
const mostWaiting = 16 * 1024 * 1024;

/**
 * Creates a relay that shows a process in browsers of the same machine. It listens on the loopback address only. It
 * rejects requests without the token of its address, and requests for another host or origin. It receives no messages.
 * Rejects when the port is in use.
 *
 * @example
 * const relay = await createRelay();
 * const inspector = inspectLifecycle({ transport: relay });
 * console.log(`Open ${relay.url}`);
 */
export async function createRelay(options: RelayOptions = {}): Promise<Relay> {
  const { ui = 'local', port = 0, page = inspectorPage } = options;
  const token = randomBytes(24).toString('base64url');
  const readers = new Set<ServerResponse>();
  let replay: () => readonly InspectorMessage[] = () => [];

  const server = createServer((request, response) => {
    const origin = `http://127.0.0.1:${portOf()}`;
    const problem = refusal(request, origin, token);
    if (problem) return end(response, problem.status, problem.sentence);
    const { pathname } = new URL(request.url ?? '/', origin);
    if (pathname === '/stream') return openStream(response);
    if (pathname !== '/') return end(response, 404, 'Not found.');
    return sendPage(response);
  });
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => done());
  });
  const portOf = () => (server.address() as AddressInfo | null)?.port;
  const heartbeat = setInterval(() => write(': heartbeat\n\n'), heartbeatMs);
  heartbeat.unref();

  return {
    url: `http://127.0.0.1:${portOf()}/?token=${token}`,
    start: (all) => {
      replay = all;
    },
    send: (message) => write(dataOf(message)),
    stop() {
      clearInterval(heartbeat);
      for (const reader of readers) reader.end();
      server.close();
      server.closeIdleConnections();
    },
  };

  function openStream(response: ServerResponse): void {
    response.writeHead(200, { ...headers, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
    response.write(`retry: 1000\n\nevent: reset\ndata:\n\n${replay().map(dataOf).join('')}`);
    readers.add(response);
    response.on('close', () => readers.delete(response));
  }

  function sendPage(response: ServerResponse): void {
    const nonce = randomBytes(16).toString('base64');
    const address = `stream?token=${token}`;
    const inner = ui === 'local' ? '' : urlOf(ui);
    const html = inner === '' ? page({ stream: address }) : bridgePage(inner, address, nonce);
    const policy =
      inner === ''
        ? "frame-ancestors 'none'"
        : `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; connect-src 'self'; frame-src ${new URL(inner).origin}; frame-ancestors 'none'`;
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy,
    });
    response.end(html);
  }

  function write(text: string): void {
    for (const reader of readers) {
      if (reader.writableLength > mostWaiting) reader.destroy();
      else reader.write(text);
    }
  }
}

const headers = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const dataOf = (message: InspectorMessage) => `data: ${JSON.stringify(message)}\n\n`;

function end(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { ...headers, 'content-type': 'text/plain; charset=utf-8' });
  response.end(sentence);
}

/** Returns why a request is rejected. The check of the host prevents DNS rebinding. */
function refusal(
  { method, url, headers: given }: IncomingMessage,
  origin: string,
  token: string,
): { status: number; sentence: string } | undefined {
  const { host } = new URL(origin);
  if (given.host !== host) return { status: 403, sentence: `Unknown host. Use ${host}.` };
  if (given.origin !== undefined && given.origin !== origin) {
    return { status: 403, sentence: 'Requests from other origins are not allowed.' };
  }
  if (!URL.canParse(url ?? '/', origin)) return { status: 400, sentence: 'Invalid address.' };
  if (method !== 'GET') return { status: 405, sentence: 'Method not allowed. Use GET.' };
  const { searchParams } = new URL(url ?? '/', origin);
  if (!isSame(searchParams.get('token') ?? '', token)) {
    return {
      status: 403,
      sentence: 'The token is missing or wrong. Open the full address of the relay.',
    };
  }
  return undefined;
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
