import { fromCursor, pageReadOf, placeOfSnapshot, toPage } from '../paging.ts';
import { type Row, toSnapshotRecord } from '../rows.ts';
import type { SnapshotQueries } from '../store.ts';
import { isText } from '../text.ts';
import type { Connections } from './connections.ts';
import type { WriterCall } from './writer-call.ts';

/** Creates the queries of the snapshots. */
export function snapshotQueries({ read, write }: Connections, call: WriterCall): SnapshotQueries {
  return {
    async getSnapshot(id, { evenDeleted = false } = {}) {
      if (!isText(id)) return undefined;
      const [row] = await read<Row>(
        'SELECT record FROM snapshots WHERE id = $1 AND (deleted_at IS NULL OR $2)',
        [id, evenDeleted],
      );
      return row && toSnapshotRecord(row);
    },
    async listSnapshots({ namespace, limit, cursor, direction }) {
      const from = cursor === undefined ? undefined : fromCursor(cursor);
      if (!isText(namespace)) return { items: [], previousCursor: null, nextCursor: null };
      const backward = direction === 'backward';
      const [order, beyond] = backward ? ['ASC', '>'] : ['DESC', '<'];
      const rows = await read<Row>(
        `SELECT record FROM snapshots WHERE namespace = $1 AND deleted_at IS NULL
           ${from ? `AND (created_at, id) ${beyond} ($3::bigint, $4::text COLLATE "C")` : ''}
         ORDER BY created_at ${order}, id ${order} LIMIT $2`,
        [namespace, limit + 1, ...(from?.slice(1) ?? [])],
      );
      const found = rows.map(toSnapshotRecord);
      return toPage(pageReadOf(found), { limit, backward, fromStart: from === undefined }, placeOfSnapshot);
    },
    async isBeingRestored(id) {
      if (!isText(id)) return false;
      const rows = await read('SELECT 1 FROM sandboxes WHERE restores_from = $1 LIMIT 1', [id]);
      return rows.length > 0;
    },
    async removableSnapshots(afterId, limit) {
      const rows = await read<{ id: string }>(
        `SELECT id FROM snapshots WHERE garbage = 1 AND status NOT IN ('in_progress', 'local_ready')
           AND NOT EXISTS (SELECT 1 FROM sandboxes WHERE restores_from = snapshots.id) AND id > $1 ORDER BY id LIMIT $2`,
        [afterId, limit],
      );
      return rows.map(({ id }) => id);
    },
    async snapshotRemoved(id) {
      if (isText(id)) await write('UPDATE snapshots SET garbage = 0 WHERE id = $1', [id]);
    },
    async forgetSnapshots(before, limit) {
      const deleted = await call<number>('forget_snapshots', '$3::bigint, $4::integer', [before, limit]);
      return deleted ?? 0;
    },
  };
}
