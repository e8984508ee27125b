import type { SnapshotRecord, Store } from '../store.ts';
import type { Database } from './database.ts';
import { type Row, toSnapshotRecord } from './rows.ts';
import { isText } from './text.ts';

type SnapshotQueries = Pick<
  Store,
  'getSnapshot' | 'listSnapshots' | 'removableSnapshots' | 'snapshotRemoved'
>;

/** Creates the queries of the snapshots, and the deletion of those whose data was removed. */
export function snapshotQueries(database: Database): SnapshotQueries {
  const byId = database.prepare('SELECT record FROM snapshots WHERE id = ? AND deleted <= ?');
  const ofNamespace = database.prepare(
    'SELECT record FROM snapshots WHERE namespace = ? AND deleted = 0 ORDER BY created_at DESC, id DESC',
  );
  const removable = database.prepare('SELECT id FROM snapshots WHERE garbage = 1 AND in_progress = 0');
  const forget = database.prepare('DELETE FROM snapshots WHERE id = ? AND deleted = 1');
  const keepEmpty = database.prepare('UPDATE snapshots SET garbage = 0 WHERE id = ?');
  return {
    async getSnapshot(id, { evenDeleted = false } = {}) {
      const row = isText(id) ? byId.get(id, Number(evenDeleted)) : undefined;
      return row && toSnapshotRecord(row);
    },
    async listSnapshots(namespace) {
      return isText(namespace) ? ofNamespace.all(namespace).flatMap(readable) : [];
    },
    async removableSnapshots() {
      return removable.all().map((row) => String(row['id']));
    },
    async snapshotRemoved(id) {
      if (!isText(id)) return;
      forget.run(id);
      keepEmpty.run(id);
    },
  };
}

/** An unreadable snapshot does not keep others from being listed; the command `check` names it. */
function readable(row: Row): SnapshotRecord[] {
  try {
    return [toSnapshotRecord(row)];
  } catch {
    return [];
  }
}
