import type { HistoryRow } from '../records.ts';
import type { StoreRetention } from '../retention.ts';
import type { Store } from '../store.ts';

/** The history of a memory store. */
export interface HistoryTable {
  /** Adds a row, and returns its sequence. */
  add(row: Omit<HistoryRow, 'sequence'>): number;
  /** Deletes the newest rows of a sandbox, at most `limit`. Returns their number. */
  deleteNewest(sandboxId: string, limit: number): number;
  readonly queries: Pick<Store, 'history' | 'lastSequence'>;
  readonly retention: Pick<StoreRetention, 'cutHistory' | 'lastDeleted'>;
}

/** Creates an empty table. */
export function createHistoryTable(): HistoryTable {
  let rows: HistoryRow[] = [];
  let lastSequence = 0;
  /** The greatest sequence of the deleted rows of each namespace. */
  const lastDeleted = new Map<string, number>();
  const of = (sandboxId: string) => rows.filter((row) => row.sandboxId === sandboxId);

  function deleteRows(deleted: readonly HistoryRow[]): number {
    const sequences = new Set(deleted.map(({ sequence }) => sequence));
    rows = rows.filter(({ sequence }) => !sequences.has(sequence));
    for (const { namespace, sequence } of deleted)
      lastDeleted.set(namespace, Math.max(lastDeleted.get(namespace) ?? 0, sequence));
    return deleted.length;
  }

  return {
    add(row) {
      rows.push({ sequence: ++lastSequence, ...structuredClone(row) });
      return lastSequence;
    },
    deleteNewest: (sandboxId, limit) => deleteRows(of(sandboxId).reverse().slice(0, limit)),
    queries: {
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
      lastSequence: async () => lastSequence,
    },
    retention: {
      async cutHistory(sandboxId, kept, limit) {
        const present = of(sandboxId);
        const count = Math.min(present.length - kept, limit);
        const first = present[count];
        if (count <= 0 || first === undefined) return 0;
        rows[rows.indexOf(first)] = { ...first, isFirstKept: true };
        return deleteRows(present.slice(0, count));
      },
      lastDeleted: async (namespace) => lastDeleted.get(namespace) ?? 0,
    },
  };
}
