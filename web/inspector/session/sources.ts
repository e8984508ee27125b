import { connectedType, isInspectorMessage } from '../../../src/inspect/protocol/messages.ts';
import { type ConnectionState, followStream } from '../../../src/inspect/sources/follow-stream.ts';
import { followServer } from '../../../src/inspect/sources/server.ts';
import type { PageSource } from '../../../src/pages/fill-page.ts';
import { changed, type SourceState, sandboxInAddress, state } from '../state.ts';
import { createSession } from './session.ts';
import { trimSession } from './trim-session.ts';

/** Connects to the source of the page. Returns a function that disconnects. */
export function connect(source: PageSource, token?: string): () => void {
  if (source.session) {
    source.session.forEach(receive);
    setSource('Recorded session', 'still');
    return () => {};
  }
  if (source.stream !== undefined) {
    return followStream(source.stream, {
      onEvent(type, data) {
        if (type === 'reset') changed({ session: createSession() });
        else receive(JSON.parse(data));
      },
      onState: showConnection('Live from a process'),
    });
  }
  if (source.server !== undefined) {
    const onState = showConnection('Live from the server');
    const first = sandboxInAddress();
    return followServer({ api: source.server, token, first, onMessage: receive, onState });
  }
  return listenToWindow();
}

function receive(value: unknown): void {
  if (!isInspectorMessage(value)) return;
  trimSession();
  state.session.add(value);
  changed();
}

const setSource = (label: string, tone: SourceState['tone'], needsToken = false) =>
  changed({ source: { label, tone, needsToken } });

/** Shows the state of a connection. `live` is the label while it is open. */
const showConnection = (live: string) => (connection: ConnectionState) => {
  if (connection === 'open') setSource(live, 'live');
  else if (connection === 'lost') setSource('Connection lost, retrying', 'lost');
  else if (connection === 401 || connection === 403) setSource('Token required', 'lost', true);
  else setSource(`The server responded with ${connection}`, 'lost');
};

/** Listens to the window that opened this page or contains it in an iframe, and to no other window. */
function listenToWindow(): () => void {
  const host: Window | null = opener ?? (parent === window ? null : parent);
  if (host === null) {
    setSource('No source', 'still');
    return () => {};
  }
  setSource('Waiting for the first message', 'waiting');
  const onMessage = ({ source, data }: MessageEvent) => {
    if (source !== host) return;
    if (data?.type === '@statelyai.disconnected') setSource('The other window has stopped', 'still');
    else if (isInspectorMessage(data)) {
      setSource('Live from another window', 'live');
      receive(data);
    }
  };
  addEventListener('message', onMessage);
  // Waits until the page is loaded, because a window with an iframe may not know the target of its messages earlier.
  const announce = () => setTimeout(() => host.postMessage({ type: connectedType }, '*'));
  if (document.readyState === 'complete') announce();
  else addEventListener('load', announce);
  return () => removeEventListener('message', onMessage);
}
