import type { Store } from '../../src/server/index.ts';
import { postgresStore } from '../../src/server/store/postgres/index.ts';
import { sqliteStore } from '../../src/server/store/sqlite/index.ts';

/** Opens a SQLite database by its path, or a schema of PostgreSQL, which other processes may share, by its URL. */
export async function openStore(database: string, schema?: string): Promise<Store> {
  return schema === undefined
    ? sqliteStore(database)
    : postgresStore({ url: database, schema, hosts: 'many' });
}
