import { NotFoundError, RuleError } from '../errors.ts';
import { BrokenRecordError, type SandboxEntry, type SnapshotRecord, type Store } from '../store/store.ts';

/** Finds what a namespace has. What another one has is as unknown as what nobody has. */
export interface Lookup {
  /** By its id, else by its name. Throws `NotFoundError`, `BrokenRecordError`. */
  sandbox(namespace: string, idOrName: string): Promise<SandboxEntry>;
  /** Throws `NotFoundError`. */
  snapshot(namespace: string, id: string): Promise<SnapshotRecord>;
  /** A snapshot that a sandbox can be made from. Throws `NotFoundError`, `RuleError`. */
  restorable(namespace: string, id: string): Promise<SnapshotRecord>;
}

/** A lookup in a store. */
export function createLookup(store: Store): Lookup {
  return {
    async sandbox(namespace, idOrName) {
      const byId = await store.get(idOrName).catch((error) => unlessForeign(error, namespace));
      if (byId?.namespace === namespace) return byId;
      const byName = await store.getByName(namespace, idOrName);
      if (byName === undefined) throw new NotFoundError('sandbox', idOrName);
      return byName;
    },
    snapshot,
    async restorable(namespace, id) {
      const found = await snapshot(namespace, id);
      if (found.status === 'completed' || found.status === 'local_ready') return found;
      const help = found.status === 'failed' ? 'take a new one' : 'try again when it is completed';
      throw new RuleError(`Cannot restore from snapshot ${id}: it is ${found.status}; ${help}.`);
    },
  };

  async function snapshot(namespace: string, id: string): Promise<SnapshotRecord> {
    const found = await store.getSnapshot(id);
    if (found?.namespace !== namespace) throw new NotFoundError('snapshot', id);
    return found;
  }
}

/** That something is broken is told to its own namespace only. */
function unlessForeign(error: unknown, namespace: string): undefined {
  if (error instanceof BrokenRecordError && error.row.namespace !== namespace) return undefined;
  throw error;
}
