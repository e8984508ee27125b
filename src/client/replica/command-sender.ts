import type { ServerReply } from '../transport/command-request.ts';
import { retryDelayMs } from '../transport/times.ts';
import { withTimeout } from '../transport/with-timeout.ts';
import type { ClientContext } from './client-context.ts';
import { isTerminate, type PendingCommand } from './pending-command.ts';
import { refusalOf } from './predict.ts';
import type { ReplicaStore } from './replica-store.ts';

/** Sends the commands of this tab. Each waits for the replies to those earlier ones whose order matters, and for no other. */
export interface CommandSender {
  /** Sends the commands that may be sent now. */
  pump(): void;
  /** The sentence why a command was not sent when it was last possible. */
  obstacleTo(id: string): string | undefined;
  /** Cancels the request of a command. */
  cancel(id: string): void;
  /** Cancels the requests in progress and the timer of the next try. */
  stop(): void;
}

/** The most requests of one sandbox that are in progress at once. A termination is sent beside them. */
const mostInProgress = 4;

const unreachable = 'The server could not be reached in time.';

/** Creates a sender of the commands in this store. `read` is called when a read of the state is useful. */
export function createCommandSender(
  context: ClientContext,
  store: ReplicaStore,
  read: () => void,
): CommandSender {
  const { transport, clock, times, random, tabId, nextTick, reconciliation, policy } = context;
  const requests = new Map<string, () => void>();
  const obstacles = new Map<string, string | undefined>();
  let cancelWake = () => {};

  function pump(): void {
    cancelWake();
    const now = clock.now();
    const waiting = store.state().pending.filter(
      ({ owner, state, deadline }) =>
        owner === tabId &&
        // Without idempotency keys on the server, only a read shows whether it may be sent again.
        (state === 'queued' || (state === 'unknown' && transport.isVersioned)) &&
        // A command is not sent when its reply and one more read could miss its deadline.
        now <= deadline - 2 * times.requestMs,
    );
    for (const entry of waiting) obstacles.set(entry.id, obstacleOf(entry));
    const ready = waiting.filter(({ id }) => !obstacles.get(id));
    const next = ready.find(isTerminate) ?? ready[0];
    if (next) {
      send(next);
      pump();
      return;
    }
    const delays = waiting.map(({ notBefore }) => notBefore - now).filter((delayMs) => delayMs > 0);
    if (delays.length > 0) cancelWake = clock.wake(Math.min(...delays, times.deadlineMs), pump);
  }

  /** Whether a command has not been sent before a termination, so that it is not sent any more. */
  const isOvertaken = (entry: PendingCommand) =>
    entry.tries === 0 &&
    !isTerminate(entry) &&
    store.state().pending.some((other) => isTerminate(other) && other.tries > 0);

  /** The sentence why a command cannot be sent now. */
  function obstacleOf(entry: PendingCommand): string | undefined {
    const { pending, connection, problem } = store.state();
    if (isOvertaken(entry)) return undefined;
    // A server that responds with errors may still end the sandbox.
    const isConnected =
      connection === 'live' || connection === 'polling' || (connection === 'stale' && isTerminate(entry));
    if (connection === 'stale' && !isConnected && problem) return `The server failed: ${problem}`;
    if (!isConnected || clock.now() < entry.notBefore) return unreachable;
    const inProgress = pending.filter(({ state }) => state === 'sent');
    const blocker =
      pending
        .slice(0, pending.indexOf(entry))
        .find(
          (earlier) =>
            earlier.state !== 'acknowledged' &&
            reconciliation.waitsFor(store.view(earlier), earlier, entry, policy),
        ) ?? (isTerminate(entry) ? undefined : inProgress[mostInProgress - 1]);
    return blocker && `Never sent: it waited for "${blocker.command.type}", which the server did not answer.`;
  }

  function send(entry: PendingCommand): void {
    const { id, tries } = entry;
    const refusal = tries === 0 && refusalOf(store.view(entry), entry.command);
    if (isOvertaken(entry)) store.giveUp(entry, 'Never sent: the sandbox is being terminated.');
    else if (refusal) store.rollBack(entry, 'dropped', refusal);
    else {
      const call = (signal: AbortSignal) => transport.send(entry, signal);
      requests.set(
        id,
        withTimeout<ServerReply>(clock, times.requestMs, call, (reply) => onReply(id, reply)),
      );
      store.update(id, { state: 'sent', tries: tries + 1 });
    }
  }

  function onReply(id: string, reply: ServerReply = { outcome: 'unknown' }): void {
    requests.delete(id);
    const entry = store.find(id);
    // The confirmed state may have arrived before the reply, and another tab may have taken over.
    if (entry?.owner === tabId) {
      if (reply.outcome === 'refused') store.rollBack(entry, 'refused', reply.reason);
      else {
        store.update(id, {
          ...(reply.outcome === 'accepted'
            ? { state: 'acknowledged', version: reply.version, isUnchanged: reply.isUnchanged }
            : afterFailure(entry, reply)),
          answeredAt: nextTick(),
        });
        read();
      }
    }
    pump();
  }

  function cancel(id: string): void {
    requests.get(id)?.();
    requests.delete(id);
  }

  function afterFailure(
    { tries, problem }: PendingCommand,
    { retryAfterMs = 0, problem: sentence }: Extract<ServerReply, { outcome: 'unknown' }>,
  ): Partial<PendingCommand> {
    const failed = sentence && `The server failed: ${sentence}`;
    const delayed = retryAfterMs && `The server asked to wait for ${Math.ceil(retryAfterMs / 1000)} s.`;
    return {
      state: 'unknown',
      notBefore: clock.now() + Math.max(retryDelayMs(tries, times, random), retryAfterMs),
      problem: [failed, delayed].filter(Boolean).join(' ') || problem,
    };
  }

  return {
    pump,
    obstacleTo: (id) => obstacles.get(id),
    cancel,
    stop() {
      cancelWake();
      for (const id of requests.keys()) cancel(id);
    },
  };
}
