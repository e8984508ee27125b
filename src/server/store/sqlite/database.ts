import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';

/** A database connection; Node's own module and its stand-in have the same interface. */
export type Database = DatabaseSyncInstance;

/** What durability rests on: each is set, read back, and refused to run without. */
const pragmas = [
  ['locking_mode', 'exclusive'],
  ['journal_mode', 'wal'],
  ['synchronous', 2], // FULL: a commit is on the disk before it is answered
  ['foreign_keys', 1],
] as const;

/**
 * Opens the one connection to a database file, made when missing, and takes its lock. Throws a sentence when another
 * server has it, or when the database cannot promise durability.
 */
export function openDatabase(path: string): Database {
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(path);
  try {
    for (const [name, value] of pragmas) {
      database.exec(`PRAGMA ${name} = ${value}`);
      const found = Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
      const inMemory = path === ':memory:' && name === 'journal_mode';
      if (found !== value && !inMemory)
        throw new Error(`SQLite has ${name} = ${found} where ${value} is needed.`);
    }
    // The lock is taken by the first write, and in exclusive mode kept until the connection closes.
    database.exec('BEGIN IMMEDIATE; COMMIT');
    return database;
  } catch (error) {
    database.close();
    if (/locked|busy/i.test(String(error))) {
      throw new Error(
        `${path} is in use by another server; stop that one first, or give another data folder.`,
        {
          cause: error,
        },
      );
    }
    throw error;
  }
}

/**
 * Closes the connection and gives its lock up. A binding may free a connection only when its statements are collected,
 * so the lock goes first: SQLite lets go of it outside of the write-ahead mode alone.
 */
export function closeDatabase(database: Database): void {
  database.exec(
    'PRAGMA journal_mode = delete; PRAGMA locking_mode = normal; SELECT count(*) FROM sqlite_schema',
  );
  database.close();
}

/**
 * Whether another process has a database file, without touching it: only its lock is asked for, and in the folder nothing
 * is made. Throws nothing for a file that is no database.
 */
export function isInUse(path: string): boolean {
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(`${pathToFileURL(path).href}?readonly_shm=1`, { readOnly: true });
  try {
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return false;
  } catch (error) {
    // What a killed server left is in the way of a look that must not write, and nobody has it.
    return /locked|busy/i.test(String(error));
  } finally {
    database.close();
  }
}

/** Whether an error is the database's own: of the file, not of the one who asked. */
export function isFromSqlite(error: unknown): error is Error {
  return error instanceof Error && (error as { code?: unknown }).code === 'ERR_SQLITE_ERROR';
}

/** Runs some statements as one transaction: all of them are kept, or none. */
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

type Constructor = new (path: string, options?: { readonly readOnly?: boolean }) => Database;

function loadSqlite(): { DatabaseSync: Constructor } {
  const builtIn: unknown = process.getBuiltinModule?.('node:sqlite');
  return (builtIn ?? createRequire(import.meta.url)('@photostructure/sqlite')) as {
    DatabaseSync: Constructor;
  };
}
