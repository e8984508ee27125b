import type { Clock } from '../../utils/clock.ts';
import type { Host } from '../host.ts';
import type { Store } from '../store/store.ts';
import { mustBeStorable } from './bounds.ts';
import type { Idempotency } from './idempotency.ts';
import type { Lookup } from './lookup.ts';
import { type RetryTiming, retryOnConflict } from './retry-on-conflict.ts';
import type { StoredForms } from './stored-result.ts';

/** The parts of a host that read and delete snapshots. */
interface SnapshotCommandParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: RetryTiming['random'];
  readonly idempotency: Idempotency;
  readonly forms: StoredForms;
  readonly lookup: Lookup;
  /** Removes deleted snapshots from the platform, in the background. */
  readonly removeSnapshots: () => void;
}

/** Creates the part of a host that reads and deletes snapshots. */
export function createSnapshotCommands({
  store,
  clock,
  random,
  idempotency,
  forms,
  lookup,
  removeSnapshots,
}: SnapshotCommandParts): Pick<Host, 'getSnapshot' | 'listSnapshots' | 'deleteSnapshot'> {
  return {
    getSnapshot: (namespace, id) => lookup.snapshot(namespace, id),
    listSnapshots: (query) => store.listSnapshots(query),
    async deleteSnapshot(namespace, id, { idempotencyKey: key } = {}) {
      const request = ['deleteSnapshot', id];
      mustBeStorable({ idempotencyKey: key });
      await idempotency.runOnce({ namespace, key, request }, forms.nothing, (keep) =>
        retryOnConflict(
          async () => {
            const snapshotBefore = await lookup.snapshot(namespace, id, { evenDeleted: true });
            const deletedSnapshot = { id, at: clock.now() };
            const response = keep(null);
            await store.commit({ deletedSnapshot, snapshotBefore, ...(response && { response }) });
            return null;
          },
          { clock, random },
        ),
      );
      removeSnapshots();
    },
  };
}
