import { followServer } from '../../src/inspect/attach/server.ts';
import { follow } from '../../src/inspect/attach/stream.ts';
import { connectedType, type InspectorMessage, isInspectorMessage } from '../../src/inspect/messages.ts';
import type { PageSource } from '../../src/inspect/relay/fill-page.ts';

/** Where what is shown comes from, in words, and whether more of it is to be expected. */
export interface SourceState {
  readonly label: string;
  readonly tone: 'live' | 'waiting' | 'still' | 'lost';
  /** The server wants a token. */
  readonly needsToken?: boolean;
}

/** Who hears of what comes. */
export interface Listener {
  tell(message: InspectorMessage): void;
  /** Everything is told anew from here on. */
  reset(): void;
  state(state: SourceState): void;
}

/** Begins to listen, to whatever the page was told to. */
export function listen(source: PageSource, listener: Listener, token?: string): void {
  const tellAny = (value: unknown) => {
    if (isInspectorMessage(value)) listener.tell(value);
  };
  const states = (live: string) => (state: 'open' | 'lost' | number) => {
    const refused = state === 401 || state === 403;
    if (state === 'open') listener.state({ label: live, tone: 'live' });
    else if (refused) listener.state({ label: 'The server wants a token', tone: 'lost', needsToken: true });
    else if (state === 'lost') listener.state({ label: 'Connection lost, trying again', tone: 'lost' });
    else listener.state({ label: `The server answered ${state}`, tone: 'lost' });
  };

  if (source.session) {
    for (const message of source.session) tellAny(message);
    listener.state({ label: 'Recorded session', tone: 'still' });
  } else if (source.stream !== undefined) {
    follow(source.stream, {
      told: (name, data) => (name === 'reset' ? listener.reset() : tellAny(JSON.parse(data))),
      state: states('Live from a process'),
    });
  } else if (source.server !== undefined) {
    followServer({ api: source.server, token, tell: tellAny, state: states('Live from the server') });
  } else listenToWindow(listener);
}

/** Listens to the window that opened this one, or has it in an iframe, and to no other. */
function listenToWindow(listener: Listener): void {
  const host: Window | null = window.opener ?? (window.parent === window ? null : window.parent);
  if (host === null) {
    listener.state({ label: 'Nothing to show yet: open a session', tone: 'still' });
    return;
  }
  listener.state({ label: 'Waiting for the first message', tone: 'waiting' });
  addEventListener('message', ({ source, data }) => {
    if (source !== host) return;
    if (data?.type === '@statelyai.disconnected') {
      listener.state({ label: 'The other window has stopped', tone: 'still' });
    } else if (isInspectorMessage(data)) {
      listener.state({ label: 'Live from another window', tone: 'live' });
      listener.tell(data);
    }
  });
  // Not before the page is loaded: until then whoever has it in an iframe may not know where to post to.
  const connect = () => setTimeout(() => host.postMessage({ type: connectedType }, '*'));
  if (document.readyState === 'complete') connect();
  else addEventListener('load', connect);
}
