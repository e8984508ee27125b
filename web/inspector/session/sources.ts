import { connectedType, isInspectorMessage } from '../../../src/inspect/protocol/messages.ts';
import { followStream } from '../../../src/inspect/sources/follow-stream.ts';
import { followServer } from '../../../src/inspect/sources/server.ts';
import type { PageSource } from '../../../src/pages/fill-page.ts';
import { changed, type SourceState, sandboxInAddress, state } from '../state.ts';
import { createSession } from './session.ts';
import { makeRoom } from './trim-session.ts';

/** Begins to listen, to whatever the page was told to. Answers a function that ends it. */
export function listen(source: PageSource, token?: string): () => void {
  if (source.session) {
    source.session.forEach(tell);
    be('Recorded session', 'still');
    return () => {};
  }
  if (source.stream !== undefined) {
    return followStream(source.stream, {
      onEvent(name, data) {
        if (name === 'reset') changed({ session: createSession() });
        else tell(JSON.parse(data));
      },
      onState: tellState('Live from a process'),
    });
  }
  if (source.server !== undefined) {
    const first = sandboxInAddress();
    return followServer({ api: source.server, token, first, tell, state: tellState('Live from the server') });
  }
  return listenToWindow();
}

function tell(value: unknown): void {
  if (!isInspectorMessage(value)) return;
  makeRoom();
  state.session.tell(value);
  changed();
}

const be = (label: string, tone: SourceState['tone'], needsToken = false) =>
  changed({ source: { label, tone, needsToken } });

/** Tells how it is with a connection. `live` says what it is while it is open. */
const tellState = (live: string) => (now: 'open' | 'lost' | number) => {
  if (now === 'open') be(live, 'live');
  else if (now === 'lost') be('Connection lost, trying again', 'lost');
  else if (now === 401 || now === 403) be('The server wants a token', 'lost', true);
  else be(`The server answered ${now}`, 'lost');
};

/** Listens to the window that opened this one, or has it in an iframe, and to no other. */
function listenToWindow(): () => void {
  const host: Window | null = opener ?? (parent === window ? null : parent);
  if (host === null) {
    be('Nothing to show yet: open a session', 'still');
    return () => {};
  }
  be('Waiting for the first message', 'waiting');
  const hear = ({ source, data }: MessageEvent) => {
    if (source !== host) return;
    if (data?.type === '@statelyai.disconnected') be('The other window has stopped', 'still');
    else if (isInspectorMessage(data)) {
      be('Live from another window', 'live');
      tell(data);
    }
  };
  addEventListener('message', hear);
  // Not before the page is loaded: until then whoever has it in an iframe may not know where to post to.
  const connect = () => setTimeout(() => host.postMessage({ type: connectedType }, '*'));
  if (document.readyState === 'complete') connect();
  else addEventListener('load', connect);
  return () => removeEventListener('message', hear);
}
