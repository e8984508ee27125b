import type { Sandbox } from '../model/sandbox.ts';
import { createContext } from './options.ts';
import { clientDisposed } from './replica/command-deadlines.ts';
import { createReadiness } from './replica/readiness.ts';
import { defaultReconciliation, type Reconciliation } from './replica/reconcile.ts';
import { createReplicaCollection } from './replica/replica-collection.ts';
import { createSandboxListStore } from './replica/sandbox-list-store.ts';
import type { SandboxListClient, SandboxListClientOptions } from './sandbox-list-client.ts';
import { problemOf } from './transport/check-update.ts';

/** Returns the constructor of list clients that use this reconciliation. */
export function listClientWith(
  reconciliation: Reconciliation,
): (options: SandboxListClientOptions) => SandboxListClient {
  return (options) => {
    const { initial = [], tabs } = options;
    let isStarted = false;
    const store = createSandboxListStore(options.initial !== undefined, () => replicas.all());

    const context = createContext(options, reconciliation, {
      onUpdate(update, requestedAt) {
        const { isComplete = false } = update;
        const isInTime = store.batch(isComplete, () => replicas.applyUpdate(update, requestedAt));
        if (isComplete) ready.settle();
        return isInTime;
      },
      onConnection(connection, problem) {
        store.setConnection(connection, problem);
        for (const replica of replicas.all()) replica.setConnection(connection, problem);
        store.changed();
      },
      sandboxId: () => undefined,
      knownVersion: () => undefined,
      isFinished: () => false,
    });
    const shared = { ...context, connection: { ...context.connection, start, stop() {} } };
    const replicas = createReplicaCollection(shared, tabs, (replica) => {
      const { connection, problem } = store.connection();
      replica.setConnection(connection, problem);
      replica.store.subscribe(store.changed);
      if (isStarted) replica.start();
    });

    function start(): void {
      if (isStarted) return;
      isStarted = true;
      for (const replica of replicas.all()) replica.start();
      context.connection.start();
    }

    const ready = createReadiness(context, start, () => store.connection().problem);
    if (options.initial) ready.settle();
    for (const sandbox of initial as readonly Sandbox[]) {
      const problem = problemOf({ sandboxes: [sandbox] });
      if (problem) store.setConnection('stale', problem);
      else replicas.of(sandbox.id, sandbox);
    }
    const first = store.getSnapshot();
    return {
      getSnapshot: store.getSnapshot,
      getServerSnapshot: () => first,
      get ready() {
        return ready.promise();
      },
      subscribe(listener) {
        const unsubscribe = store.subscribe(listener);
        start();
        return unsubscribe;
      },
      sandbox: (id) => replicas.of(id).client,
      refresh() {
        start();
        context.connection.read();
      },
      dispose() {
        for (const replica of replicas.all()) replica.dispose();
        context.connection.stop();
        ready.settle(clientDisposed.message);
      },
    };
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
