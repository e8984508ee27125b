import { inOrder, type PendingCommand, type Settlement } from '../replica/pending-command.ts';
import type { TabSharing } from '../replica/tab-sharing.ts';
import { same } from '../replica/view.ts';
import { openTabChannel, type TabMessage, type TabSharingOptions } from './tab-channel.ts';

/**
 * Lets the tabs of a browser work together: each command is shown by all and sent by one, and when that one goes away, another
 * takes it over under the same key. The channel tells the other tabs; the storage keeps commands over a reload.
 *
 * @example
 * const tabs = shareTabs({ channel: new BroadcastChannel('sandboxes'), storage: localStorage });
 * const client = createSandboxClient({ id, transport, tabs });
 */
export function shareTabs(places: TabSharingOptions): TabSharing {
  return (setting, sandboxId, book, onWork) => {
    const { clock, times, tab, nextTick, random } = setting;
    const leases = new Map<string, number>();
    const tabs = openTabChannel(places, sandboxId, hear);
    let cancelBeat: (() => void) | undefined;

    function put(entry: PendingCommand): void {
      const { pending } = book.state();
      const others = pending.filter(({ id }) => id !== entry.id);
      book.write({ pending: [...others, entry].sort(inOrder) });
    }

    function hear({ entry, lease, settlement }: TabMessage): void {
      const { id } = entry;
      const known = book.find(id);
      if (book.isOver(id)) return;
      if (settlement && settlement.outcome !== 'applied' && settlement.outcome !== 'unchanged') {
        book.finish(entry, settlement);
      } else if (settlement) {
        // It is part of the other tab's truth. Here it stays until it is part of this one's.
        if (known) put({ ...entry, state: 'acknowledged', answered: nextTick() });
      } else if (known?.owner !== tab || entry.owner < tab) {
        leases.set(id, Math.min(lease, clock.now() + times.leaseMs));
        const answered = known?.state === entry.state ? known.answered : nextTick();
        const next = { ...entry, answered };
        if (same(next, known) !== known) put(next);
      }
      beat();
      onWork();
    }

    /** Says from time to time that this tab is there, and looks after the commands of those that are not. */
    function beat(): void {
      if (cancelBeat || book.state().pending.length === 0) return;
      cancelBeat = clock.wake((times.leaseMs / 2) * (1 - random() / 2), () => {
        cancelBeat = undefined;
        for (const entry of book.state().pending) {
          if (entry.owner === tab) share(entry);
          else if ((leases.get(entry.id) ?? 0) <= clock.now()) adopt(entry);
        }
        beat();
      });
    }

    function adopt(entry: PendingCommand): void {
      const state = entry.state === 'sent' ? 'unknown' : entry.state;
      const mine = { ...entry, owner: tab, state, answered: nextTick() } as const;
      put(mine);
      share(mine);
      onWork(mine);
    }

    function share(
      entry: PendingCommand,
      settlement?: Settlement,
      lease = clock.now() + times.leaseMs,
    ): void {
      const { sandbox } = book.state().confirmed ?? {};
      // Who hears of the end waits for the truth that includes it: for a version, or for any reading from then on. What
      // has ended includes everything, and is known by its version only where its record was told.
      const isCounted = setting.transport.isVersioned && sandbox?.status !== 'terminated';
      const told = settlement ? { ...entry, version: isCounted ? sandbox?.version : undefined } : entry;
      tabs.share({ entry: told, lease, settlement });
      beat();
    }

    for (const word of tabs.kept()) hear(word);
    return {
      share,
      leave() {
        for (const entry of book.state().pending) if (entry.owner === tab) share(entry, undefined, 0);
        cancelBeat?.();
        tabs.close();
      },
    };
  };
}
