import type { Reason } from '../transport/command-request.ts';
import type { ClientContext } from './client-context.ts';
import type { PendingCommand, Settlement } from './pending-command.ts';
import type { ReplicaStore } from './replica-store.ts';

type OnSettled = (settlement: Settlement) => void;

/** The deadlines of the commands that this tab observes, and the callbacks for their settlements. */
export interface CommandDeadlines {
  /** Starts the deadline of a command. Calls `onSettled` when the command has settled, at the deadline at the latest. */
  track(entry: PendingCommand, onSettled?: OnSettled): void;
  /** Cancels the deadline of a command and reports its settlement. */
  settle(id: string, settlement: Settlement): void;
  /** Settles all remaining commands as `unknown`. */
  abandon(): void;
}

const noAnswer = (message: string): Reason => ({ code: 'no_answer', message });
const neverSent = noAnswer('The server could not be reached in time.');

/** The reason when a command was sent and its result is not known. */
export const noReply: Reason = noAnswer(
  'The server did not respond in time. The command may have been applied.',
);
/** The reason when a client was disposed before its command settled. */
export const clientDisposed: Reason = noAnswer('The client was disposed.');

/** Creates the deadlines of the commands in this store. */
export function createCommandDeadlines(
  { clock, tabId }: ClientContext,
  store: ReplicaStore,
): CommandDeadlines {
  const tracked = new Map<string, OnSettled>();

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

  return {
    track({ id, deadline }, onSettled = () => {}) {
      // A command that another tab took over and gave back is tracked already, with its own callback.
      if (tracked.has(id)) return;
      const cancel = clock.wake(deadline - clock.now(), () => expire(id, onSettled));
      tracked.set(id, (settlement) => {
        tracked.delete(id);
        cancel();
        onSettled(settlement);
      });
    },
    settle: (id, settlement) => tracked.get(id)?.(settlement),
    abandon() {
      for (const settle of tracked.values()) settle({ outcome: 'unknown', reason: clientDisposed });
    },
  };
}
