import { archivedRank } from '../paging.ts';
import type { StoreRetention } from '../retention.ts';
import { isReadable, type Row, toSnapshotRecord } from '../rows.ts';
import { isText } from '../text.ts';
import type { Connections } from './connections.ts';
import type { SandboxQueries } from './sandboxes.ts';
import type { WriterCall } from './writer-call.ts';

const isUnused =
  'NOT EXISTS (SELECT 1 FROM sandboxes WHERE restores_from = snapshots.id) AND is_object(record)';
const settled = "deleted_at IS NULL AND status IN ('completed', 'failed')";
const completed = "deleted_at IS NULL AND status = 'completed'";

/** Creates the retention of a database. */
export function createRetention(
  connections: Connections,
  call: WriterCall,
  { listOfRanks }: Pick<SandboxQueries, 'listOfRanks'>,
): StoreRetention {
  const { read } = connections;
  const change = async (...query: Parameters<WriterCall>) => (await call<number>(...query)) ?? 0;
  const firstAfterCut = createCutSearch(connections);
  const archivedAt = async (ids: readonly string[]) => {
    const rows = await read<{ id: string; at: number }>(
      'SELECT id, archived_at AS at FROM sandboxes WHERE id = ANY ($1::text[]) AND rank = $2',
      [[...ids], archivedRank],
    );
    return new Map(rows.map(({ id, at }) => [id, at]));
  };
  return {
    archive: (endedBefore, at, limit) =>
      change('archive_sandboxes', '$3::bigint, $4::bigint, $5::integer', [
        whole(endedBefore),
        whole(at),
        limit,
      ]),
    archivedAt: async (id) => (isText(id) ? ((await archivedAt([id])).get(id) ?? null) : null),
    async listArchived(query) {
      const page = await listOfRanks(query, [archivedRank]);
      const times = await archivedAt(page.items.map(({ sandbox }) => sandbox.id));
      const items = page.items.map((entry) => ({ ...entry, archivedAt: times.get(entry.sandbox.id) ?? 0 }));
      return { ...page, items };
    },
    deleteArchived: (endedBefore, limit) =>
      change('delete_archived', '$3::bigint, $4::integer', [whole(endedBefore), limit]),
    async cutHistory(sandboxId, kept, limit) {
      if (!isText(sandboxId)) return 0;
      const first = await firstAfterCut(sandboxId, kept, limit);
      return first === undefined ? 0 : change('cut_history', '$3, $4::integer', [sandboxId, first]);
    },
    async lastDeleted(namespace) {
      if (!isText(namespace)) return 0;
      const [row] = await read<{ last: number }>(
        "SELECT max(last) AS last FROM deleted_history WHERE namespace IN ($1, '')",
        [namespace],
      );
      return row?.last ?? 0;
    },
    async expiredSnapshots(createdBefore, limit) {
      const rows = await read<Row>(
        `SELECT record FROM snapshots WHERE ${settled} AND created_at < $1::bigint AND ${isUnused}
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
              ORDER BY created_at DESC, id DESC OFFSET $1) AS snapshots WHERE ${isUnused} LIMIT $3) AS surplus ON true
         ORDER BY owners.id LIMIT $3`,
        [kept, afterSandboxId, limit],
      );
      const snapshots = rows.filter((row) => row['record'] !== null).map(toSnapshotRecord);
      return { snapshots, lastSandboxId: rows.at(-1)?.owner ?? null };
    },
  };
}

/**
 * Creates the search for the first version that a cut of a history leaves: the last one of which at least `kept` versions and at most
 * `limit` earlier rows exist, and that can be read.
 */
function createCutSearch({ read }: Connections) {
  return async (sandboxId: string, kept: number, limit: number): Promise<number | undefined> => {
    const [bounds] = await read<Record<'lowest' | 'highest' | 'farthest', number | null>>(
      `SELECT min(version) AS lowest, max(version) AS highest,
         (SELECT version FROM history WHERE sandbox_id = $1 ORDER BY version OFFSET $2 LIMIT 1) AS farthest
       FROM history WHERE sandbox_id = $1`,
      [sandboxId, limit],
    );
    const { lowest = null, highest = null, farthest = null } = bounds ?? {};
    if (lowest === null || highest === null) return undefined;
    for (let last = Math.min(highest + 1 - kept, farthest ?? highest); last > lowest; last--) {
      const [row] = await read<Row>(
        `SELECT h.*, p.policy FROM history h LEFT JOIN policies p ON p.id = h.policy
         WHERE h.sandbox_id = $1 AND h.version > $2::integer AND h.version <= $3::integer ORDER BY h.version DESC LIMIT 1`,
        [sandboxId, lowest, last],
      );
      if (row === undefined) return undefined;
      last = Number(row['version']);
      if (isReadable(row)) return last;
    }
    return undefined;
  };
}

/** The database has no integer beyond these. */
const whole = (instant: number) =>
  Math.min(Math.max(Math.floor(instant), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
