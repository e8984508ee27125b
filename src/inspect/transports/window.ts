import { connectedType } from '../protocol/messages.ts';
import type { InspectorTransport } from './transport.ts';

/** The part of a window that the transport uses. */
export interface WindowLike {
  open(url: string, name: string): TargetWindow | null;
  addEventListener(type: 'message', listener: (event: WindowMessage) => void): void;
  removeEventListener(type: 'message', listener: (event: WindowMessage) => void): void;
  readonly location: { readonly href: string };
}

/** A window that receives messages. */
export interface TargetWindow {
  postMessage(message: unknown, origin: string): void;
}

/** The part of an iframe that the transport uses. */
export interface IframeLike {
  src: string;
  readonly contentWindow: TargetWindow | null;
}

interface WindowMessage {
  readonly data: unknown;
  readonly source: unknown;
}

/**
 * Creates a transport to a page in a popup or in this iframe. The page announces when it is ready, also after a reload,
 * and then receives all kept messages. Messages go only to the origin of the page.
 */
export function windowTransport(from: WindowLike, url: string, iframe?: IframeLike): InspectorTransport {
  const address = new URL(url, from.location.href);
  // A page from a file has no origin.
  const origin = address.origin === 'null' ? '*' : address.origin;
  let popup: TargetWindow | null = null;
  let isConnected = false;
  let listen: ((event: WindowMessage) => void) | undefined;
  const target = () => (iframe ? iframe.contentWindow : popup);

  return {
    start(replay) {
      listen = ({ data, source }) => {
        if (source !== target() || (data as { type?: unknown } | null)?.type !== connectedType) return;
        isConnected = true;
        for (const message of replay()) target()?.postMessage(message, origin);
      };
      from.addEventListener('message', listen);
      if (iframe) iframe.src = address.href;
      else popup = from.open(address.href, 'sandbox-lifecycle-inspector');
    },
    send(message) {
      if (isConnected) target()?.postMessage(message, origin);
    },
    stop() {
      if (listen) from.removeEventListener('message', listen);
      if (isConnected) target()?.postMessage({ type: '@statelyai.disconnected' }, origin);
      isConnected = false;
    },
  };
}
