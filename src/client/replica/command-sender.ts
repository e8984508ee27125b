import type { ServerReply } from '../transport/command-request.ts';
import { backOff } from '../transport/times.ts';
import { withTimeout } from '../transport/with-timeout.ts';
import type { ClientContext } from './client-context.ts';
import { whyNot } from './predict.ts';
import type { ReplicaStore } from './replica-store.ts';

/** Sends the commands of this tab, one after the other and each in its turn. */
export interface CommandSender {
  /** Sends the next command, if there is one that may go. */
  pump(): void;
  stop(): void;
}

/** A sender of what is in this book. `read` asks for the truth, as soon as that is worth while. */
export function createCommandSender(
  setting: ClientContext,
  book: ReplicaStore,
  read: () => void,
): CommandSender {
  const { transport, clock, times, random, tab, nextTick } = setting;
  let cancelWake = () => {};
  let cancelRequest = () => {};

  function pump(): void {
    cancelWake();
    const next = book.state().pending.find(({ state }) => state !== 'acknowledged');
    const { connection } = book.state();
    const isConnected = connection === 'live' || connection === 'polling';
    if (next?.owner !== tab || next.state === 'sent' || !isConnected) return;
    // Without a key that the server keeps, only a reading can tell whether it may be sent again.
    if (next.state === 'unknown' && !transport.isVersioned) return;
    const now = clock.now();
    if (now < next.notBefore) {
      cancelWake = clock.wake(next.notBefore - now, pump);
      return;
    }
    // What cannot be answered and looked after in time is not sent.
    if (now > next.deadline - 2 * times.requestMs) return;
    const reason = next.tries === 0 && whyNot(book.view(next), next.command);
    if (reason) {
      book.rollBack(next, 'dropped', reason);
      return;
    }
    book.update(next.id, { state: 'sent', tries: next.tries + 1 });
    cancelRequest = withTimeout<ServerReply>(
      clock,
      times.requestMs,
      (signal) => transport.send(next, signal),
      (answer) => answered(next.id, answer),
    );
  }

  function answered(id: string, answer: ServerReply = { outcome: 'unknown' }): void {
    const entry = book.find(id);
    // The truth may have been quicker than the answer, and another tab may have taken over.
    if (entry?.owner === tab) {
      if (answer.outcome === 'refused') {
        book.rollBack(entry, 'refused', answer.reason);
      } else if (answer.outcome === 'accepted') {
        const { version, isUnchanged } = answer;
        book.update(id, { state: 'acknowledged', version, isUnchanged, answered: nextTick() });
        read();
      } else {
        const notBefore = clock.now() + backOff(entry.tries, times, random);
        book.update(id, { state: 'unknown', answered: nextTick(), notBefore });
        read();
      }
    }
    pump();
  }

  return {
    pump,
    stop() {
      cancelWake();
      cancelRequest();
    },
  };
}
