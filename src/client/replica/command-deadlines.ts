import type { ClientContext } from './client-context.ts';
import { lateSentence, type PendingCommand, type Settlement } from './pending-command.ts';
import type { ReplicaStore } from './replica-store.ts';

/** The deadlines of the commands that this tab observes, and the promises of their settlements. */
export interface CommandDeadlines {
  /** Starts the deadline of a command, unless it has started. Resolves when the command has settled, at the deadline at the latest. */
  track(entry: PendingCommand): Promise<Settlement>;
  /** Cancels the deadline of a command and resolves its promise. */
  settle(id: string, settlement: Settlement): void;
  /** Resolves the promises of the remaining commands. `isLeft`: another tab may send those that were never sent. */
  abandon(isLeft: boolean): void;
}

/** The sentence when a client was disposed before its command settled. */
export const clientDisposed = 'The client was disposed.';

/** Creates the deadlines of the commands in this store. `obstacleTo` returns the sentence why a command was never sent. */
export function createCommandDeadlines(
  { clock, tabId }: ClientContext,
  store: ReplicaStore,
  obstacleTo: (id: string) => string | undefined,
): CommandDeadlines {
  const promises = new Map<string, Promise<Settlement>>();
  const settlers = new Map<string, (settlement: Settlement) => void>();
  const settle = (id: string, settlement: Settlement) => settlers.get(id)?.(settlement);

  function expire(id: string): void {
    const entry = store.find(id);
    if (!entry) return;
    const message = (entry.tries === 0 && obstacleTo(id)) || lateSentence(entry);
    // An accepted command stays pending until the confirmed state includes it, so that the view does not go back. The command
    // of another tab is rolled back by that tab.
    if (entry.state === 'acknowledged' || entry.owner !== tabId) settle(id, lastSettlement(entry, message));
    else store.giveUp(entry, message);
  }

  return {
    track({ id, deadline }) {
      const settled =
        // A command that another tab took over and gave back is tracked already.
        promises.get(id) ??
        new Promise((resolve) => {
          const cancel = clock.wake(deadline - clock.now(), () => expire(id));
          settlers.set(id, (settlement) => {
            promises.delete(id);
            settlers.delete(id);
            cancel();
            resolve(settlement);
          });
        });
      promises.set(id, settled);
      return settled;
    },
    settle,
    abandon(isLeft) {
      for (const id of settlers.keys()) {
        const entry = store.find(id);
        if (entry) settle(id, lastSettlement(entry, clientDisposed, isLeft || entry.tries > 0));
      }
    },
  };
}

/** The settlement of a command that the client does not wait for any longer. */
function lastSettlement({ state, isUnchanged }: PendingCommand, message: string, isSent = true): Settlement {
  if (state === 'acknowledged') return { outcome: isUnchanged ? 'unchanged' : 'applied', reason: null };
  return { outcome: isSent ? 'unknown' : 'dropped', reason: { code: 'no_answer', message } };
}
