import { truncateSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';

/** A database connection. Node's own module and @photostructure/sqlite have the same interface. */
export type Database = DatabaseSyncInstance;

/** Durability depends on these settings: the store sets each one, reads it back, and does not run without it. */
const pragmas = [
  ['locking_mode', 'exclusive'],
  ['journal_mode', 'wal'],
  ['synchronous', 2], // FULL: SQLite syncs a commit to disk before it returns
  ['foreign_keys', 1],
] as const;

/**
 * Opens the only connection to a database file, creates the file when it is missing, and takes its lock. Throws an
 * error with a sentence when the file cannot be opened, another server uses it, or the database cannot guarantee
 * durability.
 */
export function openDatabase(path: string): Database {
  const database = connectTo(path);
  try {
    for (const [name, value] of pragmas) {
      database.exec(`PRAGMA ${name} = ${value}`);
      const found = Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
      const inMemory = path === ':memory:' && name === 'journal_mode';
      if (found !== value && !inMemory)
        throw new Error(`SQLite reports ${name} = ${found}, but the store requires ${value}.`);
    }
    // The first write takes the lock. In exclusive mode the connection holds it until it closes.
    database.exec('BEGIN IMMEDIATE; COMMIT');
    return database;
  } catch (error) {
    database.close();
    if (/locked|busy/i.test(String(error))) {
      throw new Error(
        `${path} is in use by another server; stop that server first, or use another data folder.`,
        { cause: error },
      );
    }
    throw error;
  }
}

/** Opens a connection without settings. Throws an error with a sentence when the file cannot be opened. */
export function connectTo(path: string, options: { readonly readOnly?: boolean } = {}): Database {
  const { DatabaseSync } = loadSqlite();
  try {
    return new DatabaseSync(path, options);
  } catch (cause) {
    if (!isFromSqlite(cause)) throw cause;
    throw new Error(`Cannot open the database ${path}: ${cause.message}.`, { cause });
  }
}

/**
 * Closes the connection and releases its lock. A binding may free a connection only after garbage collection of its
 * statements, so the lock is released first. SQLite releases it only outside of write-ahead mode.
 */
export function closeDatabase(database: Database): void {
  database.exec(
    'PRAGMA journal_mode = delete; PRAGMA locking_mode = normal; SELECT count(*) FROM sqlite_schema',
  );
  database.close();
}

/**
 * Whether another process uses a database file. Only tests the lock: neither changes the file nor creates another one
 * in its folder. Does not throw for a file that is not a database.
 */
export function isInUse(path: string): boolean {
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(`${pathToFileURL(path).href}?readonly_shm=1`, { readOnly: true });
  try {
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return false;
  } catch (error) {
    // The files of a killed server also make a read-only query fail, but then the database is not locked.
    return /locked|busy/i.test(String(error));
  } finally {
    database.close();
  }
}

/** The file of a database, for messages. */
export function sourceOf(database: Database): string {
  const file = database.prepare('PRAGMA database_list').get()?.['file'];
  return typeof file === 'string' && file !== '' ? file : 'the database in memory';
}

/** Whether SQLite threw an error, rather than the code that called it. */
export function isFromSqlite(error: unknown): error is Error {
  return error instanceof Error && (error as { code?: unknown }).code === 'ERR_SQLITE_ERROR';
}

/** Runs some statements in one transaction, and rolls back when one of them throws. */
export function inTransaction<Result>(database: Database, act: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = act();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // A failed COMMIT may have rolled back by itself.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

interface Sqlite {
  readonly DatabaseSync: new (path: string, options?: { readonly readOnly?: boolean }) => Database;
  /** Node 22.5 to 22.15 does not have it. */
  readonly backup?: (
    database: Database,
    path: string,
    options: { readonly rate: number; readonly progress: () => void },
  ) => Promise<unknown>;
}

function loadSqlite(): Sqlite {
  const builtIn: unknown = process.getBuiltinModule?.('node:sqlite');
  return (builtIn ?? createRequire(import.meta.url)('@photostructure/sqlite')) as Sqlite;
}

/** The path of the installed SQLite module; null for the one of Node. */
export function sqliteModulePath(): string | null {
  if (process.getBuiltinModule?.('node:sqlite') !== undefined) return null;
  return createRequire(import.meta.url).resolve('@photostructure/sqlite');
}

/** The pages of 4 KiB that one step of a backup copies. A commit waits at most for one step. */
const pagesPerStep = 256;

/**
 * Copies an open database to an empty file, with the commits that happen meanwhile. `progress` is called after each step, and
 * stops the copy when it throws. Where the SQLite module has no online backup, or a commit has interrupted it, the event loop stands
 * still meanwhile.
 */
export async function onlineBackup(database: Database, path: string, progress: () => void): Promise<void> {
  const { backup } = loadSqlite();
  try {
    if (backup) return void (await backup(database, path, { rate: pagesPerStep, progress }));
  } catch (error) {
    if (!isInterrupted(error)) throw error;
    truncateSync(path);
  }
  database.prepare('VACUUM INTO ?').run(path);
}

/** Whether an online backup met a transaction in progress. Node's own module does not retry such a step, and reports code 0. */
function isInterrupted(error: unknown): boolean {
  return isFromSqlite(error) && [0, 5, 6].includes((error as { errcode?: number }).errcode ?? -1);
}
