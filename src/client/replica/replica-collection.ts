import type { Sandbox } from '../../model/sandbox.ts';
import type { ServerUpdate } from '../transport/server-update.ts';
import { groupBySandbox } from './apply-update.ts';
import type { ClientContext } from './client-context.ts';
import { predict } from './predict.ts';
import { createReplica, type Replica } from './replica.ts';
import type { TabSharing } from './tab-sharing.ts';

/** The replicas of a list: of the known sandboxes, and of those that a page has requested. */
export interface ReplicaCollection {
  all(): readonly Replica[];
  /** The replica with this id. Creates it if it is missing, with this record if it is given. */
  of(id: string, initial?: Sandbox): Replica;
  /** Applies an update: adds, updates and removes replicas. Returns false when it was requested too early for it to count. */
  applyUpdate(update: ServerUpdate, requestedAt: number): boolean;
}

/** Creates an empty collection. `onAdded` is called for each new replica. */
export function createReplicaCollection(
  context: ClientContext,
  tabs: TabSharing | undefined,
  onAdded: (replica: Replica) => void,
): ReplicaCollection {
  const replicas = new Map<string, Replica>();
  const removed = new Set<string>();
  /** The tick at which the newest complete list was received. */
  let listedAt = 0;

  function of(id: string, initial?: Sandbox): Replica {
    const known = replicas.get(id);
    if (known) return known;
    const replica = createReplica(context, tabs, id, initial);
    // Only the list disposes its clients.
    replica.client.dispose = () => {};
    replicas.set(id, replica);
    onAdded(replica);
    return replica;
  }

  /** Terminates a sandbox that is missing from a list, if the list was requested after the newest update of the sandbox. */
  function applyAbsence(id: string, replica: Replica, requestedAt: number): void {
    const { confirmed } = replica.store.state();
    if (!confirmed || confirmed.receivedAt >= requestedAt) return;
    const end = { type: 'terminate', at: context.serverNow() } as const;
    // The list does not report the outcome.
    const { sandbox } = predict(confirmed.sandbox, end, context.policy);
    replica.applyUpdate({ sandbox, changes: [], requestedAt });
    const { pending, rollbacks } = replica.store.state();
    if (pending.length > 0 || rollbacks.length > 0) return;
    replicas.delete(id);
    removed.add(id);
    replica.dispose();
  }

  return {
    all: () => [...replicas.values()],
    of,
    applyUpdate(update, requestedAt) {
      // A read that began before the newest list arrived misses later additions and removals.
      if (requestedAt > 0 && requestedAt < listedAt) return false;
      let isInTime = true;
      const present = new Set<string>();
      for (const part of groupBySandbox(update, requestedAt)) {
        const { id } = part.sandbox;
        present.add(id);
        // A repeated message of the stream does not bring back a removed sandbox.
        if (requestedAt > 0 || !removed.has(id)) isInTime = of(id).applyUpdate(part) && isInTime;
      }
      if (update.isComplete) {
        listedAt = context.nextTick();
        for (const [id, replica] of replicas) if (!present.has(id)) applyAbsence(id, replica, requestedAt);
      }
      return isInTime;
    },
  };
}
