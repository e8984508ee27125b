import { archivedRank } from '../paging.ts';
import type { StoreRetention } from '../retention.ts';
import { type Row, toSnapshotRecord } from '../rows.ts';
import { isText } from '../text.ts';
import type { Connections } from './connections.ts';
import type { SandboxQueries } from './sandboxes.ts';

const notRestoring = 'NOT EXISTS (SELECT 1 FROM sandboxes WHERE restores_from = snapshots.id)';
const settled = "deleted_at IS NULL AND status IN ('completed', 'failed')";
const completed = "deleted_at IS NULL AND status = 'completed'";

/** Creates the retention of a database. */
export function createRetention(
  { read, write }: Connections,
  { listOfRanks }: Pick<SandboxQueries, 'listOfRanks'>,
): StoreRetention {
  const call = async (text: string, values: readonly unknown[]) => {
    const [row] = await write<{ rows: number }>(`SELECT ${text} AS rows`, values);
    return row?.rows ?? 0;
  };
  const archivedAt = async (ids: readonly string[]) => {
    const rows = await read<{ id: string; at: number }>(
      'SELECT id, archived_at AS at FROM sandboxes WHERE id = ANY ($1::text[]) AND rank = $2',
      [[...ids], archivedRank],
    );
    return new Map(rows.map(({ id, at }) => [id, at]));
  };
  return {
    archive: (endedBefore, at, limit) =>
      call('archive_sandboxes($1::bigint, $2::bigint, $3::integer)', [whole(endedBefore), whole(at), limit]),
    archivedAt: async (id) => (isText(id) ? ((await archivedAt([id])).get(id) ?? null) : null),
    async listArchived(query) {
      const page = await listOfRanks(query, [archivedRank]);
      const times = await archivedAt(page.items.map(({ sandbox }) => sandbox.id));
      const items = page.items.map((entry) => ({ ...entry, archivedAt: times.get(entry.sandbox.id) ?? 0 }));
      return { ...page, items };
    },
    deleteArchived: (endedBefore, limit) =>
      call('delete_archived($1::bigint, $2::integer)', [whole(endedBefore), limit]),
    cutHistory: async (sandboxId, kept, limit) =>
      isText(sandboxId) ? call('cut_history($1, $2::integer, $3::integer)', [sandboxId, kept, limit]) : 0,
    async lastDeleted(namespace) {
      if (!isText(namespace)) return 0;
      const [row] = await read<{ last: number }>('SELECT last FROM deleted_history WHERE namespace = $1', [
        namespace,
      ]);
      return row?.last ?? 0;
    },
    async expiredSnapshots(createdBefore, limit) {
      const rows = await read<Row>(
        `SELECT record FROM snapshots WHERE ${settled} AND created_at < $1::bigint AND ${notRestoring}
         ORDER BY created_at, id LIMIT $2`,
        [whole(createdBefore), limit],
      );
      return rows.map(toSnapshotRecord);
    },
    async surplusSnapshots(kept, afterSandboxId, limit) {
      // A row for each snapshot, and one without a record for a sandbox that has no surplus.
      const rows = await read<Row & { owner: string }>(
        `SELECT owners.id AS owner, surplus.record FROM
           (SELECT DISTINCT sandbox_id AS id FROM snapshots WHERE ${completed} AND sandbox_id > $2
              ORDER BY sandbox_id LIMIT $3) AS owners
         LEFT JOIN LATERAL
           (SELECT record FROM (SELECT id, record FROM snapshots WHERE ${completed} AND sandbox_id = owners.id
              ORDER BY created_at DESC, id DESC OFFSET $1) AS snapshots WHERE ${notRestoring} LIMIT $3) AS surplus ON true
         ORDER BY owners.id LIMIT $3`,
        [kept, afterSandboxId, limit],
      );
      const snapshots = rows.filter((row) => row['record'] !== null).map(toSnapshotRecord);
      return { snapshots, lastSandboxId: rows.at(-1)?.owner ?? null };
    },
  };
}

/** The database has no integer beyond these. */
const whole = (instant: number) =>
  Math.min(Math.max(Math.floor(instant), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
