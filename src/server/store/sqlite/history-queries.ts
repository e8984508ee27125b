import type { Store } from '../store.ts';
import type { Database } from './database.ts';
import { toHistoryRow } from './rows.ts';
import { isText } from './text.ts';

/** Reads the history in the order of the commits. */
export function historyQueries(database: Database): Pick<Store, 'history' | 'lastSequence'> {
  const lastSequence = database.prepare('SELECT max(sequence) AS last FROM history');
  return {
    async history({ after, limit, namespace, sandboxId, afterVersion = 0 }) {
      if (!isText(namespace ?? '', sandboxId ?? '')) return [];
      const of = sandboxId !== undefined ? 'sandbox_id' : namespace !== undefined ? 'namespace' : undefined;
      // The same order, and the one that the index of a sandbox has.
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
