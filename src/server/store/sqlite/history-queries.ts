import { answerHistory, type ReadHistory } from '../history-items.ts';
import { toHistoryItem } from '../rows.ts';
import type { Store } from '../store.ts';
import { isText } from '../text.ts';
import { type Database, sourceOf } from './database.ts';

/** Creates the queries of the history, in commit order. Each is a seek in the order of one index. */
export function historyQueries(database: Database): Pick<Store, 'history' | 'lastSequence'> {
  const lastSequence = database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'history'");
  const versionAt = createVersionSearch(database);
  const select = (source: string, order: string) =>
    database.prepare(
      `SELECT h.*, p.policy FROM history h ${source} ORDER BY h.${order} LIMIT ?`.replace(
        'WHERE',
        'LEFT JOIN policies p ON p.id = h.policy WHERE',
      ),
    );
  const ofAll = select('WHERE h.sequence > ?', 'sequence');
  const ofNamespace = select(
    'INDEXED BY history_of_namespace WHERE h.namespace = ? AND h.sequence > ?',
    'sequence',
  );
  const ofSandbox = select(
    'INDEXED BY history_of_sandbox WHERE h.sandbox_id = ? AND h.version > ?',
    'version',
  );
  const source = sourceOf(database);
  const read: ReadHistory = async ({ after, limit, namespace, sandboxId, afterVersion = 0 }) => {
    if (!isText(namespace ?? '', sandboxId ?? '')) return [];
    if (sandboxId !== undefined) {
      const version = Math.max(afterVersion, versionAt(sandboxId, after));
      return ofSandbox.all(sandboxId, version, limit).map((row) => toHistoryItem(row, source));
    }
    const rows = namespace === undefined ? ofAll.all(after, limit) : ofNamespace.all(namespace, after, limit);
    return rows.map((row) => toHistoryItem(row, source));
  };
  return {
    history: (query) => answerHistory(query, read),
    async lastSequence() {
      return Number(lastSequence.get()?.['seq'] ?? 0);
    },
  };
}

/**
 * Creates the search for the last version of a sandbox up to a sequence; 0 without one. The sequences of a sandbox grow with
 * its versions, so it needs about as many lookups as the number of versions has bits.
 */
function createVersionSearch(database: Database): (sandboxId: string, sequence: number) => number {
  const at = database.prepare('SELECT sandbox_id, version FROM history WHERE sequence = ?');
  const fromVersion = database.prepare(
    'SELECT version, sequence FROM history INDEXED BY history_of_sandbox WHERE sandbox_id = ? AND version >= ? ORDER BY version LIMIT 1',
  );
  const last = database.prepare(
    'SELECT max(version) AS version FROM history INDEXED BY history_of_sandbox WHERE sandbox_id = ?',
  );

  return (sandboxId, sequence) => {
    if (sequence <= 0) return 0;
    // A reader that follows a sandbox is at one of its rows.
    const row = at.get(sequence);
    if (row?.['sandbox_id'] === sandboxId) return Number(row['version']);
    let before = 0;
    let after = Number(last.get(sandboxId)?.['version'] ?? 0) + 1;
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      const found = fromVersion.get(sandboxId, middle);
      if (found !== undefined && Number(found['sequence']) <= sequence) before = Number(found['version']);
      else after = middle;
    }
    return before;
  };
}
