import type { Clock } from '../../utils/clock.ts';

/** The methods of a `BroadcastChannel` that the client uses. */
export interface TabChannel {
  postMessage(message: unknown): void;
  // The event has `data`. Its type is `unknown`, because Node and browsers have different event types.
  addEventListener(type: 'message', listener: (event: unknown) => void): void;
  removeEventListener(type: 'message', listener: (event: unknown) => void): void;
}

/** A client of this page that takes part in one conversation of the tabs. */
export interface TabMember {
  /** The key of the conversation. */
  readonly key: string;
  onMessage(message: unknown): void;
  /** The user has logged out. */
  onForget(): void;
}

/** The clients of this page that share a channel or a storage: one listener of the channel serves them all. */
export interface TabHub {
  /** Adds a client. Returns a function that removes it. */
  join(member: TabMember): () => void;
  /** Sends a message of a client to the other tabs and, in a later task, to the other clients of this page. */
  send(from: TabMember, message: unknown, clock: Clock): void;
  /** Makes the clients of every tab forget the conversations whose keys have this beginning, those of this page at once. */
  forget(beginning: string): void;
}

/** A message between tabs, of which nothing is certain: other programs may use the channel too. */
type Data =
  | { readonly key?: unknown; readonly message?: unknown; readonly forget?: unknown }
  | null
  | undefined;

const hubs = new WeakMap<object, TabHub>();

/** Returns the one hub of this channel; without a channel, the one hub of `place`. */
export function hubOf(channel: TabChannel | undefined, place: object): TabHub {
  const known = hubs.get(channel ?? place);
  if (known) return known;
  const hub = createHub(channel);
  hubs.set(channel ?? place, hub);
  return hub;
}

function createHub(channel: TabChannel | undefined): TabHub {
  const conversations = new Map<unknown, Set<TabMember>>();
  const membersOf = (key: unknown) => [...(conversations.get(key) ?? [])];

  function forgetHere(beginning: string): void {
    for (const key of [...conversations.keys()])
      if (String(key).startsWith(beginning)) for (const member of membersOf(key)) member.onForget();
  }
  function listener(event: unknown): void {
    const { data } = event as { readonly data: Data };
    if (typeof data?.forget === 'string') forgetHere(data.forget);
    else for (const member of membersOf(data?.key)) member.onMessage(data?.message);
  }

  return {
    join(member) {
      const { key } = member;
      if (conversations.size === 0) channel?.addEventListener('message', listener);
      const members = conversations.get(key) ?? new Set();
      conversations.set(key, members.add(member));
      return () => {
        if (!members.delete(member) || members.size > 0) return;
        conversations.delete(key);
        if (conversations.size === 0) channel?.removeEventListener('message', listener);
      };
    },
    send(from, message, clock) {
      channel?.postMessage({ key: from.key, message });
      for (const member of membersOf(from.key)) {
        // A client that has left in the meantime does not receive it.
        const deliver = () => membersOf(from.key).includes(member) && member.onMessage(message);
        if (member !== from) clock.wake(0, deliver);
      }
    },
    forget(beginning) {
      channel?.postMessage({ forget: beginning });
      forgetHere(beginning);
    },
  };
}
