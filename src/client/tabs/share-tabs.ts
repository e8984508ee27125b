import type { ClientContext } from '../replica/client-context.ts';
import { inOrder, type PendingCommand, type Settlement } from '../replica/pending-command.ts';
import type { ReplicaStore } from '../replica/replica-store.ts';
import { reuseIfEqual } from '../replica/reuse-if-equal.ts';
import type { TabSharing } from '../replica/tab-sharing.ts';
import { openTabChannel, type TabMessage, type TabSharingOptions } from './tab-channel.ts';

/**
 * Shares commands between the tabs of a browser: every tab shows a command and one sends it. When that tab closes, another
 * takes the command over with the same key. The channel connects the tabs; the storage keeps commands across a reload.
 *
 * @example
 * const tabs = shareTabs({ channel: new BroadcastChannel('sandboxes'), storage: localStorage });
 * const client = createSandboxClient({ id, transport, tabs });
 */
export function shareTabs(options: TabSharingOptions): TabSharing {
  return (context, sandboxId, store, onWork) => {
    const { clock, times, tabId, nextTick } = context;
    const leases = new Map<string, number>();
    const channel = openTabChannel(options, sandboxId, onMessage);
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

    /** Takes over a command whose tab has not renewed its lease. */
    function adopt(entry: PendingCommand): void {
      const state = entry.state === 'sent' ? 'unknown' : entry.state;
      const adopted = { ...entry, owner: tabId, state, answeredAt: nextTick() } as const;
      put(adopted);
      share(adopted);
      onWork(adopted);
    }

    function share(
      entry: PendingCommand,
      settlement?: Settlement,
      lease = clock.now() + times.leaseMs,
    ): void {
      const { sandbox } = store.state().confirmed ?? {};
      // A tab that receives a settlement waits until its own confirmed state has this version or, without one, for the next
      // read. A terminated sandbox includes every command, and its version is known only if its record was sent.
      const hasVersion = context.transport.isVersioned && sandbox?.status !== 'terminated';
      const shared = settlement ? { ...entry, version: hasVersion ? sandbox?.version : undefined } : entry;
      channel.share({ entry: shared, lease, settlement });
      heartbeat.start();
    }

    for (const message of channel.stored()) onMessage(message);
    return {
      share,
      leave() {
        for (const entry of store.state().pending) if (entry.owner === tabId) share(entry, undefined, 0);
        heartbeat.stop();
        channel.close();
      },
    };
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
