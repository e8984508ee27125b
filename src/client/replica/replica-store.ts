import type { Sandbox } from '../../model/sandbox.ts';
import type { Reason } from '../transport/command-request.ts';
import type { ClientContext } from './client-context.ts';
import { createListeners } from './listeners.ts';
import type { PendingCommand, Rollback, Settlement } from './pending-command.ts';
import type { SandboxUpdate, State } from './state.ts';
import { type SandboxView, viewOf } from './view.ts';

/** Where all that is known of one sandbox is written down. */
export interface ReplicaStore {
  state(): State;
  find(id: string): PendingCommand | undefined;
  /** The sandbox with the commands replayed that are asked for before this one, or with all. */
  view(before?: PendingCommand): Sandbox | null;
  getSnapshot(): SandboxView;
  listen(listener: () => void): () => void;
  /** Writes down changes and, in the same step, lets those commands go that the truth includes. */
  write(changes: Partial<State>, told?: SandboxUpdate): void;
  /** Writes down how a command stands. */
  update(id: string, changes: Partial<PendingCommand>): void;
  /** Takes one command back, with the reason why. */
  rollBack(entry: PendingCommand, outcome: Rollback['outcome'], reason: Reason): void;
  /** Lets a command go that needs no more to be done. */
  finish(entry: PendingCommand, settlement: Settlement): void;
  /** Whether a command has gone. */
  isOver(id: string): boolean;
}

const nothing = { changes: [], requestedAt: 0 };

/** A book that tells of each command how it stands, and once how it ended. */
export function createReplicaStore(
  setting: ClientContext,
  name: string,
  initial: Sandbox | undefined,
  onChange: (entry: PendingCommand, settlement?: Settlement) => void,
): ReplicaStore {
  const { rules, policy, clock } = setting;
  let state: State = {
    confirmed: initial ? { sandbox: initial, receivedAt: 0 } : null,
    pending: [],
    rollbacks: [],
    timeline: [],
    connection: 'stale',
    problem: null,
  };
  let last: SandboxView | undefined;
  let lastState: State | undefined;
  const listeners = createListeners();
  const over = new Set<string>();

  function write(
    changes: Partial<State>,
    told: Pick<SandboxUpdate, 'changes' | 'requestedAt'> = nothing,
  ): void {
    const next = { ...state, ...changes };
    const { confirmed } = next;
    const gone = next.pending.filter((entry) => confirmed && rules.includes(confirmed, told, entry));
    state = { ...next, pending: next.pending.filter((entry) => !gone.includes(entry)) };
    listeners.tell();
    for (const entry of gone) end(entry, { outcome: outcomeOf(entry, state), reason: null });
  }

  function end(entry: PendingCommand, settlement: Settlement): void {
    over.add(entry.id);
    onChange(entry, settlement);
  }

  const find = (id: string) => state.pending.find((entry) => entry.id === id);
  const without = (id: string) => state.pending.filter((entry) => entry.id !== id);
  const view = (pending: readonly PendingCommand[]) => rules.view(state.confirmed, pending, policy);

  return {
    state: () => state,
    find,
    view: ({ id } = {} as PendingCommand) => {
      const { pending } = state;
      const place = pending.findIndex((entry) => entry.id === id);
      return view(place < 0 ? pending : pending.slice(0, place));
    },
    getSnapshot() {
      if (!last || lastState !== state) last = viewOf(name, state, setting, last);
      lastState = state;
      return last;
    },
    listen: listeners.add,
    write,
    update(id, changes) {
      write({ pending: state.pending.map((entry) => (entry.id === id ? { ...entry, ...changes } : entry)) });
      const entry = find(id);
      if (entry) onChange(entry);
    },
    rollBack(entry, outcome, reason) {
      const { id, sandboxId, command } = entry;
      const from = view(state.pending)?.status ?? null;
      const to = view(without(id))?.status ?? null;
      write(rules.rollBack(state, { id, sandboxId, command, outcome, reason, at: clock.now(), from, to }));
      end(entry, { outcome, reason });
    },
    finish(entry, settlement) {
      write({ pending: without(entry.id) });
      end(entry, settlement);
    },
    isOver: (id) => over.has(id),
  };
}

/** Whether a command that went well has changed anything, as far as that can be told. */
function outcomeOf(
  { id, version, isUnchanged }: PendingCommand,
  { timeline }: State,
): 'applied' | 'unchanged' {
  if (timeline.some(({ cause }) => cause === id)) return 'applied';
  // The version that it led to is somebody else's.
  return isUnchanged || timeline.some(({ sandbox }) => sandbox.version === version) ? 'unchanged' : 'applied';
}
