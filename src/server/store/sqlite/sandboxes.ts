import { fromCursor, type Place, toPage } from '../paging.ts';
import type { ListQuery, SandboxEntry, Store } from '../store.ts';
import { createCache } from './cache.ts';
import type { Database } from './database.ts';
import { createReader } from './reader.ts';
import { isText } from './text.ts';

/** The sandboxes of a database, of which the latest are cached. */
export interface Sandboxes
  extends Pick<Store, 'get' | 'getByName' | 'list' | 'unsettled' | 'living' | 'broken'> {
  /** Caches an entry as it was committed. */
  remember(entry: SandboxEntry | undefined): SandboxEntry | undefined;
}

/** How many sandboxes are kept in memory, at some 2 kB each. */
const mostCached = 10_000;

const emptyPage = { items: [], previousCursor: null, nextCursor: null };

/** Reads the sandboxes of a database. Rows that an earlier process set aside are looked at again. */
export function createSandboxes(database: Database): Sandboxes {
  const read = createReader(database);
  // Only this process can write to the file, so what was read or written once is what is there.
  const cache = createCache<SandboxEntry>(mostCached);
  // A row may have been repaired since, or be of a schema that this release knows.
  database.exec('UPDATE sandboxes SET broken = NULL WHERE broken IS NOT NULL');

  const idByName = database.prepare(
    "SELECT id FROM sandboxes WHERE namespace = ? AND name = ? AND status <> 'terminated'",
  );
  const broken = database.prepare(
    'SELECT id, namespace, broken FROM sandboxes WHERE broken IS NOT NULL ORDER BY id',
  );

  function remember(entry: SandboxEntry | undefined): SandboxEntry | undefined {
    if (entry) cache.set(entry.sandbox.id, entry);
    return entry;
  }

  const byId = (id: string) => cache.get(id) ?? remember(read.one(id));

  return {
    remember,
    async get(id) {
      return isText(id) ? byId(id) : undefined;
    },
    async getByName(namespace, name) {
      if (!isText(namespace, name)) return undefined;
      const row = idByName.get(namespace, name);
      return row && byId(String(row['id']));
    },
    async list(query) {
      if (!isText(query.namespace)) return emptyPage;
      const { limit, cursor, direction } = query;
      const from = cursor === undefined ? undefined : fromCursor(cursor);
      const { where, values } = conditionsOf(query, from);
      const entries = read.some(where, values, limit + 1);
      const backward = direction === 'backward';
      return toPage(entries, { limit, backward, fromStart: from === undefined }, placeOf);
    },
    async unsettled(afterId, limit) {
      return read.part('unsettled = 1', afterId, limit);
    },
    async living(afterId, limit) {
      return read.part("status NOT IN ('pending', 'terminated')", afterId, limit);
    },
    async broken() {
      return broken.all().map((row) => ({
        sandboxId: String(row['id']),
        namespace: String(row['namespace']),
        problem: String(row['broken']),
      }));
    },
  };
}

/** The condition and the order of a page that begins after a place, or with the first entry. */
function conditionsOf({ namespace, direction, ...query }: ListQuery, from: Place | undefined) {
  // Each once: the text of a statement is kept, and there must be few.
  const statuses = query.statuses && [...new Set(query.statuses)];
  const backward = direction === 'backward';
  const conditions = [
    'namespace = ?',
    ...(statuses ? [`status IN (${statuses.map(() => '?').join(', ')})`] : []),
    ...(from ? [`(created_at, id) ${backward ? '>' : '<'} (?, ?)`] : []),
  ];
  const order = backward ? 'ASC' : 'DESC';
  return {
    where: `${conditions.join(' AND ')} ORDER BY created_at ${order}, id ${order}`,
    values: [namespace, ...(statuses ?? []), ...(from ?? [])],
  };
}

const placeOf = ({ sandbox }: SandboxEntry): Place => [sandbox.createdAt, sandbox.id];
