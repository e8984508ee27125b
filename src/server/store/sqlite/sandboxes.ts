import type { Status } from '../../../model/sandbox.ts';
import { entryBytes } from '../entry-size.ts';
import type { SandboxEntry } from '../records.ts';
import type { Store } from '../store.ts';
import { isText } from '../text.ts';
import { createCache } from './cache.ts';
import type { Database } from './database.ts';
import { createReader, partConditions } from './reader.ts';
import { createSandboxLists, type SandboxLists } from './sandbox-list.ts';

/** The sandboxes of a database, with a cache of the most recent ones. */
export interface Sandboxes
  extends Pick<Store, 'get' | 'getByName' | 'list' | 'unsettled' | 'living' | 'livingStates' | 'broken'> {
  /** Caches a committed entry. */
  remember(entry: SandboxEntry | undefined): SandboxEntry | undefined;
  /** Removes a deleted sandbox from the cache. */
  forget(id: string): void;
  readonly listArchived: SandboxLists['listArchived'];
}

/** The most memory of the cached sandboxes, in bytes: about 10,000 of usual size. */
const mostCachedBytes = 32 * 1024 * 1024;

/** Creates the queries of the sandboxes of a database. Reads rows that an earlier process set aside again. */
export function createSandboxes(database: Database): Sandboxes {
  const read = createReader(database);
  // Only this process can write to the file, so a cached entry is never stale.
  const cache = createCache(mostCachedBytes, entryBytes);
  // A row may have been repaired since, or have a schema that this release supports.
  database
    .prepare('UPDATE sandboxes INDEXED BY broken_sandboxes SET broken = NULL WHERE broken IS NOT NULL')
    .run();

  const idByName = database.prepare(
    "SELECT id FROM sandboxes INDEXED BY living_names WHERE namespace = ? AND name = ? AND status <> 'terminated'",
  );
  const broken = database.prepare(
    'SELECT id, namespace, broken FROM sandboxes INDEXED BY broken_sandboxes WHERE broken IS NOT NULL AND id > ? ORDER BY id LIMIT ?',
  );

  function remember(entry: SandboxEntry | undefined): SandboxEntry | undefined {
    if (entry) cache.set(entry.sandbox.id, entry);
    return entry;
  }

  const byId = (id: string) => cache.get(id) ?? remember(read.one(id));

  return {
    remember,
    forget: cache.delete,
    async get(id) {
      return isText(id) ? byId(id) : undefined;
    },
    async getByName(namespace, name) {
      if (!isText(namespace, name)) return undefined;
      const row = idByName.get(namespace, name);
      return row && byId(String(row['id']));
    },
    ...createSandboxLists(database, (id) => cache.get(id) ?? read.one(id)),
    unsettled: async (afterId, limit) => read.part('unsettled_sandboxes', afterId, limit),
    living: async (afterId, limit) => read.part('living_sandboxes', afterId, limit),
    livingStates: livingStates(database),
    async broken(afterId, limit) {
      return broken.all(afterId, limit).map((row) => ({
        sandboxId: String(row['id']),
        namespace: String(row['namespace']),
        problem: String(row['broken']),
      }));
    },
  };
}

/** Creates the query of the states of living sandboxes. It reads columns only, and parses no record. */
function livingStates(database: Database): Store['livingStates'] {
  const select = database.prepare(
    `SELECT id, status, version, incarnation, generation, unsettled FROM sandboxes INDEXED BY living_sandboxes
     WHERE ${partConditions.living_sandboxes} AND id > ? ORDER BY id LIMIT ?`,
  );
  return async (afterId, limit) =>
    select.all(afterId, limit).map((row) => ({
      sandboxId: String(row['id']),
      status: row['status'] as Status,
      version: Number(row['version']),
      incarnation: row['incarnation'] as number | null,
      generation: Number(row['generation']),
      isBetween: row['unsettled'] === 1,
    }));
}
