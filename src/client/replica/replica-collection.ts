import type { Sandbox } from '../../model/sandbox.ts';
import type { ServerUpdate } from '../transport/server-update.ts';
import type { ClientContext } from './client-context.ts';
import { predict } from './predict.ts';
import { createReplica, type Replica } from './replica.ts';
import { groupBySandbox } from './sandbox-update.ts';
import type { TabSharing } from './tab-sharing.ts';

/** The sandboxes of a list: those that are known, and those that a page has asked for. */
export interface ReplicaCollection {
  all(): readonly Replica[];
  /** The one of this id, known by this record when it is new. */
  of(id: string, initial?: Sandbox): Replica;
  /** Takes in what was told: who comes, who is told, and who leaves. Answers false when it came too late to count. */
  onUpdate(reading: ServerUpdate, requestedAt: number): boolean;
}

/** Nobody, as yet. `onNew` is called for each that comes. */
export function createReplicaCollection(
  setting: ClientContext,
  tabs: TabSharing | undefined,
  onNew: (member: Replica) => void,
): ReplicaCollection {
  const members = new Map<string, Replica>();
  const left = new Set<string>();
  /** When the newest list came. */
  let listed = 0;

  function of(id: string, initial?: Sandbox): Replica {
    const known = members.get(id);
    if (known) return known;
    const replica = createReplica(setting, tabs, id, initial);
    const member = { ...replica, client: { ...replica.client, dispose() {} } };
    members.set(id, member);
    onNew(member);
    return member;
  }

  /** A list that was asked for after the last word of a sandbox, and leaves it out, tells that it has ended. */
  function leaveOut(id: string, member: Replica, requestedAt: number): void {
    const { confirmed } = member.book.state();
    if (!confirmed || confirmed.receivedAt >= requestedAt) return;
    const end = { type: 'terminate', at: setting.serverNow() } as const;
    // How it has ended is not told.
    const { sandbox } = predict(confirmed.sandbox, end, setting.policy);
    member.applyUpdate({ sandbox, changes: [], requestedAt });
    const { pending, rollbacks } = member.book.state();
    if (pending.length > 0 || rollbacks.length > 0) return;
    members.delete(id);
    left.add(id);
    member.dispose();
  }

  return {
    all: () => [...members.values()],
    of,
    onUpdate(reading, requestedAt) {
      // What was asked for before the newest list came cannot tell who has come since, or has left again.
      if (requestedAt > 0 && requestedAt < listed) return false;
      let isInTime = true;
      const there = new Set<string>();
      for (const told of groupBySandbox(reading, requestedAt)) {
        const { id } = told.sandbox;
        there.add(id);
        // A change that is told again does not bring back who has left.
        if (requestedAt > 0 || !left.has(id)) isInTime = of(id).applyUpdate(told) && isInTime;
      }
      if (reading.isComplete) {
        listed = setting.nextTick();
        for (const [id, member] of members) if (!there.has(id)) leaveOut(id, member, requestedAt);
      }
      return isInTime;
    },
  };
}
