import type { SandboxListView } from '../sandbox-list-client.ts';
import { createListeners } from './listeners.ts';
import type { Replica } from './replica.ts';
import type { SandboxView } from './view.ts';

type ListConnection = Pick<SandboxListView, 'connection' | 'problem'>;

/** The view of a list, computed from the replicas, and its listeners. */
export interface SandboxListStore {
  getSnapshot(): SandboxListView;
  subscribe(listener: () => void): () => void;
  connection(): ListConnection;
  /** Stores the connection state without notifying the listeners. */
  setConnection(...connection: [ListConnection['connection'], ListConnection['problem']]): void;
  /** Discards the view and notifies the listeners. */
  changed(): void;
  /** Runs `update`, then notifies the listeners once. `isComplete`: the update is the complete list. */
  batch<Result>(isComplete: boolean, update: () => Result): Result;
}

/** Creates the store of a list. `isLoaded`: the sandboxes are known already. */
export function createSandboxListStore(
  isLoaded: boolean,
  replicas: () => readonly Replica[],
): SandboxListStore {
  const { add, notify } = createListeners();
  let connection: ListConnection = { connection: 'stale', problem: null };
  let view: SandboxListView | undefined;
  let isBatching = false;

  function changed(): void {
    if (isBatching) return;
    view = undefined;
    notify();
  }

  return {
    getSnapshot() {
      view ??= Object.freeze({ sandboxes: viewsOf(replicas()), isLoaded, ...connection });
      return view;
    },
    subscribe: add,
    connection: () => connection,
    setConnection(state, problem) {
      connection = { connection: state, problem };
    },
    changed,
    batch(isComplete, update) {
      isBatching = true;
      const result = update();
      isLoaded ||= isComplete;
      isBatching = false;
      changed();
      return result;
    },
  };
}

/** The views of all known sandboxes, newest first. */
function viewsOf(replicas: readonly Replica[]): SandboxView[] {
  return replicas
    .map(({ client }) => client.getSnapshot())
    .filter(({ sandbox }) => sandbox !== null)
    .sort((a, b) => createdAt(b) - createdAt(a) || (a.id < b.id ? -1 : 1));
}

const createdAt = ({ sandbox }: SandboxView) => sandbox?.createdAt ?? 0;
