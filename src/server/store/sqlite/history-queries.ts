import type { Store } from '../store.ts';
import type { Database } from './database.ts';
import { toHistoryRow } from './rows.ts';
import { isText } from './text.ts';

/** Creates the queries of the history, in commit order. */
export function historyQueries(database: Database): Pick<Store, 'history' | 'lastSequence'> {
  const lastSequence = database.prepare('SELECT max(sequence) AS last FROM history');
  return {
    async history({ after, limit, namespace, sandboxId, afterVersion = 0 }) {
      if (!isText(namespace ?? '', sandboxId ?? '')) return [];
      const of = sandboxId !== undefined ? 'sandbox_id' : namespace !== undefined ? 'namespace' : undefined;
      // Both orders are the same within a sandbox, but the index of a sandbox is by version.
      const order = sandboxId !== undefined ? 'version' : 'sequence';
      const rows = database
        .prepare(
          `SELECT h.*, p.policy FROM history h LEFT JOIN policies p ON p.id = h.policy
           WHERE h.sequence > ? AND h.version > ? ${of ? `AND h.${of} = ?` : ''} ORDER BY h.${order} LIMIT ?`,
        )
        .all(after, afterVersion, ...(of ? [sandboxId ?? namespace ?? ''] : []), limit);
      return rows.map(toHistoryRow);
    },
    async lastSequence() {
      return Number(lastSequence.get()?.['last'] ?? 0);
    },
  };
}
