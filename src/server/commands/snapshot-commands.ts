import type { Host } from '../host.ts';
import type { Store } from '../store/store.ts';
import type { Idempotency } from './idempotency.ts';
import type { Lookup } from './lookup.ts';

/** The parts of a host that read and delete snapshots. */
interface SnapshotCommandParts {
  readonly store: Store;
  readonly idempotency: Idempotency;
  readonly lookup: Lookup;
  /** Removes deleted snapshots from the platform, in the background. */
  readonly removeSnapshots: () => void;
}

/** Creates the part of a host that reads and deletes snapshots. */
export function createSnapshotCommands({
  store,
  idempotency,
  lookup,
  removeSnapshots,
}: SnapshotCommandParts): Pick<Host, 'getSnapshot' | 'listSnapshots' | 'deleteSnapshot'> {
  return {
    getSnapshot: lookup.snapshot,
    listSnapshots: (namespace) => store.listSnapshots(namespace),
    async deleteSnapshot(namespace, id, { idempotencyKey: key } = {}) {
      const request = ['deleteSnapshot', id];
      await idempotency.runOnce<null>({ namespace, key, request }, async (keep) => {
        await lookup.snapshot(namespace, id);
        const response = keep(null);
        await store.commit({ deletedSnapshot: id, ...(response && { response }) });
        return null;
      });
      removeSnapshots();
    },
  };
}
