import { fromCursor, type Place, toPage } from '../paging.ts';
import type { ListQuery, SandboxEntry, Store } from '../store.ts';
import { createCache } from './cache.ts';
import type { Database } from './database.ts';
import { createReader } from './reader.ts';
import { isText } from './text.ts';

/** The sandboxes of a database, with a cache of the most recent ones. */
export interface Sandboxes
  extends Pick<Store, 'get' | 'getByName' | 'list' | 'unsettled' | 'living' | 'broken'> {
  /** Caches a committed entry. */
  remember(entry: SandboxEntry | undefined): SandboxEntry | undefined;
}

/** The most sandboxes in memory, about 2 kB each. */
const mostCached = 10_000;

const emptyPage = { items: [], previousCursor: null, nextCursor: null };

/** Creates the queries of the sandboxes of a database. Reads rows that an earlier process set aside again. */
export function createSandboxes(database: Database): Sandboxes {
  const read = createReader(database);
  // Only this process can write to the file, so a cached entry is never stale.
  const cache = createCache<SandboxEntry>(mostCached);
  // A row may have been repaired since, or have a schema that this release supports.
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

/** The condition and the order of a page that begins after a place, or at the first entry. */
function conditionsOf({ namespace, direction, ...query }: ListQuery, from: Place | undefined) {
  // Each status once: prepared statements are cached by their text, so the texts must be few.
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
