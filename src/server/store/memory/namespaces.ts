import type { StoredResponse } from '../records.ts';
import type { NamespaceDeletion, StoreNamespaces } from '../store.ts';
import type { HistoryTable } from './history-table.ts';
import type { SandboxTable } from './sandbox-table.ts';
import type { SnapshotTable } from './snapshot-table.ts';

/** The data of a memory store. */
interface MemoryData {
  readonly sandboxes: Pick<SandboxTable, 'inNamespace' | 'remove'>;
  readonly snapshots: Pick<SnapshotTable, 'countOf' | 'removeDeleted'>;
  readonly history: Pick<HistoryTable, 'deleteNewest'>;
  readonly responses: Map<string, StoredResponse>;
}

/** The deletion of namespaces of a memory store. */
interface MemoryNamespaces extends StoreNamespaces {
  /** Whether the deletion of a namespace is recorded. */
  isDeleting(namespace: string): boolean;
}

/** Creates the deletion of namespaces of a memory store. */
export function createNamespaces({ sandboxes, snapshots, history, responses }: MemoryData): MemoryNamespaces {
  const deletions = new Map<string, NamespaceDeletion>();
  const responsesOf = (namespace: string) =>
    [...responses].filter(([, response]) => response.namespace === namespace);

  return {
    isDeleting: (namespace) => deletions.has(namespace),
    recorded: async () => [...deletions.values()],
    async record(namespace, deletion) {
      if (deletion === null) deletions.delete(namespace);
      else deletions.set(namespace, structuredClone(deletion));
    },
    async deleteRows(namespace, limit) {
      const expired = responsesOf(namespace).slice(0, limit);
      for (const [key] of expired) responses.delete(key);
      let deleted = expired.length + snapshots.removeDeleted(namespace, limit);
      if (snapshots.countOf(namespace) > 0) return deleted;
      for (const { sandbox, released } of sandboxes.inNamespace(namespace)) {
        if (sandbox.status !== 'terminated' || !released) continue;
        deleted += history.deleteNewest(sandbox.id, Math.max(0, limit - deleted));
        if (deleted >= limit) break;
        sandboxes.remove(sandbox.id);
        deleted += 1;
      }
      return deleted;
    },
    isEmpty: async (namespace) =>
      sandboxes.inNamespace(namespace).length +
        snapshots.countOf(namespace) +
        responsesOf(namespace).length ===
      0,
  };
}
