import { readFileSync, writeFileSync } from 'node:fs';
import { createMessageBuffer } from '../../inspect/protocol/message-buffer.ts';
import type { InspectorMessage } from '../../inspect/protocol/messages.ts';
import { parseSession } from '../../inspect/protocol/session-file.ts';
import { followServer } from '../../inspect/sources/server.ts';
import { createRelay, inspectorPage, type Relay, type RelayOptions } from '../../inspect/transports/index.ts';
import { readInspectOptions } from './inspect-options.ts';

/** How much of a server's past a page that comes late is told. */
const most = 20_000;

/**
 * Shows a running server, or a session from a file, in a browser of this machine, until it is interrupted. Resolves once
 * there is something to open.
 */
export async function inspect(args: readonly string[]): Promise<void> {
  const { what, isServer, token, port, out } = readInspectOptions(args);
  if (!isServer && out !== undefined) {
    writeFileSync(out, inspectorPage({ session: readSessionFile(what) }));
    console.log(`Written to ${out}: open it in any browser.`);
    return;
  }
  const options = port === undefined ? {} : { port };
  const { url, stop } = isServer
    ? await attach(what, token, options, (problem) => console.error(problem))
    : await show(readSessionFile(what), options);
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  console.log(`${isServer ? `Attached to ${what}` : `Session ${what}`}
Open ${url}
It is for this machine alone. Ctrl-C ends it.`);
}

/** Attaches to a running server, and relays what happens there. Tells what goes wrong on the way. */
export async function attach(
  server: string,
  token: string | undefined,
  options: RelayOptions,
  report: (problem: string) => void,
): Promise<Pick<Relay, 'url' | 'stop'>> {
  const relay = await createRelay(options);
  const buffer = createMessageBuffer(most);
  relay.start(() => buffer.replay());
  const detach = followServer({
    api: server.endsWith('/') ? server : `${server}/`,
    token,
    tell(message) {
      buffer.push(message);
      relay.send(message);
    },
    state(state) {
      if (state === 'lost') report(`${server} cannot be reached, or has gone; trying again.`);
      else if (state === 401 || state === 403) report(`${server} wants a token: give --token-file.`);
      else if (typeof state === 'number') report(`${server} answered ${state}.`);
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

/** Serves a page with a session in it. */
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
    throw new Error(`${path} cannot be opened as a session: ${(cause as Error).message}`, { cause });
  }
}
