import { readFileSync, writeFileSync } from 'node:fs';
import { createMessageBuffer } from '../../inspect/protocol/message-buffer.ts';
import type { InspectorMessage } from '../../inspect/protocol/messages.ts';
import { parseSession } from '../../inspect/protocol/session-file.ts';
import type { ConnectionState } from '../../inspect/sources/follow-stream.ts';
import { followServer } from '../../inspect/sources/server.ts';
import { createRelay, inspectorPage, type Relay, type RelayOptions } from '../../inspect/transports/index.ts';
import type { InspectOptions } from './command.ts';

/** The number of recent messages of the server that a page receives when it connects. */
const maximumMessages = 20_000;

/**
 * Serves the inspector page for a running server or a session file to browsers on this machine, until a signal ends it.
 * Resolves once the page can be opened.
 */
export async function inspect({ target, isServer, tokenFile, port, out }: InspectOptions): Promise<void> {
  const token = tokenFile === undefined ? undefined : readToken(tokenFile);
  if (!isServer && out !== undefined) {
    writeFileSync(out, inspectorPage({ session: readSessionFile(target) }));
    console.log(`Wrote ${out}. Open it in any browser.`);
    return;
  }
  const options = port === undefined ? {} : { port };
  const { url, stop } = isServer
    ? await attach(target, token, options, (sentence, isOpen) => console[isOpen ? 'log' : 'error'](sentence))
    : await show(readSessionFile(target), options);
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  console.log(`${isServer ? `Attaching to ${target}` : `Session ${target}`}
Open ${url}
Only this machine can open the page. Press Ctrl-C to stop.`);
}

/**
 * Attaches to a running server and relays its messages to the page. Calls `report` when the stream of the server opens, and
 * with each other problem of the connection.
 */
export async function attach(
  server: string,
  token: string | undefined,
  options: RelayOptions,
  report: (sentence: string, isOpen: boolean) => void,
): Promise<Pick<Relay, 'url' | 'stop'>> {
  const relay = await createRelay(options);
  const buffer = createMessageBuffer(maximumMessages);
  relay.start(() => buffer.replay());
  let last: string | undefined;
  const detach = followServer({
    api: server.endsWith('/') ? server : `${server}/`,
    token,
    onMessage(message) {
      buffer.push(message);
      relay.send(message);
    },
    onState(state) {
      const sentence = sentenceOf(state, server);
      if (sentence !== last) report(sentence, state === 'open');
      last = sentence;
    },
  });
  return {
    url: relay.url,
    stop() {
      detach();
      relay.stop();
    },
  };
}

/** Whether the server is attached, and why not. */
function sentenceOf(state: ConnectionState, server: string): string {
  if (state === 'open') return `Attached to ${server}`;
  if (state === 'lost') return `Not attached: cannot reach ${server}; retrying.`;
  if (state === 401 || state === 403)
    return `Not attached: ${server} requires a valid token. Pass --token-file.`;
  if (state === 429 || state >= 500)
    return `Not attached: ${server} responded with status ${state}; retrying.`;
  return `Not attached: ${server} responded with status ${state} and no stream of sandboxes. Check the URL.`;
}

/** Serves a page that contains a session. */
async function show(
  session: readonly InspectorMessage[],
  options: RelayOptions,
): Promise<Pick<Relay, 'url' | 'stop'>> {
  const page = () => inspectorPage({ session });
  return createRelay({ ...options, page });
}

function readSessionFile(path: string): InspectorMessage[] {
  try {
    return parseSession(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new Error(`Cannot open ${path} as a session: ${(cause as Error).message}`, { cause });
  }
}

/** Reads the token from a file, because every user of a machine can read the arguments of a command. */
function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new Error(`Cannot read --token-file ${path}: ${(cause as Error).message}`, { cause });
  }
}
