import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Store } from '../store.ts';
import { closeDatabase, type Database, openDatabase } from './database.ts';
import { createGroup } from './group-commit.ts';
import { historyQueries } from './history-queries.ts';
import { migrate } from './migrations/migrate.ts';
import { responseQueries } from './response-queries.ts';
import { createSandboxes } from './sandboxes.ts';
import { snapshotQueries } from './snapshot-queries.ts';
import { timeoutQueries } from './timeout-queries.ts';
import { createWrite } from './writer.ts';

/**
 * Opens a durable store in one SQLite file. Creates the file and its folder when they are missing. A commit resolves
 * after fsync; concurrent commits share one fsync. One server at a time can use the file. Throws an error with a
 * sentence when the folder or the file cannot be created, another server uses the file, or its data was written by a
 * newer release or a pre-release version. Peer on Node without `node:sqlite`: @photostructure/sqlite.
 *
 * @example
 * const host = await createHost({ store: sqliteStore('./data/sandboxes.db'), driver });
 */
export function sqliteStore(path: string): Store {
  createFolderOf(path);
  const database = openDatabase(path);
  try {
    migrate(database);
    return storeOn(database);
  } catch (error) {
    closeDatabase(database);
    throw error;
  }
}

function createFolderOf(path: string): void {
  // A database in memory does not have a folder, and SQLite itself interprets a URI.
  if (path === ':memory:' || path.startsWith('file:')) return;
  const folder = dirname(path);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'EEXIST' || code === 'ENOTDIR' ? 'a file is in the way' : message;
    throw new Error(`Cannot create the data folder ${folder}: ${reason}.`, { cause });
  }
}

function storeOn(database: Database): Store {
  const group = createGroup(database);
  const write = createWrite(database);
  const { remember, ...sandboxQueries } = createSandboxes(database);
  return {
    commit: (commit) =>
      group.run(
        () => write(commit),
        () => remember(commit.change?.after),
      ),
    ...sandboxQueries,
    ...timeoutQueries(database),
    ...historyQueries(database),
    ...responseQueries(database),
    ...snapshotQueries(database),
    async close() {
      group.close();
      closeDatabase(database);
    },
  };
}
