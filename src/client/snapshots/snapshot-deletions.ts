import { type RequestContext, type RequestReply, repeatRequest } from '../requests/repeat-request.ts';
import type { Reason } from '../transport/command-request.ts';
import type { SnapshotStore } from './snapshot-store.ts';
import type { SnapshotRollback } from './snapshot-view.ts';

/** How a deletion ended. */
export interface SnapshotDeletion {
  /** `unchanged`: there was no such snapshot any more. */
  readonly outcome: 'applied' | 'unchanged' | SnapshotRollback['outcome'];
  readonly reason: Reason | null;
}

/** The deletions of snapshots. */
export interface SnapshotDeletions {
  /** Deletes a snapshot; joins a pending deletion of it. */
  delete(id: string): Promise<SnapshotDeletion>;
}

/** Creates the deletions of the snapshots in this store. `read` is called when it is not known whether a snapshot exists. */
export function createSnapshotDeletions(
  context: RequestContext,
  store: SnapshotStore,
  read: () => void,
): SnapshotDeletions {
  const { clock, times } = context;
  const pending = new Map<string, Promise<SnapshotDeletion>>();

  function remove(id: string): Promise<SnapshotDeletion> {
    const deletion = new Promise<SnapshotDeletion>((resolve) => {
      const request = {
        path: `/snapshots/${encodeURIComponent(id)}`,
        init: { method: 'DELETE' },
        isIdempotent: true,
        deadline: clock.now() + times.deadlineMs,
        mayHaveHappened: 'The snapshot may have been deleted.',
        read: () => Promise.resolve(null),
      };
      repeatRequest<null>(context, request, (reply) => resolve(onReply(id, reply)));
    });
    pending.set(id, deletion);
    store.hide(id);
    return deletion;
  }

  function onReply(id: string, reply: RequestReply<null>): SnapshotDeletion {
    pending.delete(id);
    if (reply.outcome === 'done') return { outcome: 'applied', reason: null };
    if (reply.outcome === 'refused' && reply.status === 404) return { outcome: 'unchanged', reason: null };
    const { outcome, reason } = reply;
    store.restore({ id, outcome, reason, at: clock.now() });
    if (outcome === 'unknown') read();
    return { outcome, reason };
  }

  return { delete: (id) => pending.get(id) ?? remove(id) };
}
