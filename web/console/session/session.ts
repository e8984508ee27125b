import { httpTransport, shareTabs, type TabSharing, type Transport } from '../../../src/client/index.ts';
import { attentiveFetch } from './attentive-fetch.ts';
import { type Server, serverAt } from './server.ts';
import { token } from './token.ts';

/** A person at the console: the server that the page came from, and the token that opens it, where it asks for one. */
export interface Session {
  readonly transport: Transport;
  readonly server: Server;
  /** A new share in what the tabs of this browser do together, until it is closed. */
  joinTabs(): { readonly tabs: TabSharing; readonly close: () => void };
}

/** Opens a session. `onLocked` is called when the server asks for a token, or for another one. */
export function openSession(onLocked: () => void): Session {
  const url = new URL('./', location.href).href;
  const own = token.read();
  const headers: Record<string, string> = own === null ? {} : { authorization: `Bearer ${own}` };
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const response = await attentiveFetch(input, init);
    if (response.status === 401) onLocked();
    return response;
  };
  return {
    transport: httpTransport({ url, headers, fetch }),
    server: serverAt(url, headers, fetch),
    joinTabs() {
      // Clients of one page are to each other like tabs, so each has a channel of its own.
      const channel = new BroadcastChannel('sandbox-lifecycle');
      return { tabs: shareTabs({ channel, storage: keptOverReloads() }), close: () => channel.close() };
    },
  };
}

/** The storage, where the browser lets the page have one. */
function keptOverReloads(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}
