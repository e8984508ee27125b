import { archivedRank, deletingRank } from '../paging.ts';
import type { SnapshotRecord } from '../records.ts';
import type { StoreRetention } from '../retention.ts';
import { isReadable, type Row, toSnapshotRecord } from '../rows.ts';
import { isText } from '../text.ts';
import type { Database } from './database.ts';
import type { Group } from './group-commit.ts';
import type { SandboxLists } from './sandbox-list.ts';

/** Creates the retention of a database. `list` reads pages of archived sandboxes, and `forget` removes a sandbox from the cache. */
export function createRetention(
  database: Database,
  group: Group,
  list: SandboxLists['listArchived'],
  forget: (sandboxId: string) => void,
): StoreRetention {
  const archive = createArchiving(database);
  const deleteSome = createDeletion(database);
  const cut = createCut(database);
  const archived = database.prepare(
    `SELECT archived_at AS at FROM sandboxes WHERE id = ? AND rank = ${archivedRank}`,
  );
  const archivedAt = (id: string) => (archived.get(id)?.['at'] ?? null) as number | null;
  // The row without a namespace is about all of them.
  const last = database.prepare("SELECT max(last) AS last FROM deleted_history WHERE namespace IN (?, '')");
  return {
    archive: (endedBefore, at, limit) => group.run(() => archive(endedBefore, at, limit)),
    archivedAt: async (id) => (isText(id) ? archivedAt(id) : null),
    async listArchived(query) {
      const page = await list(query);
      const items = page.items.map((entry) => ({ ...entry, archivedAt: archivedAt(entry.sandbox.id) ?? 0 }));
      return { ...page, items };
    },
    deleteArchived(endedBefore, limit) {
      let begun: readonly string[] = [];
      return group.run(
        () => {
          const deletion = deleteSome(endedBefore, limit);
          begun = deletion.begun;
          return deletion.rows;
        },
        () => begun.forEach(forget),
      );
    },
    cutHistory: (sandboxId, kept, limit) => group.run(() => cut(sandboxId, kept, limit)),
    lastDeleted: async (namespace) => (isText(namespace) ? Number(last.get(namespace)?.['last'] ?? 0) : 0),
    expiredSnapshots: expiredQuery(database),
    surplusSnapshots: surplusQuery(database),
  };
}

/** The sandboxes of a rank that ended before an instant, the longest ended first. The text is that of an index. */
const endedOfRank = `SELECT id FROM sandboxes INDEXED BY ended_sandboxes
   WHERE rank = ? AND status = 'terminated' AND released = 1 AND broken IS NULL AND ended_at < ? ORDER BY ended_at LIMIT ?`;

/** Creates the function that archives sandboxes, and returns how many. */
function createArchiving(database: Database): (endedBefore: number, at: number, limit: number) => number {
  const ended = database.prepare(endedOfRank);
  const move = database.prepare('UPDATE sandboxes SET rank = ?, archived_at = ? WHERE id = ?');
  const moveMetadata = database.prepare('UPDATE metadata SET rank = ? WHERE sandbox_id = ?');

  return (endedBefore, at, limit) => {
    const ids = ended.all(0, endedBefore, limit).map((row) => String(row['id']));
    for (const id of ids) {
      move.run(archivedRank, at, id);
      moveMetadata.run(archivedRank, id);
    }
    return ids.length;
  };
}

/** A part of the deletion of archived sandboxes. */
interface Deletion {
  readonly rows: number;
  /** The sandboxes whose deletion has begun. */
  readonly begun: readonly string[];
}

/** Creates the function that deletes a part. The mark comes first, so that no read finds a sandbox without its whole history. */
function createDeletion(database: Database): (endedBefore: number, limit: number) => Deletion {
  const ended = database.prepare(endedOfRank);
  const deleting = database.prepare(
    `SELECT id FROM sandboxes INDEXED BY deleting_sandboxes WHERE rank = ${deletingRank} ORDER BY id LIMIT 1`,
  );
  const mark = database.prepare('UPDATE sandboxes SET rank = ? WHERE id = ?');
  const metadata = database.prepare('DELETE FROM metadata WHERE sandbox_id = ?');
  const history = database.prepare(
    `DELETE FROM history WHERE sequence IN
       (SELECT sequence FROM history WHERE sandbox_id = ? ORDER BY version DESC LIMIT ?)`,
  );
  const sandbox = database.prepare('DELETE FROM sandboxes WHERE id = ?');
  const idOf = (row: Record<string, unknown> | undefined) => row && String(row['id']);

  return (endedBefore, limit) => {
    const begun: string[] = [];
    let rows = 0;
    while (rows < limit) {
      const id = idOf(deleting.get());
      if (id !== undefined) {
        rows += Number(history.run(id, limit - rows).changes);
        if (rows >= limit) break;
        sandbox.run(id);
        rows += 1;
        continue;
      }
      const next = idOf(ended.get(archivedRank, endedBefore, 1));
      if (next === undefined) break;
      rows += Number(metadata.run(next).changes) + Number(mark.run(deletingRank, next).changes);
      begun.push(next);
    }
    return { rows, begun };
  };
}

