import { answerHistory, type ReadHistory } from '../history-items.ts';
import { type Row, toHistoryItem } from '../rows.ts';
import type { Store } from '../store.ts';
import { isText } from '../text.ts';
import type { Connections } from './connections.ts';

/** Creates the queries of the history, in commit order. */
export function historyQueries({ read, source }: Connections): Pick<Store, 'history' | 'lastSequence'> {
  const readItems: ReadHistory = async ({ after, limit, namespace, sandboxId, afterVersion = 0 }) => {
    if (!isText(namespace ?? '', sandboxId ?? '')) return [];
    const of = sandboxId !== undefined ? 'sandbox_id' : namespace !== undefined ? 'namespace' : undefined;
    // Both orders are the same within a sandbox, but the index of a sandbox is by version.
    const order = sandboxId !== undefined ? 'version' : 'sequence';
    const rows = await read<Row>(
      `SELECT h.*, p.policy FROM history h LEFT JOIN policies p ON p.id = h.policy
       WHERE h.sequence > $1::bigint AND h.version > $2::bigint ${of ? `AND h.${of} = $4` : ''}
       ORDER BY h.${order} LIMIT $3`,
      [after, afterVersion, limit, ...(of ? [sandboxId ?? namespace] : [])],
    );
    return rows.map((row) => toHistoryItem(row, source));
  };
  return {
    history: (query) => answerHistory(query, readItems),
    async lastSequence() {
      const [row] = await read<{ last: number }>('SELECT last FROM position');
      return row?.last ?? 0;
    },
  };
}
