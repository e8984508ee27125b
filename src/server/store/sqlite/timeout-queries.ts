import { recordSchema } from '../schemas.ts';
import type { DueTimeout, Store } from '../store.ts';
import type { Database } from './database.ts';

/** The conditions of the two indexes of timeouts: the suspended limits, and all others. */
const conditions = {
  discards: "timeout_at IS NOT NULL AND broken IS NULL AND status = 'suspended' AND unsettled = 0",
  timeouts: "timeout_at IS NOT NULL AND broken IS NULL AND (status <> 'suspended' OR unsettled = 1)",
} as const;

/** Creates the queries of the due timeouts and of the next timeout. */
export function timeoutQueries(database: Database): Pick<Store, 'due' | 'nextTimeoutAt'> {
  const discards = readerOf(database, 'discards');
  const others = readerOf(database, 'timeouts');
  const due = (at: number, limit: number, withoutDiscards = false): DueTimeout[] => {
    const found = others(at, limit);
    if (withoutDiscards) return found;
    return [...found, ...discards(at, limit)].sort((a, b) => a.timeoutAt - b.timeoutAt).slice(0, limit);
  };
  return {
    due: async (at, limit, query) => due(at, limit, query?.withoutDiscards),
    nextTimeoutAt: async (query) =>
      due(Number.MAX_SAFE_INTEGER, 1, query?.withoutDiscards)[0]?.timeoutAt ?? null,
  };
}

/** Creates a query that reads one of the indexes, in order, at most `limit` entries. */
function readerOf(
  database: Database,
  index: keyof typeof conditions,
): (at: number, limit: number) => DueTimeout[] {
  const select = database.prepare(
    `SELECT id, timeout_at FROM sandboxes INDEXED BY ${index} WHERE ${conditions[index]} AND timeout_at <= ? AND oldest_reader <= ${recordSchema}
     ORDER BY timeout_at LIMIT ?`,
  );
  return (at, limit) =>
    select
      .all(at, limit)
      .map((row) => ({ sandboxId: String(row['id']), timeoutAt: Number(row['timeout_at']) }));
}
