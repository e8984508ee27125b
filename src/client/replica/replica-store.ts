import type { Sandbox } from '../../model/sandbox.ts';
import type { Reason } from '../transport/command-request.ts';
import type { ClientContext } from './client-context.ts';
import { createListeners } from './listeners.ts';
import type { PendingCommand, Rollback, Settlement } from './pending-command.ts';
import { initialState, type SandboxUpdate, type State } from './state.ts';
import { commandViewsOf, type SandboxView, stateViewOf } from './view.ts';

/** The state of one sandbox, the view computed from it, and its listeners. */
export interface ReplicaStore {
  state(): State;
  find(id: string): PendingCommand | undefined;
  /** The sandbox with all pending commands replayed, or with those that precede `before`. */
  view(before?: PendingCommand): Sandbox | null;
  getSnapshot(): SandboxView;
  subscribe(listener: () => void): () => void;
  /** Writes changes and, in the same step, settles the commands that the confirmed state then includes. */
  write(changes: Partial<State>, update?: SandboxUpdate): void;
  /** Runs a function, and notifies the listeners once, after it. */
  batch(run: () => void): void;
  /** Changes the entry of a command. */
  update(id: string, changes: Partial<PendingCommand>): void;
  /** Rolls back one command with this reason. */
  rollBack(entry: PendingCommand, outcome: Rollback['outcome'], reason: Reason): void;
  /** Gives up a command whose result cannot be known any more: rolls it back if this tab sends it, and else only removes it. */
  giveUp(entry: PendingCommand, message: string): void;
  /** Settles a command and removes it from the pending ones. */
  settle(entry: PendingCommand, settlement: Settlement): void;
  isSettled(id: string): boolean;
}

const noUpdate = { changes: [], requestedAt: 0 };

/** Creates a store. `onChange` is called when a command changes and, with its settlement, once when it settles. */
export function createReplicaStore(
  context: ClientContext,
  name: string,
  initial: Sandbox | undefined,
  onChange: (entry: PendingCommand, settlement?: Settlement) => void,
): ReplicaStore {
  const { reconciliation, policy, clock, tabId } = context;
  let state = initialState(initial);
  let lastView: SandboxView | undefined;
  let lastState: State | undefined;
  const listeners = createListeners();
  const settled = new Set<string>();

  function write(
    changes: Partial<State>,
    update: Pick<SandboxUpdate, 'changes' | 'requestedAt'> = noUpdate,
  ): void {
    const next = { ...state, ...changes };
    const { confirmed } = next;
    const included = next.pending.filter(
      (entry) => confirmed && reconciliation.includes(confirmed, update, entry),
    );
    const pending = next.pending.filter((entry) => !included.includes(entry));
    state = included.length > 0 ? { ...next, pending } : next;
    listeners.notify();
    for (const entry of included) reportSettled(entry, { outcome: outcomeOf(entry, state), reason: null });
  }

  function reportSettled(entry: PendingCommand, settlement: Settlement): void {
    settled.add(entry.id);
    onChange(entry, settlement);
  }

  const find = (id: string) => state.pending.find((entry) => entry.id === id);
  const without = (id: string) => state.pending.filter((entry) => entry.id !== id);
  const view = (pending: readonly PendingCommand[]) => reconciliation.view(state.confirmed, pending, policy);

  function rollBack(entry: PendingCommand, outcome: Rollback['outcome'], reason: Reason): void {
    const { id, sandboxId, command } = entry;
    const from = view(state.pending)?.status ?? null;
    const to = view(without(id))?.status ?? null;
    const rollback = { id, sandboxId, command, outcome, reason, at: clock.now(), from, to };
    write(reconciliation.rollBack(state, rollback));
    reportSettled(entry, { outcome, reason });
  }

  function settle(entry: PendingCommand, settlement: Settlement): void {
    write({ pending: without(entry.id) });
    reportSettled(entry, settlement);
  }

  return {
    state: () => state,
    find,
    view: (before) => view(state.pending.slice(0, before && state.pending.indexOf(before))),
    getSnapshot() {
      if (lastState !== state) {
        const next = stateViewOf(name, state, context, lastView);
        lastView = Object.freeze({ ...next, commands: commandViewsOf(next, lastView?.commands) });
      }
      lastState = state;
      return lastView as SandboxView;
    },
    subscribe: listeners.add,
    batch: listeners.batch,
    write,
    update(id, changes) {
      write({ pending: state.pending.map((entry) => (entry.id === id ? { ...entry, ...changes } : entry)) });
      const entry = find(id);
      if (entry) onChange(entry);
    },
    rollBack,
    giveUp(entry, message) {
      const outcome = entry.tries > 0 ? 'unknown' : 'dropped';
      const reason: Reason = { code: 'no_answer', message };
      if (entry.owner === tabId) rollBack(entry, outcome, reason);
      else settle(entry, { outcome, reason });
    },
    settle,
    isSettled: (id) => settled.has(id),
  };
}

/** Whether a successful command has changed anything, as far as the timeline shows it. */
function outcomeOf(
  { id, version, isUnchanged }: PendingCommand,
  { timeline }: State,
): 'applied' | 'unchanged' {
  if (timeline.some(({ cause }) => cause === id)) return 'applied';
  // If the timeline has its version, another request caused that version.
  return isUnchanged || timeline.some(({ sandbox }) => sandbox.version === version) ? 'unchanged' : 'applied';
}
