import { createListeners } from '../replica/listeners.ts';
import { reuseIfEqual } from '../replica/reuse-if-equal.ts';
import type { SnapshotListView, SnapshotView } from './snapshot-view.ts';

/** The snapshots that were read last, without the hidden ones, and the listeners of their view. */
export interface SnapshotStore {
  getSnapshot(): SnapshotListView;
  subscribe(listener: () => void): () => void;
  /** Shows the snapshots that were read. */
  read(snapshots: readonly SnapshotView[]): void;
  /** Shows changes of the view. */
  show(changes: Partial<Omit<SnapshotListView, 'snapshots'>>): void;
  /** Hides a snapshot that is being deleted. */
  hide(id: string): void;
  /** Shows a snapshot again, with its rollback. */
  restore(rollback: SnapshotListView['rollbacks'][number]): void;
}

/** Creates a store of snapshots that have not been read. */
export function createSnapshotStore(): SnapshotStore {
  const { add, notify } = createListeners();
  const hidden = new Set<string>();
  let all: readonly SnapshotView[] = [];
  let view: SnapshotListView = Object.freeze({
    snapshots: all,
    isLoaded: false,
    problem: null,
    rollbacks: [],
  });

  function show(changes: Partial<SnapshotListView>): void {
    const snapshots = reuseIfEqual(
      all.filter(({ id }) => !hidden.has(id)),
      view.snapshots,
    );
    view = Object.freeze({ ...view, ...changes, snapshots });
    notify();
  }

  return {
    getSnapshot: () => view,
    subscribe: add,
    read(snapshots) {
      // A snapshot that did not change remains the identical object.
      const known = new Map(all.map((one) => [one.id, one]));
      all = snapshots.map((one) => reuseIfEqual(one, known.get(one.id)));
      show({ isLoaded: true, problem: null });
    },
    show,
    hide(id) {
      hidden.add(id);
      show({});
    },
    restore(rollback) {
      hidden.delete(rollback.id);
      show({ rollbacks: [...view.rollbacks, rollback] });
    },
  };
}
