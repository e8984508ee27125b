import { httpTransport, shareTabs, type TabSharing, type Transport } from '../../../src/client/index.ts';
import { digestOf } from './digest.ts';
import { type Server, serverAt } from './server.ts';
import { token } from './token.ts';

/** The connection of the user to the server that serves the page, with the token if the server requires one. */
export interface Session {
  readonly transport: Transport;
  readonly server: Server;
  /** Shares the commands of this user between the tabs of this browser. */
  readonly tabs: TabSharing;
}

/** The channel of this page. Its messages name the account, so that sessions can share it. */
const channel = new BroadcastChannel('sandbox-lifecycle');

/** Opens a session. Calls `onLocked` when the server requires a token, or another one. */
export function openSession(onLocked: () => void): Session {
  const url = new URL('./', location.href).href;
  const stored = token.read();
  const account = stored === null ? '' : digestOf(stored);
  const headers: Record<string, string> = stored === null ? {} : { authorization: `Bearer ${stored}` };
  const transport = httpTransport({ url, headers, onUnauthorized: onLocked });
  return {
    transport,
    server: serverAt(transport),
    tabs: shareTabs({ channel, storage: persistentStorage(), account }),
  };
}

/** The local storage; undefined when the browser denies it. */
function persistentStorage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}
