import { type Clock, systemClock } from '../../utils/clock.ts';
import { clientDisposed } from '../replica/command-deadlines.ts';
import { createReadiness } from '../replica/readiness.ts';
import type { Readable } from '../replica/sandbox-client.ts';
import { createSubscriptions } from '../replica/subscriptions.ts';
import type { SandboxListClient } from '../sandbox-list-client.ts';
import { type ClientTimes, defaultTimes } from '../transport/times.ts';
import type { Transport } from '../transport/transport.ts';
import { followCaptures } from './follow-captures.ts';
import { createSnapshotDeletions, type SnapshotDeletion } from './snapshot-deletions.ts';
import { createSnapshotReader } from './snapshot-reader.ts';
import { createSnapshotStore } from './snapshot-store.ts';
import type { SnapshotListView } from './snapshot-view.ts';

/** Options of a client of the snapshots of a namespace. */
export interface SnapshotListClientOptions {
  readonly transport: Transport;
  /** The list of the same namespace. The client reads the snapshots again when a sandbox begins or ends one. */
  readonly list?: SandboxListClient | undefined;
  /** The clock of this machine unless given. */
  readonly clock?: Clock | undefined;
  /** Time limits and intervals, in ms. */
  readonly times?: Partial<ClientTimes> | undefined;
  /** Numbers from 0 to below 1: `Math.random` unless given. */
  readonly random?: (() => number) | undefined;
}

/** A client of the snapshots of a namespace. `useSandbox` accepts it. */
export interface SnapshotListClient extends Readable<SnapshotListView> {
  /** Resolves when the snapshots have been read. Rejects with the problem after `times.deadlineMs`, and when it is disposed. */
  readonly ready: Promise<void>;
  /** Reads the snapshots from the server now. */
  refresh(): void;
  /**
   * Deletes a snapshot. It disappears at once, and is shown again if the server refuses. The promise never rejects, and resolves
   * within `times.deadlineMs`. A second call while the deletion is pending joins the first.
   */
  delete(id: string): Promise<SnapshotDeletion>;
  /** Dismisses the rollback of one snapshot, or all. */
  dismiss(id?: string): void;
  /** Stops all timers and reads. A later `subscribe` starts again. */
  dispose(): void;
}

/**
 * Creates a client of the snapshots of a namespace. Sends nothing before the first `subscribe`, `refresh`, `delete` or access to
 * `ready`. Reads again every `times.pollMs` while a capture is in progress and the client is subscribed to.
 *
 * @example
 * const snapshots = createSnapshotListClient({ transport, list });
 * await snapshots.ready;
 * await snapshots.delete(snapshots.getSnapshot().snapshots[0].id);
 */
export function createSnapshotListClient(options: SnapshotListClientOptions): SnapshotListClient {
  const { transport, list, clock = systemClock(), random = Math.random } = options;
  const context = { transport, clock, random, times: { ...defaultTimes, ...options.times } };
  const store = createSnapshotStore();
  const first = store.getSnapshot();
  let isStarted = false;
  let stopFollowing = () => {};

  const reader = createSnapshotReader(context, {
    isKept: () => isStarted || !store.getSnapshot().isLoaded,
    onRead(snapshots) {
      store.read(snapshots);
      ready.settle();
    },
    onProblem: (problem) => store.show({ problem }),
  });
  const { read } = reader;
  const deletions = createSnapshotDeletions(context, store, read);
  const ready = createReadiness(context, read, () => store.getSnapshot().problem);
  const subscriptions = createSubscriptions(context, ready.isAwaited, release);

  function start(): void {
    subscriptions.started();
    if (isStarted) return;
    isStarted = true;
    if (list) stopFollowing = followCaptures(list, read);
    read();
  }

  function release(): void {
    isStarted = false;
    subscriptions.stopped();
    reader.stop();
    stopFollowing();
    stopFollowing = () => {};
  }

  return {
    getSnapshot: store.getSnapshot,
    getServerSnapshot: () => first,
    get ready() {
      return ready.promise();
    },
    subscribe(listener) {
      const unsubscribe = subscriptions.add(() => store.subscribe(listener));
      start();
      return unsubscribe;
    },
    refresh: read,
    delete: deletions.delete,
    dismiss: (id) =>
      store.show({
        rollbacks: store.getSnapshot().rollbacks.filter((one) => id !== undefined && one.id !== id),
      }),
    dispose() {
      release();
      ready.settle(clientDisposed);
    },
  };
}
