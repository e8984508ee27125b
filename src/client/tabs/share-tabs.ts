import type { ClientContext } from '../replica/client-context.ts';
import { inOrder, lateSentence, type PendingCommand, type Settlement } from '../replica/pending-command.ts';
import type { ReplicaStore } from '../replica/replica-store.ts';
import { reuseIfEqual } from '../replica/reuse-if-equal.ts';
import type { Cooperation, TabSharing } from '../replica/tab-sharing.ts';
import { forgetAccount, openTabChannel, type TabMessage, type TabSharingOptions } from './tab-channel.ts';

/**
 * Shares commands between the tabs of a browser: every tab shows a command and one sends it. When that tab closes, another
 * takes the command over with the same key. The channel connects the tabs; the storage keeps commands across a reload. Both are
 * shared only between clients of the same account, server and sandbox. Throws if there is a storage and no account.
 *
 * @example
 * const channel = new BroadcastChannel('sandboxes');
 * const tabs = shareTabs({ channel, storage: localStorage, account: user.id });
 * const client = createSandboxClient({ id, transport, tabs });
 * logOutButton.onclick = () => tabs.forget();
 */
export function shareTabs(options: TabSharingOptions): TabSharing {
  const { storage, account } = options;
  if (storage && typeof account !== 'string')
    throw new Error(
      'shareTabs needs `account` beside `storage`, so that no user sends the commands of another. Pass the id of the user, or an empty string if the server has no accounts.',
    );
  return {
    join: (context, store, onWork) => joinTabs(options, context, store, onWork),
    forget: () => forgetAccount(options),
  };
}

/** The sentence of the commands that were pending when the user logged out. */
const loggedOut = 'The user logged out.';

function joinTabs(
  options: TabSharingOptions,
  context: ClientContext,
  store: ReplicaStore,
  onWork: (adopted?: PendingCommand) => void,
): Cooperation {
  const { clock, times, tabId, nextTick, transport } = context;
  const leases = new Map<string, number>();
  const { id: sandboxId } = store.getSnapshot();
  const place = { scope: transport.scope ?? '', sandboxId };
  const channel = openTabChannel(options, place, clock, { onMessage, onForget });
  const heartbeat = createHeartbeat(context, store, () => {
    for (const entry of store.state().pending) {
      if (entry.owner === tabId) share(entry);
      else if ((leases.get(entry.id) ?? 0) <= clock.now()) adopt(entry);
    }
  });

  function put(entry: PendingCommand): void {
    const { pending } = store.state();
    const others = pending.filter(({ id }) => id !== entry.id);
    store.write({ pending: [...others, entry].sort(inOrder) });
  }

  function onMessage({ entry, lease, settlement }: TabMessage): void {
    const { id } = entry;
    const known = store.find(id);
    if (store.isSettled(id)) return;
    if (settlement && settlement.outcome !== 'applied' && settlement.outcome !== 'unchanged') {
      store.settle(entry, settlement);
    } else if (settlement) {
      // The other tab's confirmed state includes it. Here it stays pending until this tab's does.
      if (known) put({ ...entry, state: 'acknowledged', answeredAt: nextTick() });
    } else if (known?.owner !== tabId || entry.owner < tabId) {
      leases.set(id, Math.min(lease, clock.now() + times.leaseMs));
      const answeredAt = known?.state === entry.state ? known.answeredAt : nextTick();
      const next = { ...entry, answeredAt };
      if (reuseIfEqual(next, known) !== known) put(next);
    }
    heartbeat.start();
    onWork();
  }

  /** Gives up everything that could still be sent: the next request may have the token of another account. */
  function onForget(): void {
    for (const entry of store.state().pending) {
      if (!store.find(entry.id)) continue;
      if (entry.state !== 'acknowledged') store.giveUp(entry, loggedOut);
      else store.settle(entry, { outcome: entry.isUnchanged ? 'unchanged' : 'applied', reason: null });
    }
  }

  /** Whether the time of a command is over. A deadline that is too far away was set before the clock was set back. */
  function isLate({ deadline, state }: PendingCommand): boolean {
    const leftMs = deadline - clock.now();
    return state !== 'acknowledged' && (leftMs <= 0 || leftMs > times.deadlineMs);
  }

  /** Takes over a command whose tab has not renewed its lease, or reports that its time is over. */
  function adopt(entry: PendingCommand): void {
    if (isLate(entry)) {
      store.giveUp({ ...entry, owner: tabId }, lateSentence(entry));
      return;
    }
    const state = entry.state === 'sent' ? 'unknown' : entry.state;
    const adopted = { ...entry, owner: tabId, state, answeredAt: nextTick() } as const;
    put(adopted);
    share(adopted);
    onWork(adopted);
  }

  function share(entry: PendingCommand, settlement?: Settlement, lease = clock.now() + times.leaseMs): void {
    const { sandbox } = store.state().confirmed ?? {};
    // A tab that receives a settlement waits until its own confirmed state has this version or, without one, for the next
    // read. A terminated sandbox includes every command, and its version is known only if its record was sent.
    const hasVersion = transport.isVersioned && sandbox?.status !== 'terminated';
    const shared = settlement ? { ...entry, version: hasVersion ? sandbox?.version : undefined } : entry;
    channel.share({ entry: shared, lease, settlement });
    heartbeat.start();
  }

  return {
    share: (entry, settlement) => share(entry, settlement),
    restore() {
      for (const message of channel.stored()) {
        // This tab's own commands are there after a release.
        if (message.entry.owner === tabId || isLate(message.entry)) adopt(message.entry);
        else onMessage(message);
      }
    },
    leave() {
      for (const entry of store.state().pending) if (entry.owner === tabId) share(entry, undefined, 0);
      heartbeat.stop();
      channel.close();
    },
  };
}

/** Calls `onBeat` at random intervals of at most half a lease, as long as commands are pending. */
function createHeartbeat(
  { clock, times, random }: ClientContext,
  store: ReplicaStore,
  onBeat: () => void,
): { start(): void; stop(): void } {
  let cancel: (() => void) | undefined;
  function start(): void {
    if (cancel || store.state().pending.length === 0) return;
    cancel = clock.wake((times.leaseMs / 2) * (1 - random() / 2), () => {
      cancel = undefined;
      onBeat();
      start();
    });
  }
  return { start, stop: () => cancel?.() };
}
