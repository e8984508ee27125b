import { mustBeEvent } from '../../model/check-event.ts';
import type { PendingCommand, Settlement } from '../replica/pending-command.ts';

/** The methods of a `BroadcastChannel` that the client uses. */
export interface TabChannel {
  postMessage(message: unknown): void;
  // The event has `data`. Its type is `unknown`, because Node and browsers have different event types.
  addEventListener(type: 'message', listener: (event: unknown) => void): void;
  removeEventListener(type: 'message', listener: (event: unknown) => void): void;
}

/** The methods of a `Storage` that the client uses. */
export interface TabStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** The channel and the storage that the tabs of a browser share. */
export interface TabSharingOptions {
  /** Sends messages to the other tabs: a `BroadcastChannel`, for example. All clients can share one. */
  readonly channel?: TabChannel | undefined;
  /** Keeps pending commands across a reload: `localStorage`, for example. */
  readonly storage?: TabStorage | undefined;
}

/** A message about one command: its state, the lease of the tab that sends it, and its settlement. */
export interface TabMessage {
  readonly entry: PendingCommand;
  /** When the lease ends, in epoch ms. After that, another tab takes the command over. */
  readonly lease: number;
  readonly settlement?: Settlement | undefined;
}

/** The channel of the tabs that show one sandbox. */
export interface OpenTabChannel {
  /** Sends the state of a command of this tab, and stores it until the command has settled. */
  share(message: TabMessage): void;
  /** The stored commands. */
  stored(): readonly TabMessage[];
  close(): void;
}

/** Opens the channel of one sandbox. Ignores invalid messages and messages of other programs. */
export function openTabChannel(
  { channel, storage }: TabSharingOptions,
  sandboxId: string,
  onMessage: (message: TabMessage) => void,
): OpenTabChannel {
  const key = `sandbox-lifecycle:${sandboxId}`;

  function stored(): TabMessage[] {
    try {
      return JSON.parse(storage?.getItem(key) ?? '[]').filter(isTabMessage);
    } catch {
      return [];
    }
  }
  function store(message: TabMessage): void {
    const messages = stored().filter(({ entry }) => entry.id !== message.entry.id);
    if (!message.settlement) messages.push(message);
    try {
      if (messages.length > 0) storage?.setItem(key, JSON.stringify(messages));
      else storage?.removeItem(key);
    } catch {
      // The storage is full or forbidden. The tab sends the command anyway; only a reload would lose it.
    }
  }
  function receive(event: unknown): void {
    const { data } = event as {
      readonly data: { readonly key?: unknown; readonly message?: TabMessage } | null;
    };
    if (data?.key === key && data.message && isTabMessage(data.message)) onMessage(data.message);
  }

  channel?.addEventListener('message', receive);
  return {
    share(message) {
      channel?.postMessage({ key, message });
      if (storage) store(message);
    },
    stored,
    close: () => channel?.removeEventListener('message', receive),
  };
}

function isTabMessage(message: TabMessage): boolean {
  try {
    mustBeEvent(message.entry.command);
    return typeof message.entry.id === 'string';
  } catch {
    return false;
  }
}
