import { isUnsettled, timeoutAtOf } from '../derived.ts';
import { fromCursor, toPage } from '../paging.ts';
import {
  type Commit,
  ConflictError,
  type Entry,
  type ListQuery,
  NameTakenError,
  type SnapshotRecord,
  type Store,
} from '../store.ts';
import { closeDatabase, type Database, inTransaction, openDatabase } from './database.ts';
import { migrate } from './migrations.ts';
import { type Row, toEntry, toHistoryRow, toSnapshotRecord } from './rows.ts';

/**
 * A durable store in one SQLite file: what `commit` answered is on the disk. One server at a time can have the file.
 * Throws a sentence when another has it. Peer on Node without `node:sqlite`: @photostructure/sqlite.
 *
 * @example
 * const host = await createHost({ store: sqliteStore('./data/sandboxes.db'), driver });
 */
export function sqliteStore(path: string): Store {
  const database = openDatabase(path);
  try {
    migrate(database);
    return storeOn(database);
  } catch (error) {
    closeDatabase(database);
    throw error;
  }
}

const columns = 'record, namespace, configuration, released, revision';

function storeOn(database: Database): Store {
  const insert = database.prepare(
    `INSERT INTO sandboxes (id, namespace, name, status, version, revision, created_at, timeout_at, unsettled, released, record, configuration)
     VALUES (:id, :namespace, :name, :status, :version, :revision, :createdAt, :timeoutAt, :unsettled, :released, :record, :configuration)
     ON CONFLICT (id) DO NOTHING`,
  );
  const update = database.prepare(
    `UPDATE sandboxes SET name = :name, status = :status, version = :version, revision = :revision, timeout_at = :timeoutAt,
       unsettled = :unsettled, released = :released, record = :record, configuration = :configuration
     WHERE id = :id AND version = :versionBefore AND revision = :revisionBefore`,
  );
  const insertHistory = database.prepare(
    'INSERT INTO history (sandbox_id, version, from_status, to_status, event) VALUES (?, ?, ?, ?, ?)',
  );
  const putSnapshot = database.prepare(
    `INSERT INTO snapshots (id, namespace, created_at, in_progress, record) VALUES (:id, :namespace, :createdAt, :inProgress, :record)
     ON CONFLICT (id) DO UPDATE SET in_progress = excluded.in_progress, record = excluded.record`,
  );
  const select = (rest: string) => database.prepare(`SELECT ${columns} FROM sandboxes ${rest}`);
  const byId = select('WHERE id = ?');
  const byName = select("WHERE namespace = ? AND name = ? AND status <> 'terminated'");
  const unsettled = select('WHERE unsettled = 1');
  const living = select("WHERE status NOT IN ('pending', 'terminated')");
  const due = database.prepare('SELECT id FROM sandboxes WHERE timeout_at <= ? ORDER BY timeout_at LIMIT ?');
  const nextTimeout = database.prepare(
    'SELECT min(timeout_at) AS at FROM sandboxes WHERE timeout_at IS NOT NULL',
  );
  const history = database.prepare('SELECT * FROM history WHERE sandbox_id = ? ORDER BY version');
  const snapshotById = database.prepare('SELECT record FROM snapshots WHERE id = ? AND deleted <= ?');
  const snapshotsOf = database.prepare(
    'SELECT record FROM snapshots WHERE namespace = ? AND deleted = 0 ORDER BY created_at DESC, id DESC',
  );
  const deleteSnapshot = database.prepare('UPDATE snapshots SET deleted = 1 WHERE id = ? AND deleted = 0');
  const removable = database.prepare('SELECT id FROM snapshots WHERE deleted = 1 AND in_progress = 0');
  const forget = database.prepare('DELETE FROM snapshots WHERE id = ? AND deleted = 1');

  return {
    async commit(commit) {
      inTransaction(database, () => write(commit));
    },
    async get(id) {
      return isText(id) ? optional(byId.get(id), toEntry) : undefined;
    },
    async getByName(namespace, name) {
      return isText(namespace, name) ? optional(byName.get(namespace, name), toEntry) : undefined;
    },
    async list(query) {
      return isText(query.namespace) ? listPage(query) : emptyPage;
    },
    async due(at, limit) {
      return due.all(at, limit).map((row) => String(row['id']));
    },
    async nextTimeoutAt() {
      const at = nextTimeout.get()?.['at'];
      return typeof at === 'number' ? at : null;
    },
    async unsettled() {
      return unsettled.all().map(toEntry);
    },
    async living() {
      return living.all().map(toEntry);
    },
    async history(id) {
      return isText(id) ? history.all(id).map(toHistoryRow) : [];
    },
    async getSnapshot(id, { evenDeleted = false } = {}) {
      return isText(id) ? optional(snapshotById.get(id, Number(evenDeleted)), toSnapshotRecord) : undefined;
    },
    async listSnapshots(namespace) {
      return isText(namespace) ? snapshotsOf.all(namespace).map(toSnapshotRecord) : [];
    },
    async deleteSnapshot(id) {
      return isText(id) && Number(deleteSnapshot.run(id).changes) === 1;
    },
    async removableSnapshots() {
      return removable.all().map((row) => String(row['id']));
    },
    async forgetSnapshot(id) {
      forget.run(id);
    },
    async close() {
      closeDatabase(database);
    },
  };

  function write({ before, after, history: row, snapshot }: Commit): void {
    writeEntry(before, after);
    if (row) insertHistory.run(row.sandboxId, row.version, row.from, row.to, JSON.stringify(row.event));
    if (snapshot) writeSnapshot(snapshot);
  }

  function writeEntry(before: Entry | null, after: Entry): void {
    const { sandbox, namespace, configuration, revision, released } = after;
    const { id, name, status, version, createdAt } = sandbox;
    if (!isText(id, namespace, name ?? '')) throw new Error('A NUL can be part of no id, name or namespace.');
    const values = {
      id,
      name,
      status,
      version,
      revision,
      timeoutAt: timeoutAtOf(after),
      unsettled: Number(isUnsettled(after)),
      released: Number(released),
      record: JSON.stringify(sandbox),
      configuration: JSON.stringify(configuration),
    };
    try {
      const { changes } = before
        ? update.run({ ...values, versionBefore: before.sandbox.version, revisionBefore: before.revision })
        : insert.run({ ...values, namespace, createdAt });
      if (Number(changes) !== 1) throw new ConflictError(id);
    } catch (error) {
      if (name !== null && /UNIQUE constraint failed: sandboxes\.namespace/.test(String(error)))
        throw new NameTakenError(name);
      throw error;
    }
  }

  function writeSnapshot(snapshot: SnapshotRecord): void {
    const { id, namespace, createdAt, status } = snapshot;
    const inProgress = Number(status === 'in_progress');
    putSnapshot.run({ id, namespace, createdAt, inProgress, record: JSON.stringify(snapshot) });
  }

  function listPage({ namespace, statuses, limit, cursor, direction }: ListQuery) {
    const backward = direction === 'backward';
    const from = cursor === undefined ? undefined : fromCursor(cursor);
    const where = [
      'namespace = ?',
      ...(statuses ? [`status IN (${statuses.map(() => '?').join(', ')})`] : []),
      ...(from ? [`(created_at, id) ${backward ? '>' : '<'} (?, ?)`] : []),
    ];
    const order = backward ? 'ASC' : 'DESC';
    const rows = select(`WHERE ${where.join(' AND ')} ORDER BY created_at ${order}, id ${order} LIMIT ?`).all(
      namespace,
      ...(statuses ?? []),
      ...(from ?? []),
      limit + 1,
    );
    const entries = rows.map(toEntry);
    return toPage(entries, { limit, backward, fromStart: from === undefined }, ({ sandbox }) => [
      sandbox.createdAt,
      sandbox.id,
    ]);
  }
}

function optional<To>(row: Row | undefined, map: (row: Row) => To): To | undefined {
  return row === undefined ? undefined : map(row);
}

const emptyPage = { items: [], previousCursor: null, nextCursor: null };

/** A binding may cut a text at a NUL, and so find what was not asked for. Nothing that is kept has one. */
function isText(...texts: readonly string[]): boolean {
  return texts.every((text) => !text.includes('\0'));
}
