import type { Sandbox } from '../../model/sandbox.ts';
import type { ConnectionState } from '../transport/transport.ts';
import { applyUpdate } from './apply-update.ts';
import type { ClientContext } from './client-context.ts';
import { createListedView } from './listed-view.ts';
import { createReplica, type Replica } from './replica.ts';
import { createReplicaStore } from './replica-store.ts';
import { initialState, type SandboxUpdate, type State } from './state.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { TabSharing } from './tab-sharing.ts';
import type { SandboxView } from './view.ts';
import type { ViewSource } from './view-order.ts';

/** One sandbox of a list. It has only its state until a page uses its client: a long list has few clients. */
export interface ListedSandbox extends ViewSource {
  readonly id: string;
  state(): State;
  /** Applies an update. Returns false when it was requested too early for it to count. */
  applyUpdate(update: SandboxUpdate): boolean;
  setConnection(connection: ConnectionState, problem: string | null): void;
  /** Computes the view again. */
  refresh(): void;
  /** The replica. Creates it at the first call. */
  replica(): Replica;
  /** The replica, if a page uses it. */
  used(): Replica | undefined;
}

/** The parts of a list that its sandboxes share. */
interface ListParts {
  readonly context: ClientContext;
  readonly tabs: TabSharing | undefined;
  /** The subscriptions of the list, with those of its sandboxes. */
  readonly subscriptions: Subscriptions;
  /** Called when the state of a sandbox changes. */
  readonly onChange: (listed: ListedSandbox) => void;
}

/** Creates a sandbox of a list. */
export function createListedSandbox(
  { context, tabs, subscriptions, onChange }: ListParts,
  id: string,
  initial: Sandbox | undefined,
): ListedSandbox {
  const viewOf = createListedView(id, context);
  let own: State = initialState(initial);
  let replica: Replica | undefined;

  function write(next: State): void {
    if (next === own) return;
    own = next;
    onChange(listed);
  }

  /** Creates the replica. It shows the same view as before. */
  function use(): Replica {
    const used = createReplica(context, tabs, id, initial, subscriptions);
    used.store.write(own);
    // The state has arrived.
    if (own.confirmed) used.applyUpdate({ sandbox: own.confirmed.sandbox, changes: [], requestedAt: 0 });
    used.client.getSnapshot = () => viewOf(used.store.state());
    // Only the list disposes its clients.
    used.client.dispose = () => {};
    used.store.subscribe(() => onChange(listed));
    return used;
  }

  const listed: ListedSandbox = {
    id,
    state: () => replica?.store.state() ?? own,
    getSnapshot: (): SandboxView => viewOf(listed.state()),
    applyUpdate(update) {
      if (replica) return replica.applyUpdate(update);
      const store = createReplicaStore(context, id, undefined, () => {});
      store.write(own);
      const before = store.state();
      const isInTime = applyUpdate(context, store, update);
      if (store.state() !== before) write(store.state());
      return isInTime;
    },
    setConnection(connection, problem) {
      if (replica) replica.setConnection(connection, problem);
      else if (own.connection !== connection || own.problem !== problem)
        write({ ...own, connection, problem });
    },
    refresh() {
      if (replica) replica.store.write({});
      else write({ ...own });
    },
    replica: () => (replica ??= use()),
    used: () => replica,
  };
  return listed;
}