/** Creates the function that deletes the oldest rows of a history, and returns how many. */
function createCut(database: Database): (sandboxId: string, kept: number, limit: number) => number {
  const boundOf = (bound: 'min' | 'max') =>
    database.prepare(
      `SELECT ${bound}(version) AS version FROM history INDEXED BY history_of_sandbox WHERE sandbox_id = ?`,
    );
  const [lowest, highest] = [boundOf('min'), boundOf('max')];
  const farthest = database.prepare(
    'SELECT version FROM history INDEXED BY history_of_sandbox WHERE sandbox_id = ? ORDER BY version LIMIT 1 OFFSET ?',
  );
  const between = database.prepare(
    `SELECT h.*, p.policy FROM history h INDEXED BY history_of_sandbox LEFT JOIN policies p ON p.id = h.policy
       WHERE h.sandbox_id = ? AND h.version > ? AND h.version <= ? ORDER BY h.version DESC LIMIT 1`,
  );
  const mark = database.prepare('UPDATE history SET first_kept = 1 WHERE sequence = ?');
  const remove = database.prepare(
    `DELETE FROM history WHERE sequence IN
       (SELECT sequence FROM history INDEXED BY history_of_sandbox WHERE sandbox_id = ? AND version < ? LIMIT ?)`,
  );
  const versionOf = (row: Row | undefined) => (row?.['version'] ?? null) as number | null;

  return (sandboxId, kept, limit) => {
    if (!isText(sandboxId)) return 0;
    const [from, to] = [versionOf(lowest.get(sandboxId)), versionOf(highest.get(sandboxId))];
    if (from === null || to === null) return 0;
    const until = Math.min(to + 1 - kept, versionOf(farthest.get(sandboxId, limit)) ?? to);
    // The history cannot begin with a row that cannot be read.
    for (let last = until; last > from; last--) {
      const row = between.get(sandboxId, from, last);
      if (row === undefined) return 0;
      last = Number(row['version']);
      if (!isReadable(row)) continue;
      mark.run(Number(row['sequence']));
      return Number(remove.run(sandboxId, last, limit).changes);
    }
    return 0;
  };
}

const isUnused = `NOT EXISTS (SELECT 1 FROM sandboxes INDEXED BY restoring WHERE restores_from = snapshots.id)
  AND iif(json_valid(record), json_type(record) = 'object', 0)`;

function expiredQuery(database: Database): StoreRetention['expiredSnapshots'] {
  const select = database.prepare(
    `SELECT record FROM snapshots INDEXED BY settled_snapshots
     WHERE deleted_at IS NULL AND in_progress = 0 AND created_at < ? AND ${isUnused} ORDER BY created_at, id LIMIT ?`,
  );
  return async (createdBefore, limit) => select.all(createdBefore, limit).map(toSnapshotRecord);
}

function surplusQuery(database: Database): StoreRetention['surplusSnapshots'] {
  const completed =
    'FROM snapshots INDEXED BY completed_snapshots WHERE deleted_at IS NULL AND completed = 1';
  const next = database.prepare(
    `SELECT sandbox_id AS id ${completed} AND sandbox_id > ? ORDER BY sandbox_id LIMIT 1`,
  );
  const newest = database.prepare(
    `SELECT created_at AS at, id ${completed} AND sandbox_id = ? ORDER BY created_at DESC, id DESC LIMIT 1 OFFSET ?`,
  );
  const older = database.prepare(
    `SELECT record ${completed} AND sandbox_id = ? AND (created_at, id) < (?, ?) AND ${isUnused}
     ORDER BY created_at DESC, id DESC LIMIT ?`,
  );

  return async (kept, afterSandboxId, limit) => {
    const snapshots: SnapshotRecord[] = [];
    let sandboxId = afterSandboxId;
    for (let looks = 0; looks < limit && snapshots.length < limit; looks++) {
      const row = next.get(sandboxId);
      if (row === undefined) return { snapshots, lastSandboxId: null };
      sandboxId = String(row['id']);
      const last = newest.get(sandboxId, kept - 1);
      if (last === undefined) continue;
      const place = [Number(last['at']), String(last['id'])] as const;
      const found = older.all(sandboxId, ...place, limit - snapshots.length);
      snapshots.push(...found.map(toSnapshotRecord));
    }
    return { snapshots, lastSandboxId: sandboxId };
  };
}
