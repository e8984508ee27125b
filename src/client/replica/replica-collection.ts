import type { Sandbox } from '../../model/sandbox.ts';
import type { ServerUpdate } from '../transport/server-update.ts';
import type { ConnectionState } from '../transport/transport.ts';
import { groupBySandbox } from './apply-update.ts';
import type { ClientContext } from './client-context.ts';
import { createListedSandbox, type ListedSandbox } from './listed-sandbox.ts';
import { predict } from './predict.ts';
import type { Replica } from './replica.ts';
import type { SandboxListStore } from './sandbox-list-store.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { TabSharing } from './tab-sharing.ts';

/** The sandboxes of a list, and those that a page has requested. */
export interface ReplicaCollection {
  /** Adds a sandbox whose record is known. */
  add(sandbox: Sandbox): void;
  /** The replica with this id. Creates it if it is missing. */
  of(id: string): Replica;
  /** The state of a sandbox, if the list knows it. */
  find(id: string): ListedSandbox | undefined;
  /** The replicas that a page uses. */
  used(): readonly Replica[];
  /** Starts the replicas: those in use now, and each later one at its first use. */
  start(): void;
  setConnection(connection: ConnectionState, problem: string | null): void;
  /** Computes the local times of all limits again. */
  refreshTimeouts(): void;
  /** Applies an update: adds, updates and removes sandboxes. Returns false when it was requested too early for it to count. */
  applyUpdate(update: ServerUpdate, requestedAt: number): boolean;
}

/** Creates an empty collection, whose sandboxes the store shows. The subscriptions to its sandboxes are among the given ones. */
export function createReplicaCollection(
  context: ClientContext,
  tabs: TabSharing | undefined,
  store: SandboxListStore,
  subscriptions: Subscriptions,
): ReplicaCollection {
  const sandboxes = new Map<string, ListedSandbox>();
  const removed = new Set<string>();
  let isStarted = false;
  /** The tick at which the newest complete list was received. */
  let listedAt = 0;

  function listedOf(id: string, initial?: Sandbox): ListedSandbox {
    const known = sandboxes.get(id);
    if (known) return known;
    const listed = createListedSandbox(
      { context, tabs, subscriptions, onChange: store.changed },
      id,
      initial,
    );
    sandboxes.set(id, listed);
    const { connection, problem } = store.connection();
    listed.setConnection(connection, problem);
    store.changed(listed);
    // Other tabs may have commands of each sandbox.
    if (tabs && isStarted) use(listed);
    return listed;
  }

  function use(listed: ListedSandbox): Replica {
    const isNew = !listed.used();
    const replica = listed.replica();
    if (isNew && isStarted) replica.start();
    return replica;
  }

  const used = () => [...sandboxes.values()].flatMap((listed) => listed.used() ?? []);

  /** Terminates a sandbox that is missing from a list, if the list was requested after the newest update of the sandbox. */
  function applyAbsence(listed: ListedSandbox, requestedAt: number): void {
    const { confirmed } = listed.state();
    if (!confirmed || confirmed.receivedAt >= requestedAt) return;
    const end = { type: 'terminate', at: context.serverNow() } as const;
    // The list does not report the outcome.
    const { sandbox } = predict(confirmed.sandbox, end, context.policy);
    listed.applyUpdate({ sandbox, changes: [], requestedAt });
    const { pending, rollbacks } = listed.state();
    if (pending.length > 0 || rollbacks.length > 0) return;
    sandboxes.delete(listed.id);
    removed.add(listed.id);
    store.remove(listed);
    listed.used()?.dispose();
  }

  return {
    add: (sandbox) => void listedOf(sandbox.id, sandbox),
    of: (id) => use(listedOf(id)),
    find: (id) => sandboxes.get(id),
    used,
    start() {
      isStarted = true;
      if (tabs) for (const listed of sandboxes.values()) use(listed);
      for (const replica of used()) replica.start();
    },
    setConnection(connection, problem) {
      for (const listed of sandboxes.values()) listed.setConnection(connection, problem);
    },
    refreshTimeouts() {
      for (const listed of sandboxes.values()) if (listed.getSnapshot().timeout) listed.refresh();
    },
    applyUpdate(update, requestedAt) {
      // A read that began before the newest list arrived misses later additions and removals.
      if (requestedAt > 0 && requestedAt < listedAt) return false;
      let isInTime = true;
      const present = new Set<string>();
      for (const part of groupBySandbox(update, requestedAt)) {
        const { id } = part.sandbox;
        present.add(id);
        // A repeated message of the stream does not bring back a removed sandbox, but a list does.
        if (requestedAt > 0) removed.delete(id);
        if (!removed.has(id)) isInTime = listedOf(id).applyUpdate(part) && isInTime;
      }
      if (update.isComplete) {
        listedAt = context.nextTick();
        for (const [id, listed] of sandboxes)
          if (!present.has(id) && !update.leavesOut) applyAbsence(listed, requestedAt);
      }
      return isInTime;
    },
  };
}
