import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Store } from '../store.ts';
import { closeDatabase, type Database, openDatabase } from './database.ts';
import { openExamined, presentMark } from './examine.ts';
import { markWriter, readMark } from './high-water-mark.ts';
import { migrate } from './migrations/migrate.ts';
import { skipSequences } from './skip-sequences.ts';
import { storeOn } from './store-on.ts';

/** Options of {@link sqliteStore}. */
export interface SqliteStoreOptions {
  /**
   * Accepts a database that is older than it was, because a backup was restored. Create the host with `restored: true` too.
   * Default: false.
   */
  readonly restored?: boolean;
}

/**
 * Opens a durable store in one SQLite file. Creates the file and its folder when they are missing. A commit resolves
 * after fsync; concurrent commits share one fsync. One server at a time can use the file. Throws an error with a
 * sentence when the folder or the file cannot be created, another server uses the file, or its data was written by a
 * newer release or a pre-release version, and a `DataError` when the database is damaged, older than it was, of another
 * application, or missing beside its mark. Peer on Node without `node:sqlite`: @photostructure/sqlite.
 *
 * @example
 * const host = await createHost({ store: sqliteStore('./data/sandboxes.db'), driver });
 */
export function sqliteStore(path: string, { restored = false }: SqliteStoreOptions = {}): Store {
  // A database in memory does not have a folder, and SQLite itself interprets a URI.
  const isFile = path !== ':memory:' && !path.startsWith('file:');
  if (isFile) createFolderOf(path);
  const mark = restored && isFile ? readMark(path) : undefined;
  const database = isFile ? openExamined({ path, restored }) : openDatabase(path);
  try {
    migrate(database);
    if (restored && isFile) skipSequences(database, mark);
    const store = storeOn(database);
    return isFile ? withMark(store, database, path) : store;
  } catch (error) {
    closeDatabase(database);
    throw error;
  }
}

function createFolderOf(path: string): void {
  const folder = dirname(path);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'EEXIST' || code === 'ENOTDIR' ? 'a file is in the way' : message;
    throw new Error(`Cannot create the data folder ${folder}: ${reason}.`, { cause });
  }
}

/** Keeps the mark beside the database: with each heartbeat, and at the end. */
function withMark(store: Store, database: Database, path: string): Store {
  const writeMark = markWriter(path);
  return {
    ...store,
    async recordHeartbeat(at) {
      await store.recordHeartbeat(at);
      writeMark(presentMark(database));
    },
    async close() {
      const last = presentMark(database);
      try {
        await store.close();
      } finally {
        writeMark(last);
      }
    },
  };
}
