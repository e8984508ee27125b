import { NotFoundError, RuleError } from '../errors.ts';
import type { Host } from '../host.ts';
import { isUnreadable } from '../store/errors.ts';
import { answerHistory, createHistoryReader, type ReadHistory } from '../store/history-items.ts';
import { isRestorable } from '../store/indexed-fields.ts';
import type { SandboxEntry, SnapshotRecord } from '../store/records.ts';
import type { ArchivedSandbox } from '../store/retention.ts';
import type { Store } from '../store/store.ts';

/** Finds the records of a namespace. Records of other namespaces count as unknown. */
export interface Lookup {
  /** Finds by id, otherwise by name. Throws `NotFoundError`, `BrokenRecordError`, `NewerRecordError`. */
  sandbox(namespace: string, idOrName: string): Promise<SandboxEntry>;
  /** Finds an archived sandbox by id. Throws as {@link sandbox} does. */
  archived(namespace: string, id: string): Promise<ArchivedSandbox>;
  /** Reads the history of a sandbox. Throws as {@link sandbox} does. */
  readonly history: Host['history'];
  readonly historyItems: Host['historyItems'];
  /** `evenDeleted` also finds a deleted snapshot whose record the store still has. Throws `NotFoundError`. */
  snapshot(
    namespace: string,
    id: string,
    options?: { readonly evenDeleted?: boolean },
  ): Promise<SnapshotRecord>;
  /** Finds a snapshot from which a sandbox can be created. Throws `NotFoundError`, `RuleError`. */
  restorable(namespace: string, id: string): Promise<SnapshotRecord>;
}

/** Creates a lookup in a store. */
export function createLookup(store: Store, readHistory: ReadHistory = createHistoryReader(store)): Lookup {
  return {
    sandbox,
    async archived(namespace, id) {
      const archivedAt = (await store.retention?.archivedAt(id)) ?? null;
      const entry = archivedAt === null ? undefined : await sandbox(namespace, id);
      if (archivedAt === null || entry?.sandbox.id !== id) throw new NotFoundError('sandbox', id);
      return { ...entry, archivedAt };
    },
    async history(namespace, idOrName, { afterVersion = 0, limit = 1000 } = {}) {
      const { id: sandboxId } = (await sandbox(namespace, idOrName)).sandbox;
      return answerHistory({ sandboxId, after: 0, afterVersion, limit }, readHistory);
    },
    async historyItems(namespace, idOrName, { afterVersion = 0, limit = 1000 } = {}) {
      const { id: sandboxId } = (await sandbox(namespace, idOrName)).sandbox;
      return readHistory({ sandboxId, after: 0, afterVersion, limit });
    },
    snapshot,
    async restorable(namespace, id) {
      const found = await snapshot(namespace, id);
      if (isRestorable(found.status)) return found;
      const help = found.status === 'failed' ? 'take a new one' : 'retry when it is completed';
      throw new RuleError(`Cannot restore from snapshot ${id}: its status is ${found.status}; ${help}.`);
    },
  };

  async function sandbox(namespace: string, idOrName: string): Promise<SandboxEntry> {
    const byId = await store.get(idOrName).catch((error) => unlessForeign(error, namespace));
    if (byId?.namespace === namespace) return byId;
    const byName = await store.getByName(namespace, idOrName);
    if (byName === undefined) throw new NotFoundError('sandbox', idOrName);
    return byName;
  }

  async function snapshot(...[namespace, id, options]: Parameters<Lookup['snapshot']>) {
    const found = await store.getSnapshot(id, options);
    if (found?.namespace !== namespace) throw new NotFoundError('snapshot', id);
    return found;
  }
}

/** Hides a record that cannot be read from other namespaces. */
function unlessForeign(error: unknown, namespace: string): undefined {
  if (isUnreadable(error) && error.row.namespace !== namespace) return undefined;
  throw error;
}
