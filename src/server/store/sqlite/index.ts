import { fromCursor, toPage } from '../paging.ts';
import type { HistoryQuery, ListQuery, SandboxEntry, SnapshotRecord, Store } from '../store.ts';
import { createCache } from './cache.ts';
import { closeDatabase, type Database, openDatabase } from './database.ts';
import { createGroup } from './group-commit.ts';
import { migrate } from './migrations/migrate.ts';
import { createReader } from './reader.ts';
import { type Row, toHistoryRow, toKeptAnswer, toSnapshotRecord } from './rows.ts';
import { isText } from './text.ts';
import { createWrite } from './writer.ts';

/**
 * A durable store in one SQLite file: what `commit` answered is on the disk. Commits that are asked for at once share
 * one wait for it. One server at a time can have the file. Throws a sentence when another has it. Peer on Node without
 * `node:sqlite`: @photostructure/sqlite.
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

function storeOn(database: Database): Store {
  const group = createGroup(database);
  const write = createWrite(database);
  const read = createReader(database);
  // Nobody else can write to the file, so what was read or written once is what is there.
  const cache = createCache<SandboxEntry>(mostCached);
  // What was set aside by an earlier process may have been mended since, or be of a schema that this release knows.
  database.exec('UPDATE sandboxes SET broken = NULL WHERE broken IS NOT NULL');

  const due = database.prepare(
    'SELECT id, timeout_at FROM sandboxes WHERE timeout_at <= ? AND broken IS NULL ORDER BY timeout_at LIMIT ?',
  );
  const nextTimeout = database.prepare(
    'SELECT timeout_at FROM sandboxes WHERE timeout_at IS NOT NULL AND broken IS NULL ORDER BY timeout_at LIMIT 1',
  );
  const idByName = database.prepare(
    "SELECT id FROM sandboxes WHERE namespace = ? AND name = ? AND status <> 'terminated'",
  );
  const lastSequence = database.prepare('SELECT max(sequence) AS last FROM history');
  const answer = database.prepare('SELECT * FROM answers WHERE namespace = ? AND key = ?');
  const forgetAnswers = database.prepare('DELETE FROM answers WHERE at < ?');
  const broken = database.prepare(
    'SELECT id, namespace, broken FROM sandboxes WHERE broken IS NOT NULL ORDER BY id',
  );
  const snapshotById = database.prepare('SELECT record FROM snapshots WHERE id = ? AND deleted <= ?');
  const snapshotsOf = database.prepare(
    'SELECT record FROM snapshots WHERE namespace = ? AND deleted = 0 ORDER BY created_at DESC, id DESC',
  );
  const removable = database.prepare('SELECT id FROM snapshots WHERE garbage = 1 AND in_progress = 0');
  const forget = database.prepare('DELETE FROM snapshots WHERE id = ? AND deleted = 1');
  const keepEmpty = database.prepare('UPDATE snapshots SET garbage = 0 WHERE id = ?');

  return {
    commit: (commit) =>
      group.run(
        () => write(commit),
        () => remember(commit.change?.after),
      ),
    async get(id) {
      return isText(id) ? byId(id) : undefined;
    },
    async getByName(namespace, name) {
      if (!isText(namespace, name)) return undefined;
      const row = idByName.get(namespace, name);
      return row && byId(String(row['id']));
    },
    async list(query) {
      return isText(query.namespace) ? listPage(query) : emptyPage;
    },
    async due(at, limit) {
      return due
        .all(at, limit)
        .map((row) => ({ sandboxId: String(row['id']), timeoutAt: Number(row['timeout_at']) }));
    },
    async nextTimeoutAt() {
      const at = nextTimeout.get()?.['timeout_at'];
      return typeof at === 'number' ? at : null;
    },
    async unsettled(afterId, limit) {
      return read.part('unsettled = 1', afterId, limit);
    },
    async living(afterId, limit) {
      return read.part("status NOT IN ('pending', 'terminated')", afterId, limit);
    },
    async history(query) {
      return historyRows(query);
    },
    async lastSequence() {
      return Number(lastSequence.get()?.['last'] ?? 0);
    },
    async answer(namespace, key) {
      return isText(namespace, key) ? optional(answer.get(namespace, key), toKeptAnswer) : undefined;
    },
    async forgetAnswers(before) {
      forgetAnswers.run(before);
    },
    async broken() {
      return broken.all().map((row) => ({
        sandboxId: String(row['id']),
        namespace: String(row['namespace']),
        problem: String(row['broken']),
      }));
    },
    async getSnapshot(id, { evenDeleted = false } = {}) {
      return isText(id) ? optional(snapshotById.get(id, Number(evenDeleted)), toSnapshotRecord) : undefined;
    },
    async listSnapshots(namespace) {
      return isText(namespace) ? snapshotsOf.all(namespace).flatMap(readable) : [];
    },
    async removableSnapshots() {
      return removable.all().map((row) => String(row['id']));
    },
    async snapshotRemoved(id) {
      if (!isText(id)) return;
      forget.run(id);
      keepEmpty.run(id);
    },
    async close() {
      group.close();
      closeDatabase(database);
    },
  };

  function byId(id: string): SandboxEntry | undefined {
    return cache.get(id) ?? remember(read.one(id));
  }

  function remember(entry: SandboxEntry | undefined): SandboxEntry | undefined {
    if (entry) cache.set(entry.sandbox.id, entry);
    return entry;
  }

  function listPage({ namespace, limit, cursor, direction, ...query }: ListQuery) {
    // Each once: the text of a statement is kept, and there must be few.
    const statuses = query.statuses && [...new Set(query.statuses)];
    const backward = direction === 'backward';
    const from = cursor === undefined ? undefined : fromCursor(cursor);
    const where = [
      'namespace = ?',
      ...(statuses ? [`status IN (${statuses.map(() => '?').join(', ')})`] : []),
      ...(from ? [`(created_at, id) ${backward ? '>' : '<'} (?, ?)`] : []),
    ];
    const order = backward ? 'ASC' : 'DESC';
    const entries = read.some(
      `${where.join(' AND ')} ORDER BY created_at ${order}, id ${order}`,
      [namespace, ...(statuses ?? []), ...(from ?? [])],
      limit + 1,
    );
    return toPage(entries, { limit, backward, fromStart: from === undefined }, placeOf);
  }

  function historyRows({ after, limit, namespace, sandboxId, afterVersion = 0 }: HistoryQuery) {
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
  }
}

/** How many sandboxes are kept in memory, at some 2 kB each. */
const mostCached = 10_000;

const placeOf = ({ sandbox }: SandboxEntry): [number, string] => [sandbox.createdAt, sandbox.id];

function optional<To>(row: Row | undefined, map: (row: Row) => To): To | undefined {
  return row === undefined ? undefined : map(row);
}

/** One that cannot be read keeps no other from being listed; the check of the data names it. */
function readable(row: Row): SnapshotRecord[] {
  try {
    return [toSnapshotRecord(row)];
  } catch {
    return [];
  }
}

const emptyPage = { items: [], previousCursor: null, nextCursor: null };
