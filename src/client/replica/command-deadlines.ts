import type { Reason } from '../transport/command-request.ts';
import type { ClientContext } from './client-context.ts';
import type { PendingCommand, Settlement } from './pending-command.ts';
import type { ReplicaStore } from './replica-store.ts';

type Settle = (settlement: Settlement) => void;

/** The commands whose deadline this tab keeps, and whom to tell how they ended. */
export interface CommandDeadlines {
  /** Keeps one. `settle` is told how the command ended, when its time is over at the latest. */
  keep(entry: PendingCommand, settle?: Settle): void;
  /** Tells how a command ended. */
  end(id: string, settlement: Settlement): void;
  /** Tells all that are left that nobody will know. */
  leave(): void;
}

const noAnswer = (message: string): Reason => ({ code: 'no_answer', message });
const neverSent = noAnswer('The server was not reached in time.');

/** Why nothing is known of a command that was sent. */
export const neverAnswered: Reason = noAnswer('No answer came in time; it may have been carried out.');
/** Why nothing becomes of a command of a client that was disposed of. */
export const leftBehind: Reason = noAnswer('The page let go of it.');

/** The deadlines of commands in this book. */
export function createCommandDeadlines({ clock, tab }: ClientContext, book: ReplicaStore): CommandDeadlines {
  const kept = new Map<string, { readonly settle: Settle; readonly cancel: () => void }>();

  function over(id: string, settle: Settle): void {
    const entry = book.find(id);
    if (!entry) return;
    const isSent = entry.tries > 0;
    // It has happened: it stays until the truth includes it, so that what is shown does not go back.
    if (entry.state === 'acknowledged') {
      settle({ outcome: entry.isUnchanged ? 'unchanged' : 'applied', reason: null });
    } else if (entry.owner !== tab) settle({ outcome: 'unknown', reason: neverAnswered });
    else book.rollBack(entry, isSent ? 'unknown' : 'dropped', isSent ? neverAnswered : neverSent);
  }

  function end(id: string, settlement: Settlement): void {
    const one = kept.get(id);
    kept.delete(id);
    one?.cancel();
    one?.settle(settlement);
  }

  return {
    keep({ id, deadline }, settle = () => {}) {
      // What another tab has taken over and given back is kept already, for who asked for it.
      if (kept.has(id)) return;
      const cancel = clock.wake(deadline - clock.now(), () => over(id, settle));
      kept.set(id, { settle, cancel });
    },
    end,
    leave() {
      for (const id of kept.keys()) end(id, { outcome: 'unknown', reason: leftBehind });
    },
  };
}
