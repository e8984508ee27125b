import type { Sandbox } from '../../model/sandbox.ts';
import type { Setting } from '../options.ts';
import type { Reading } from '../transport/server-update.ts';
import { predict } from './predict.ts';
import { createReplica, type Replica } from './replica.ts';
import { bySandbox } from './sandbox-update.ts';

/** The sandboxes of a list: those that are known, and those that a page has asked for. */
export interface Members {
  all(): readonly Replica[];
  /** The one of this id, known by this record when it is new. */
  of(id: string, initial?: Sandbox): Replica;
  /** Takes in what was told: who comes, who is told, and who leaves. Answers false when it came too late to count. */
  told(reading: Reading, begun: number): boolean;
}

/** Nobody, as yet. `onNew` is called for each that comes. */
export function createMembers(setting: Setting, onNew: (member: Replica) => void): Members {
  const members = new Map<string, Replica>();
  const left = new Set<string>();
  /** When the newest list came. */
  let listed = 0;

  function of(id: string, initial?: Sandbox): Replica {
    const known = members.get(id);
    if (known) return known;
    const replica = createReplica(setting, id, initial);
    const member = { ...replica, client: { ...replica.client, dispose() {} } };
    members.set(id, member);
    onNew(member);
    return member;
  }

  /** A list that was asked for after the last word of a sandbox, and leaves it out, tells that it has ended. */
  function leaveOut(id: string, member: Replica, begun: number): void {
    const { truth } = member.book.state();
    if (!truth || truth.came >= begun) return;
    const end = { type: 'terminate', at: setting.serverNow() } as const;
    // How it has ended is not told.
    const { sandbox } = predict(truth.sandbox, end, setting.policy);
    member.receive({ sandbox, changes: [], begun });
    const { pending, rollbacks } = member.book.state();
    if (pending.length > 0 || rollbacks.length > 0) return;
    members.delete(id);
    left.add(id);
    member.dispose();
  }

  return {
    all: () => [...members.values()],
    of,
    told(reading, begun) {
      // What was asked for before the newest list came cannot tell who has come since, or has left again.
      if (begun > 0 && begun < listed) return false;
      let isInTime = true;
      const there = new Set<string>();
      for (const told of bySandbox(reading, begun)) {
        const { id } = told.sandbox;
        there.add(id);
        // A change that is told again does not bring back who has left.
        if (begun > 0 || !left.has(id)) isInTime = of(id).receive(told) && isInTime;
      }
      if (reading.isComplete) {
        listed = setting.tick();
        for (const [id, member] of members) if (!there.has(id)) leaveOut(id, member, begun);
      }
      return isInTime;
    },
  };
}
