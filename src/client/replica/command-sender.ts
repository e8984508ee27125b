import type { ServerReply } from '../transport/command-request.ts';
import { retryDelayMs } from '../transport/times.ts';
import { withTimeout } from '../transport/with-timeout.ts';
import type { ClientContext } from './client-context.ts';
import type { PendingCommand } from './pending-command.ts';
import { refusalOf } from './predict.ts';
import type { ReplicaStore } from './replica-store.ts';

/** Sends the commands of this tab in order, one at a time. */
export interface CommandSender {
  /** Sends the next command, if it may be sent now. */
  pump(): void;
  stop(): void;
}

/** Creates a sender of the commands in this store. `read` is called when a read of the state is useful. */
export function createCommandSender(
  context: ClientContext,
  store: ReplicaStore,
  read: () => void,
): CommandSender {
  const { transport, clock, times, random, tabId, nextTick } = context;
  let cancelWake = () => {};
  let cancelRequest = () => {};

  function pump(): void {
    cancelWake();
    const { pending, connection } = store.state();
    const next = pending.find(({ state }) => state !== 'acknowledged');
    const isConnected = connection === 'live' || connection === 'polling';
    if (next?.owner !== tabId || next.state === 'sent' || !isConnected) return;
    // Without idempotency keys on the server, only a read shows whether it may be sent again.
    if (next.state === 'unknown' && !transport.isVersioned) return;
    const now = clock.now();
    if (now < next.notBefore) {
      cancelWake = clock.wake(next.notBefore - now, pump);
      return;
    }
    // A command is not sent when its reply and one more read could miss its deadline.
    if (now > next.deadline - 2 * times.requestMs) return;
    const reason = next.tries === 0 && refusalOf(store.view(next), next.command);
    if (reason) {
      store.rollBack(next, 'dropped', reason);
      return;
    }
    store.update(next.id, { state: 'sent', tries: next.tries + 1 });
    cancelRequest = withTimeout<ServerReply>(
      clock,
      times.requestMs,
      (signal) => transport.send(next, signal),
      (reply) => onReply(next.id, reply),
    );
  }

  function onReply(id: string, reply: ServerReply = { outcome: 'unknown' }): void {
    const entry = store.find(id);
    // The confirmed state may have arrived before the reply, and another tab may have taken over.
    if (entry?.owner === tabId) {
      if (reply.outcome === 'refused') store.rollBack(entry, 'refused', reply.reason);
      else {
        const changes: Partial<PendingCommand> =
          reply.outcome === 'accepted'
            ? { state: 'acknowledged', version: reply.version, isUnchanged: reply.isUnchanged }
            : { state: 'unknown', notBefore: clock.now() + retryDelayMs(entry.tries, times, random) };
        store.update(id, { ...changes, answeredAt: nextTick() });
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
