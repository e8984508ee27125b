import { mustBeEvent } from '../../model/check-event.ts';
import type { Clock } from '../../utils/clock.ts';
import type { PendingCommand, Settlement } from '../replica/pending-command.ts';
import { hubOf, type TabChannel, type TabMember } from './tab-hub.ts';

/** The parts of a `Storage` that the client uses. */
export interface TabStorage {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** The channel and the storage that the tabs of a browser share, and the account of the user. */
export type TabSharingOptions = {
  /** Sends messages to the other tabs: a `BroadcastChannel`, for example. All clients can share one. */
  readonly channel?: TabChannel | undefined;
} & (
  | {
      /** Keeps pending commands across a reload: `localStorage`, for example. Requires `account`. */
      readonly storage?: TabStorage | undefined;
      /**
       * The account under which the requests are sent: an id of the user, for example. Empty for a server without accounts.
       * Commands of another account are neither shown nor sent.
       */
      readonly account: string;
    }
  | { readonly storage?: undefined; readonly account?: undefined }
);

/** A message about one command: its state, the lease of the tab that sends it, and its settlement. */
export interface TabMessage {
  readonly entry: PendingCommand;
  /** When the lease ends, in epoch ms. After that, another tab takes the command over. */
  readonly lease: number;
  readonly settlement?: Settlement | undefined;
}

/** A sandbox, and the server and the namespace in which its id is unique. */
export interface TabPlace {
  readonly scope: string;
  readonly sandboxId: string;
}

/** The channel of the tabs that show one sandbox. */
export interface OpenTabChannel {
  /** Sends the state of a command of this tab, and stores it until the command has settled. */
  share(message: TabMessage): void;
  /** The stored commands. */
  stored(): readonly TabMessage[];
  close(): void;
}

/** The beginning of every key of an account. The keys of no other account have it. */
const keysOf = (account: string) => `sandbox-lifecycle:[${JSON.stringify(account)},`;

/** Opens the channel of one sandbox. Ignores invalid messages, and messages of other programs, accounts and sandboxes. */
export function openTabChannel(
  options: TabSharingOptions,
  { scope, sandboxId }: TabPlace,
  clock: Clock,
  listener: Pick<TabMember, 'onForget'> & { onMessage(message: TabMessage): void },
): OpenTabChannel {
  const { channel, storage, account = '' } = options;
  const key = `${keysOf(account)}${JSON.stringify([scope, sandboxId]).slice(1)}`;
  const isOwn = (message: unknown): message is TabMessage => isTabMessage(message, sandboxId);
  const hub = hubOf(channel, storage ?? options);
  const member: TabMember = {
    key,
    onMessage: (message) => isOwn(message) && listener.onMessage(message),
    onForget: listener.onForget,
  };
  const leave = hub.join(member);

  function stored(): TabMessage[] {
    try {
      return JSON.parse(storage?.getItem(key) ?? '[]').filter(isOwn);
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

  return {
    share(message) {
      hub.send(member, message, clock);
      if (storage) store(message);
    },
    stored,
    close: leave,
  };
}

/** Removes the stored commands of an account, and makes every client of the account in every tab forget its commands. */
export function forgetAccount(options: TabSharingOptions): void {
  const { channel, storage, account = '' } = options;
  const beginning = keysOf(account);
  hubOf(channel, storage ?? options).forget(beginning);
  try {
    const keys = Array.from({ length: storage?.length ?? 0 }, (_, index) => storage?.key(index) ?? '');
    for (const key of keys) if (key.startsWith(beginning)) storage?.removeItem(key);
  } catch {
    // The browser denies access to the storage, so nothing is in it.
  }
}

function isTabMessage(message: unknown, sandboxId: string): boolean {
  try {
    const { entry, lease } = message as TabMessage;
    mustBeEvent(entry.command);
    const { id, deadline } = entry;
    return entry.sandboxId === sandboxId && typeof id === 'string' && Number.isFinite(deadline + lease);
  } catch {
    return false;
  }
}
