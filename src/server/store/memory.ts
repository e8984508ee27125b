import { createSandboxTable } from './memory/sandbox-table.ts';
import { createSnapshotTable } from './memory/snapshot-table.ts';
import { type HistoryRow, KeyUsedError, type Store, type StoredResponse } from './store.ts';

/**
 * Creates a store in memory, for tests and trials. Its data ends with the process.
 *
 * @example
 * const host = await createHost({ store: memoryStore(), driver });
 */
export function memoryStore(): Store {
  const sandboxes = createSandboxTable();
  const snapshots = createSnapshotTable();
  const rows: HistoryRow[] = [];
  const responses = new Map<string, StoredResponse>();

  return {
    async commit({ change, snapshot, deletedSnapshot, response }) {
      if (change) sandboxes.mustFit(change);
      const key = response && keyOf(response.namespace, response.key);
      if (response && key !== undefined && responses.has(key)) throw new KeyUsedError(response.key);
      // Nothing below can throw, so the commit is atomic.
      if (change) sandboxes.put(change.after);
      if (snapshot) snapshots.put(snapshot);
      if (deletedSnapshot !== undefined) snapshots.delete(deletedSnapshot);
      if (response && key !== undefined) responses.set(key, structuredClone(response));
      if (!change?.history) return { sequence: null };
      for (const row of [...(change.earlier ?? []), change.history])
        rows.push({ sequence: rows.length + 1, ...structuredClone(row) });
      return { sequence: rows.length };
    },
    ...sandboxes.queries,
    ...snapshots.queries,
    async history({ after, limit, namespace, sandboxId, afterVersion = 0 }) {
      return rows
        .filter(
          (row) =>
            row.sequence > after &&
            row.version > afterVersion &&
            (namespace === undefined || row.namespace === namespace) &&
            (sandboxId === undefined || row.sandboxId === sandboxId),
        )
        .slice(0, limit);
    },
    lastSequence: async () => rows.length,
    response: async (namespace, key) => responses.get(keyOf(namespace, key)),
    async forgetResponses(before) {
      for (const [key, { at }] of responses) if (at < before) responses.delete(key);
    },
    async close() {},
  };
}

const keyOf = (namespace: string, key: string) => JSON.stringify([namespace, key]);
