import { mustBeEvent } from '../../model/check-event.ts';
import type { PendingCommand, Settlement } from '../replica/pending-command.ts';

/** The part of a `BroadcastChannel` that is used. */
export interface TabChannel {
  postMessage(message: unknown): void;
  // The event has `data`. Its type is left open, because Node and browsers have different ones.
  addEventListener(type: 'message', listener: (event: unknown) => void): void;
  removeEventListener(type: 'message', listener: (event: unknown) => void): void;
}

/** The part of a `Storage` that is used. */
export interface TabStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** Where the tabs of a browser meet. */
export interface TabSharingOptions {
  /** Tells the other tabs, as a `BroadcastChannel` does. One will do for all clients. */
  readonly channel?: TabChannel | undefined;
  /** Keeps what was asked for and has not ended over a reload, as `localStorage` does. */
  readonly storage?: TabStorage | undefined;
}

/** What a tab tells the others of a command: how it stands, until when that tab sees to it, and how it ended. */
export interface TabMessage {
  readonly entry: PendingCommand;
  /** In epoch ms. After it, another tab takes the command over. */
  readonly lease: number;
  readonly settlement?: Settlement | undefined;
}

/** What the tabs of one browser share about one sandbox. */
export interface OpenTabChannel {
  /** Tells how a command of this tab stands, and keeps it over a reload until it has ended. */
  share(word: TabMessage): void;
  /** The commands that were kept. */
  kept(): readonly TabMessage[];
  close(): void;
}

/** Joins the tabs of one sandbox. Words of other programs, or that mean nothing here, are passed over. */
export function openTabChannel(
  { channel, storage }: TabSharingOptions,
  sandboxId: string,
  hear: (word: TabMessage) => void,
): OpenTabChannel {
  const key = `sandbox-lifecycle:${sandboxId}`;

  function kept(): TabMessage[] {
    try {
      return JSON.parse(storage?.getItem(key) ?? '[]').filter(isWord);
    } catch {
      return [];
    }
  }
  function keep(word: TabMessage): void {
    const words = kept().filter(({ entry }) => entry.id !== word.entry.id);
    if (!word.settlement) words.push(word);
    try {
      if (words.length > 0) storage?.setItem(key, JSON.stringify(words));
      else storage?.removeItem(key);
    } catch {
      // A full or forbidden storage: the command is sent all the same, and only a reload would forget it.
    }
  }
  function onMessage(event: unknown): void {
    const message = (
      event as { readonly data: { readonly key?: unknown; readonly word?: TabMessage } | null }
    ).data;
    if (message?.key === key && message.word && isWord(message.word)) hear(message.word);
  }

  channel?.addEventListener('message', onMessage);
  return {
    share(word) {
      channel?.postMessage({ key, word });
      if (storage) keep(word);
    },
    kept,
    close: () => channel?.removeEventListener('message', onMessage),
  };
}

function isWord(word: TabMessage): boolean {
  try {
    mustBeEvent(word.entry.command);
    return typeof word.entry.id === 'string';
  } catch {
    return false;
  }
}
