import type { Sandbox } from '../../model/sandbox.ts';
import type { ConnectionState } from '../transport/transport.ts';
import { applyUpdate } from './apply-update.ts';
import type { ClientContext } from './client-context.ts';
import { clientDisposed, createCommandDeadlines } from './command-deadlines.ts';
import { isOrdered } from './command-order.ts';
import { createCommandSender } from './command-sender.ts';
import { inOrder, type PendingCommand } from './pending-command.ts';
import { refusalOf } from './predict.ts';
import { createReadiness } from './readiness.ts';
import { createReplicaClient } from './replica-client.ts';
import { createReplicaStore, type ReplicaStore } from './replica-store.ts';
import type { CommandHandle, SandboxClient } from './sandbox-client.ts';
import type { SandboxUpdate } from './state.ts';
import { createSubscriptions, type Subscriptions } from './subscriptions.ts';
import type { Cooperation, TabSharing } from './tab-sharing.ts';

/** A local copy of one sandbox that accepts commands at once and reconciles them with the server. */
export interface Replica {
  readonly client: SandboxClient;
  readonly store: ReplicaStore;
  /** Starts the connection, and joins the other tabs once the id of the sandbox is known. */
  start(): void;
  /** Applies an update. Returns false when it was requested too early for it to count. */
  applyUpdate(update: SandboxUpdate): boolean;
  setConnection(connection: ConnectionState, problem: string | null): void;
  /** Stops all timers, requests and the connection, and leaves the commands to other tabs, until the next start. */
  dispose(): void;
}

/** Creates the replica of a sandbox, which the context's connection updates. `shared`: the subscriptions of its list. */
export function createReplica(
  context: ClientContext,
  tabs: TabSharing | undefined,
  id: string,
  initial: Sandbox | undefined,
  shared?: Subscriptions,
): Replica {
  const { clock, times, tabId, connection, policy, reconciliation } = context;
  let cooperation: Cooperation | undefined;
  let isStarted = false;
  let isDisposed = false;

  const store = createReplicaStore(context, id, initial, (entry, settlement) => {
    if (settlement) deadlines.settle(entry.id, settlement);
    // The request of a command that was given up may still wait for its headers, and must not have those of the next account.
    if (settlement?.reason) sender.cancel(entry.id);
    if (entry.owner === tabId) cooperation?.share(entry, settlement);
  });
  const { state } = store;
  const hasPending = () => state().pending.length > 0;
  const newReadiness = () => {
    const created = createReadiness(context, start, () => state().problem);
    if (state().confirmed) created.settle();
    return created;
  };
  let readiness = newReadiness();
  const isBusy = () => hasPending() || readiness.isAwaited();
  const subscriptions = shared ?? createSubscriptions(context, isBusy, release);

  /** Reads the state. While a stream is live, waits first, because the stream normally sends the state by itself. */
  const sender = createCommandSender(context, store, () => {
    if (state().connection !== 'live') connection.read();
    else clock.wake(times.pollMs, () => hasPending() && connection.read());
  });
  const deadlines = createCommandDeadlines(context, store, sender.obstacleTo);
  const { pump } = sender;

  function start(): void {
    if (isDisposed) readiness = newReadiness();
    // What the last release left to other tabs comes back from them. An accepted command stays until the state includes it.
    const kept = state().pending.filter((entry) => isStarted || entry.state === 'acknowledged');
    if (kept.length < state().pending.length) store.write({ pending: kept });
    isDisposed = false;
    isStarted = true;
    subscriptions.started();
    join();
    connection.start();
  }

  /** Joins the tabs that show the same sandbox. They know it by its id, and this one may know only its name. */
  function join(): void {
    if (!tabs || cooperation || !isStarted || !state().confirmed) return;
    cooperation = tabs.join(context, store, (adopted) => {
      if (adopted) void deadlines.track(adopted);
      if (adopted?.state === 'unknown') connection.read();
      connection.start();
      pump();
    });
    cooperation.restore();
  }

  /** Queues a new command, joins it to an equal one that is pending, or settles it at once. */
  function submit(entry: PendingCommand): CommandHandle {
    const { pending, confirmed } = state();
    const isOrderedAfter = (earlier: PendingCommand) =>
      isOrdered(store.view(earlier) as Sandbox, earlier, entry, policy);
    const last = [...pending].reverse().find(isOrderedAfter);
    if (last && reconciliation.joins(last, entry)) return { id: last.id, settled: deadlines.track(last) };
    const refusal = refusalOf(store.view(), entry.command);
    const settled = deadlines.track(entry);
    if (refusal) store.rollBack(entry, 'refused', refusal);
    else if (confirmed?.sandbox.status === 'terminated')
      store.settle(entry, { outcome: 'unchanged', reason: null });
    else
      store.batch(() => {
        store.write({ pending: [...pending, entry].sort(inOrder) });
        cooperation?.share(entry);
        pump();
      });
    return { id: entry.id, settled };
  }

  /** Releases everything that the client holds, and leaves its commands to the other tabs. */
  function release(): void {
    isStarted = false;
    if (!shared) subscriptions.stopped();
    sender.stop();
    cooperation?.leave();
    deadlines.abandon(!!cooperation);
    cooperation = undefined;
    connection.stop();
  }

  function dispose(): void {
    isDisposed = true;
    release();
    readiness.settle(clientDisposed);
  }

  return {
    client: createReplicaClient(context, store, {
      start,
      ready: () => readiness.promise(),
      subscribe: (listener) => subscriptions.add(() => store.subscribe(listener)),
      submit,
      dispose,
    }),
    store,
    start,
    applyUpdate(update) {
      let isInTime = true;
      store.batch(() => {
        isInTime = applyUpdate(context, store, update);
        join();
        readiness.settle();
        pump();
      });
      return isInTime;
    },
    setConnection(connection, problem) {
      const now = state();
      if (now.connection !== connection || now.problem !== problem) store.write({ connection, problem });
      if (isStarted) pump();
    },
    dispose,
  };
}
