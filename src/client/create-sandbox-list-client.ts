import type { Sandbox } from '../model/sandbox.ts';
import { createContext } from './options.ts';
import { clientDisposed } from './replica/command-deadlines.ts';
import { type ListInternals, setListInternals } from './replica/list-internals.ts';
import { createReadiness } from './replica/readiness.ts';
import { defaultReconciliation, type Reconciliation } from './replica/reconcile.ts';
import { createReplicaCollection } from './replica/replica-collection.ts';
import { createSandboxListStore } from './replica/sandbox-list-store.ts';
import { createSubscriptions } from './replica/subscriptions.ts';
import type { SandboxListClient, SandboxListClientOptions } from './sandbox-list-client.ts';
import type { ConnectionObserver } from './transport/transport.ts';

/** Returns the constructor of list clients that use this reconciliation. */
export function listClientWith(
  reconciliation: Reconciliation,
): (options: SandboxListClientOptions) => SandboxListClient {
  return (options) => {
    let isStarted = false;
    const store = createSandboxListStore(options.initial !== undefined);
    const updateListeners: ListInternals['updateListeners'] = new Set();

    const observer: ConnectionObserver = {
      onUpdate(update, requestedAt) {
        const { isComplete = false } = update;
        const isInTime = store.batch(() => {
          const isCounted = replicas.applyUpdate(update, requestedAt);
          if (isComplete) store.setLoaded();
          for (const listener of updateListeners) listener(update, requestedAt);
          return isCounted;
        });
        if (isComplete) ready.settle();
        return isInTime;
      },
      onConnection(connection, problem) {
        store.batch(() => {
          store.setConnection(connection, problem);
          replicas.setConnection(connection, problem);
        });
      },
      onClock: () => store.batch(() => replicas.refreshTimeouts()),
      sandboxId: () => undefined,
      knownVersion: () => undefined,
      isFinished: () => false,
    };
    const context = createContext(options, reconciliation, observer);
    const shared = { ...context, connection: { ...context.connection, start, stop() {} } };
    const isBusy = () =>
      ready.isAwaited() || replicas.used().some((one) => one.store.state().pending.length > 0);
    const subscriptions = createSubscriptions(context, isBusy, release);
    const replicas = createReplicaCollection(shared, options.tabs, store, subscriptions);

    const newReadiness = () => {
      const created = createReadiness(context, start, () => store.connection().problem);
      if (store.getSnapshot().isLoaded) created.settle();
      return created;
    };
    let isDisposed = false;

    function start(): void {
      if (isDisposed) ready = newReadiness();
      isDisposed = false;
      subscriptions.started();
      if (isStarted) return;
      isStarted = true;
      replicas.start();
      context.connection.start();
    }
    function release(): void {
      isStarted = false;
      subscriptions.stopped();
      for (const replica of replicas.used()) replica.dispose();
      context.connection.stop();
    }

    function hold(): () => void {
      const end = subscriptions.add(() => () => {});
      start();
      return end;
    }

    for (const sandbox of (options.initial ?? []) as readonly Sandbox[]) {
      const problem = options.transport.problemOf({ sandboxes: [sandbox] });
      if (problem) store.setConnection('stale', problem);
      else replicas.add(sandbox);
    }
    const provisional: ListInternals['provisional'] = new Map();
    const disposeListeners: ListInternals['disposeListeners'] = new Set();
    let ready = newReadiness();
    const first = store.getSnapshot();
    const list: SandboxListClient = {
      getSnapshot: store.getSnapshot,
      getServerSnapshot: () => first,
      get ready() {
        return ready.promise();
      },
      subscribe(listener) {
        const unsubscribe = subscriptions.add(() => store.subscribe(listener));
        start();
        return unsubscribe;
      },
      sandbox: (id) => provisional.get(id) ?? replicas.of(id).client,
      refresh() {
        start();
        context.connection.read();
      },
      dispose() {
        isDisposed = true;
        for (const listener of disposeListeners) listener();
        release();
        ready.settle(clientDisposed);
      },
    };
    setListInternals(list, {
      context,
      store,
      replicas,
      provisional,
      updateListeners,
      disposeListeners,
      hold,
    });
    return list;
  };
}

/**
 * Creates a client of all sandboxes of a namespace, which share one stream. Sends nothing before the first `subscribe`,
 * `refresh` or access to `ready`.
 *
 * @example
 * const list = createSandboxListClient({ transport: httpTransport({ url: 'http://127.0.0.1:8080' }) });
 * list.subscribe(() => render(list.getSnapshot().sandboxes));
 * await list.ready;
 * list.sandbox('s7jus08qec4axzgbpq76h').send('suspend');
 */
export function createSandboxListClient(options: SandboxListClientOptions): SandboxListClient {
  return listClientWith(defaultReconciliation)(options);
}
