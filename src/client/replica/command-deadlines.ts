import type { Reason } from '../transport/command-request.ts';
import type { ClientContext } from './client-context.ts';
import type { PendingCommand, Settlement } from './pending-command.ts';
import type { ReplicaStore } from './replica-store.ts';

type OnSettled = (settlement: Settlement) => void;

/** The commands whose deadline this tab observes, and the callbacks that wait for their settlement. */
export interface CommandDeadlines {
  /** Starts the deadline of a command. Calls `onSettled` when the command has settled, at the deadline at the latest. */
  track(entry: PendingCommand, onSettled?: OnSettled): void;
  /** Cancels the deadline of a command and reports its settlement. */
  settle(id: string, settlement: Settlement): void;
  /** Settles all remaining commands as `unknown`. */
  abandon(): void;
}

const noAnswer = (message: string): Reason => ({ code: 'no_answer', message });
const neverSent = noAnswer('The server was not reached in time.');

/** The reason when a command was sent and its result is not known. */
export const noReply: Reason = noAnswer('No answer came in time; it may have been carried out.');
/** The reason when a client was disposed of before its command settled. */
export const clientDisposed: Reason = noAnswer('The page let go of it.');

/** Creates the deadlines of the commands in this store. */
export function createCommandDeadlines(
  { clock, tabId }: ClientContext,
  store: ReplicaStore,
): CommandDeadlines {
  const tracked = new Map<string, { readonly onSettled: OnSettled; readonly cancel: () => void }>();

  function expire(id: string, onSettled: OnSettled): void {
    const entry = store.find(id);
    if (!entry) return;
    const isSent = entry.tries > 0;
    // The server has applied it: it stays pending until the confirmed state includes it, so that the view does not go back.
    if (entry.state === 'acknowledged') {
      onSettled({ outcome: entry.isUnchanged ? 'unchanged' : 'applied', reason: null });
    } else if (entry.owner !== tabId) onSettled({ outcome: 'unknown', reason: noReply });
    else store.rollBack(entry, isSent ? 'unknown' : 'dropped', isSent ? noReply : neverSent);
  }

  function settle(id: string, settlement: Settlement): void {
    const one = tracked.get(id);
    tracked.delete(id);
    one?.cancel();
    one?.onSettled(settlement);
  }

  return {
    track({ id, deadline }, onSettled = () => {}) {
      // A command that another tab has taken over and given back is tracked already, with its own callback.
      if (tracked.has(id)) return;
      const cancel = clock.wake(deadline - clock.now(), () => expire(id, onSettled));
      tracked.set(id, { onSettled, cancel });
    },
    settle,
    abandon() {
      for (const id of tracked.keys()) settle(id, { outcome: 'unknown', reason: clientDisposed });
    },
  };
}
