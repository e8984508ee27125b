import type { Sandbox } from '../../model/sandbox.ts';
import type { ConnectionState } from '../transport/transport.ts';
import { applyUpdate } from './apply-update.ts';
import type { ClientContext } from './client-context.ts';
import { clientDisposed, createCommandDeadlines } from './command-deadlines.ts';
import { createCommandSender } from './command-sender.ts';
import { inOrder, type PendingCommand, type Settlement } from './pending-command.ts';
import { refusalOf } from './predict.ts';
import { createReadiness } from './readiness.ts';
import { createReplicaClient } from './replica-client.ts';
import { createReplicaStore, type ReplicaStore } from './replica-store.ts';
import type { SandboxClient } from './sandbox-client.ts';
import type { SandboxUpdate } from './state.ts';
import type { Cooperation, TabSharing } from './tab-sharing.ts';

/** A local copy of one sandbox that accepts commands at once and reconciles them with the server. */
export interface Replica {
  readonly client: SandboxClient;
  readonly store: ReplicaStore;
  /** Joins the other tabs and starts the connection. */
  start(): void;
  /** Applies an update. Returns false when it was requested too early for it to count. */
  applyUpdate(update: SandboxUpdate): boolean;
  setConnection(connection: ConnectionState, problem: string | null): void;
  /** Stops all timers, requests and the connection, and leaves the commands to other tabs. */
  dispose(): void;
}

/** Creates the replica of a sandbox, which the context's connection updates. */
export function createReplica(
  context: ClientContext,
  tabs: TabSharing | undefined,
  id: string,
  initial: Sandbox | undefined,
): Replica {
  const { clock, times, tabId, connection } = context;
  let cooperation: Cooperation | undefined;
  let isJoined = false;
  let isDisposed = false;

  const store = createReplicaStore(context, id, initial, (entry, settlement) => {
    if (settlement) deadlines.settle(entry.id, settlement);
    if (entry.owner === tabId) cooperation?.share(entry, settlement);
  });
  const { state } = store;
  const deadlines = createCommandDeadlines(context, store);
  const { promise: ready, settle: settleReady } = createReadiness(context, start, () => state().problem);
  if (initial) settleReady();

  /** Reads the state. While a stream is live, waits first, because the stream normally sends the state by itself. */
  const { pump, stop } = createCommandSender(context, store, () => {
    if (state().connection !== 'live') connection.read();
    else clock.wake(times.pollMs, () => state().pending.length > 0 && connection.read());
  });

  function start(): void {
    if (isDisposed) return;
    if (!isJoined) {
      isJoined = true;
      cooperation = tabs?.(context, id, store, (adopted) => {
        if (adopted) deadlines.track(adopted);
        if (adopted?.state === 'unknown') connection.read();
        connection.start();
        pump();
      });
    }
    connection.start();
  }

  /** Queues a new command, or settles it at once. Resolves with its settlement. */
  function submit(entry: PendingCommand): Promise<Settlement> {
    const { pending, confirmed } = state();
    const refusal = refusalOf(store.view(), entry.command);
    const settled = new Promise<Settlement>((resolve) => deadlines.track(entry, resolve));
    if (refusal) store.rollBack(entry, 'refused', refusal);
    else if (confirmed?.sandbox.status === 'terminated')
      store.settle(entry, { outcome: 'unchanged', reason: null });
    else if (isDisposed) store.rollBack(entry, 'dropped', clientDisposed);
    else {
      store.write({ pending: [...pending, entry].sort(inOrder) });
      cooperation?.share(entry);
      pump();
    }
    return settled;
  }

  function dispose(): void {
    isDisposed = true;
    stop();
    connection.stop();
    cooperation?.leave();
    deadlines.abandon();
    settleReady(clientDisposed.message);
  }

  return {
    client: createReplicaClient(context, store, { start, ready, submit, dispose }),
    store,
    start,
    applyUpdate(update) {
      const isInTime = applyUpdate(context, store, update);
      settleReady();
      pump();
      return isInTime;
    },
    setConnection(connection, problem) {
      const now = state();
      if (now.connection !== connection || now.problem !== problem) store.write({ connection, problem });
      pump();
    },
    dispose,
  };
}
