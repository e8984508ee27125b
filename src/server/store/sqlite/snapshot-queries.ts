import { fromCursor, type PageRead, placeOfSnapshot, toPage, withinPage } from '../paging.ts';
import type { PageQuery } from '../queries.ts';
import type { SnapshotRecord } from '../records.ts';
import { type Row, toSnapshotRecord } from '../rows.ts';
import type { SnapshotQueries } from '../store.ts';
import { isText } from '../text.ts';
import type { Database } from './database.ts';

/** Creates the queries of the snapshots, and the deletion of old records of deleted ones. */
export function snapshotQueries(database: Database): SnapshotQueries {
  const byId = database.prepare('SELECT record FROM snapshots WHERE id = ? AND (deleted_at IS NULL OR ?)');
  const reader = database.prepare(
    'SELECT 1 FROM sandboxes INDEXED BY restoring WHERE restores_from = ? LIMIT 1',
  );
  const removable = database.prepare(
    `SELECT id FROM snapshots INDEXED BY removable_snapshots WHERE garbage = 1 AND in_progress = 0 AND id > ?
       AND NOT EXISTS (SELECT 1 FROM sandboxes INDEXED BY restoring WHERE restores_from = snapshots.id) ORDER BY id LIMIT ?`,
  );
  const keepRecord = database.prepare('UPDATE snapshots SET garbage = 0 WHERE id = ?');
  const forget = database.prepare(
    `DELETE FROM snapshots WHERE id IN
       (SELECT id FROM snapshots INDEXED BY deleted_snapshots WHERE deleted_at < ? AND garbage = 0 ORDER BY deleted_at LIMIT ?)`,
  );
  const list = listQuery(database);
  return {
    async getSnapshot(id, { evenDeleted = false } = {}) {
      const row = isText(id) ? byId.get(id, Number(evenDeleted)) : undefined;
      return row && toSnapshotRecord(row);
    },
    async listSnapshots(query) {
      const { limit, cursor, direction } = query;
      const backward = direction === 'backward';
      const found = list(query, backward);
      return toPage(found, { limit, backward, fromStart: cursor === undefined }, placeOfSnapshot);
    },
    isBeingRestored: async (id) => isText(id) && reader.get(id) !== undefined,
    async removableSnapshots(afterId, limit) {
      return removable.all(afterId, limit).map((row) => String(row['id']));
    },
    async snapshotRemoved(id) {
      if (isText(id)) keepRecord.run(id);
    },
    async forgetSnapshots(before, limit) {
      return Number(forget.run(before, limit).changes);
    },
  };
}

/** Creates the query of a page, which returns up to one snapshot more than the limit, in reading order. */
function listQuery(database: Database) {
  // An unreadable snapshot does not keep others from being listed; the command `check` names it.
  const shown =
    'SELECT record FROM snapshots INDEXED BY newest_snapshots WHERE namespace = ? AND deleted_at IS NULL AND json_valid(record)';
  const [first, older, last, newer] = [
    'ORDER BY created_at DESC, id DESC',
    'AND (created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC',
    'ORDER BY created_at, id',
    'AND (created_at, id) > (?, ?) ORDER BY created_at, id',
  ].map((rest) => database.prepare(`${shown} ${rest} LIMIT ?`)) as [
    Statement,
    Statement,
    Statement,
    Statement,
  ];

  return ({ namespace, limit, cursor }: PageQuery, backward: boolean): PageRead<SnapshotRecord> => {
    const from = cursor === undefined ? undefined : fromCursor(cursor);
    if (!isText(namespace)) return { found: [], isCut: false };
    const rows =
      from === undefined
        ? (backward ? last : first).iterate(namespace, limit + 1)
        : (backward ? newer : older).iterate(namespace, from[1], from[2], limit + 1);
    const { found, isCut } = withinPage<Row>(rows, (row) => String(row['record']).length);
    return { found: found.map(toSnapshotRecord), isCut };
  };
}

type Statement = ReturnType<Database['prepare']>;
