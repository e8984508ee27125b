import { httpTransport, shareTabs, type TabSharing, type Transport } from '../../../src/client/index.ts';
import { fetchWithStreamLimit } from './fetch-with-stream-limit.ts';
import { type Server, serverAt } from './server.ts';
import { token } from './token.ts';

/** The connection of the user to the server that serves the page, with the token if the server requires one. */
export interface Session {
  readonly transport: Transport;
  readonly server: Server;
  /** Opens a channel over which the tabs of this browser share commands. */
  openTabChannel(): { readonly tabs: TabSharing; readonly close: () => void };
}

/** Opens a session. Calls `onLocked` when the server requires a token, or another one. */
export function openSession(onLocked: () => void): Session {
  const url = new URL('./', location.href).href;
  const stored = token.read();
  const headers: Record<string, string> = stored === null ? {} : { authorization: `Bearer ${stored}` };
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const response = await fetchWithStreamLimit(input, init);
    if (response.status === 401) onLocked();
    return response;
  };
  return {
    transport: httpTransport({ url, headers, fetch }),
    server: serverAt(url, headers, fetch),
    openTabChannel() {
      // The clients of one page count as tabs too, so each has its own channel.
      const channel = new BroadcastChannel('sandbox-lifecycle');
      return { tabs: shareTabs({ channel, storage: persistentStorage() }), close: () => channel.close() };
    },
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
