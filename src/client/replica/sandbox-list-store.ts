import type { SandboxListView } from '../sandbox-list-client.ts';
import { createListeners } from './listeners.ts';
import { createViewOrder, type ViewSource } from './view-order.ts';

type ListConnection = Pick<SandboxListView, 'connection' | 'problem'>;

/** The view of a list, computed from its sources, and its listeners. */
export interface SandboxListStore {
  getSnapshot(): SandboxListView;
  subscribe(listener: () => void): () => void;
  connection(): ListConnection;
  /** Stores the connection state. The next batch or change shows it. */
  setConnection(...connection: [ListConnection['connection'], ListConnection['problem']]): void;
  /** Notes that a source is new or has changed, and notifies the listeners; within a batch, at its end. */
  changed(source: ViewSource): void;
  /** Removes a source, and notifies the listeners as `changed` does. */
  remove(source: ViewSource): void;
  /** Runs `update`, then notifies the listeners once. Until then, the view stays as it was. */
  batch<Result>(update: () => Result): Result;
  /** Notes that the complete list has arrived. */
  setLoaded(): void;
}

/** Creates the store of a list. `isLoaded`: the sandboxes are known already. */
export function createSandboxListStore(isLoaded: boolean): SandboxListStore {
  const { add, notify } = createListeners();
  const order = createViewOrder();
  let connection: ListConnection = { connection: 'stale', problem: null };
  let view: SandboxListView | undefined;
  let isOutdated = true;
  let batches = 0;

  function outdate(): void {
    if (batches > 0) return;
    isOutdated = true;
    notify();
  }

  function compute(): SandboxListView {
    isOutdated = false;
    const next = { sandboxes: order.views(), isLoaded, ...connection };
    const isSame = view && keysOf(next).every((key) => view?.[key] === next[key]);
    view = isSame ? view : Object.freeze(next);
    return view as SandboxListView;
  }

  return {
    getSnapshot: () => (isOutdated ? compute() : (view as SandboxListView)),
    subscribe: add,
    connection: () => connection,
    setConnection(state, problem) {
      connection = { connection: state, problem };
    },
    changed(source) {
      order.changed(source);
      outdate();
    },
    remove(source) {
      order.remove(source);
      outdate();
    },
    batch(update) {
      batches++;
      try {
        return update();
      } finally {
        batches--;
        outdate();
      }
    },
    setLoaded() {
      isLoaded = true;
    },
  };
}

const keysOf = (view: SandboxListView) => Object.keys(view) as (keyof SandboxListView)[];
