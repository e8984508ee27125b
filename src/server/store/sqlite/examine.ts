import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { DataError } from '../errors.ts';
import { connectTo, type Database, isFromSqlite, isInUse, openDatabase } from './database.ts';
import { type Mark, markFileOf, readMark } from './high-water-mark.ts';

/** A larger database is not read as a whole at its opening: that takes about 1.5 s for each GiB. */
const mostCheckedBytes = 1024 ** 3;

const remedy = 'Restore a backup of it and start with --restored';

/** The expectations of a folder about its database. */
export interface Expectations {
  readonly path: string;
  /** Accepts a database that went back in time. */
  readonly restored: boolean;
}

/**
 * Examines a database and then opens it for writing. An examination of a database without a journal changes nothing. Throws
 * {@link DataError} for a database that is missing or empty beside a used folder, damaged, of another application, or older than
 * the mark of its folder.
 */
export function openExamined(expectations: Expectations): Database {
  const { path } = expectations;
  const mark = readMark(path);
  if (sizeOf(path) === 0) {
    mustBeUnused(path, mark);
    return openDatabase(path);
  }
  // The opening says what is wrong with something that is not a file.
  if (!statSync(path).isFile()) return openDatabase(path);
  mustBeSqlite(path);
  const known = { ...expectations, mark: mark === 'unreadable' ? undefined : mark };
  const isClosed = sizeOf(`${path}-wal`) === 0 && sizeOf(`${path}-journal`) === 0;
  if (isClosed) examineClosed(known);
  return openLocked(known, isClosed);
}

/** Throws for traces of an earlier server beside a database that does not exist, or is empty. */
function mustBeUnused(path: string, mark: Mark | 'unreadable' | undefined): void {
  const log = sizeOf(`${path}-wal`) > 0 ? `${path}-wal` : undefined;
  const trace = mark === undefined ? log : markFileOf(path);
  if (trace !== undefined) throw new DataError(missing(path, trace, existsSync(path)));
}

interface KnownDatabase extends Expectations {
  readonly mark: Mark | undefined;
}

/** A database without a journal can be read without a lock, and without files beside it. */
function examineClosed(known: KnownDatabase): void {
  const { path } = known;
  const database = connectTo(`${pathToFileURL(path).href}?immutable=1`, { readOnly: true });
  try {
    examineDatabase(database, known);
  } catch (error) {
    // Another server may write at this moment. Then the opening fails with that reason.
    if (!isInUse(path)) throw error;
  } finally {
    database.close();
  }
}

/** Opens a database for writing, and examines it under its lock unless it was examined before. */
function openLocked(known: KnownDatabase, isExamined: boolean): Database {
  let database: Database;
  try {
    database = openDatabase(known.path);
  } catch (error) {
    if (isFromSqlite(error)) throw new DataError(damaged(known.path, error.message), { cause: error });
    throw error;
  }
  if (isExamined) return database;
  try {
    examineDatabase(database, known);
    return database;
  } catch (error) {
    // A damaged database may not be able to leave the write-ahead mode.
    database.close();
    throw error;
  }
}

/** Examines an open database: its application, its mark and, up to a size, every page. */
function examineDatabase(database: Database, known: KnownDatabase): void {
  const { path } = known;
  try {
    if (!isOurs(database, path)) {
      if (known.mark !== undefined) throw new DataError(missing(path, markFileOf(path), true));
      return;
    }
    if (sizeOf(path) <= mostCheckedBytes) {
      const found = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
      if (found !== 'ok') throw new DataError(damaged(path, String(found)));
    }
    compareWithMark(presentMark(database), known);
  } catch (error) {
    if (isFromSqlite(error)) throw new DataError(damaged(path, error.message), { cause: error });
    throw error;
  }
}

/**
 * Whether a database has the tables of a server: a layout number and a table of sandboxes. A new one has no tables yet. Throws
 * for a database of another application.
 */
function isOurs(database: Database, path: string): boolean {
  const tables = database
    .prepare("SELECT count(*) AS n, sum(name = 'sandboxes') AS ours FROM sqlite_schema WHERE type = 'table'")
    .get();
  const layout = database.prepare('PRAGMA user_version').get()?.['user_version'];
  if (tables?.['n'] === 0) return false;
  if (tables?.['ours'] === 1 && layout !== 0) return true;
  throw new DataError(`${path} is a database of another application. Use another data folder.`);
}

/** The mark that a database should have. Undefined for one from before the first release, which has no identity. */
export function presentMark(database: Database): Mark | undefined {
  const tables = database
    .prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name IN ('facts', 'sqlite_sequence')")
    .get();
  if (tables?.['n'] !== 2) return undefined;
  const identity = database.prepare("SELECT value FROM facts WHERE name = 'identity'").get()?.['value'];
  const last = database.prepare("SELECT seq AS last FROM sqlite_sequence WHERE name = 'history'").get()?.[
    'last'
  ];
  return { identity: String(identity), sequence: Number(last ?? 0) };
}

function compareWithMark(found: Mark | undefined, { path, mark, restored }: KnownDatabase): void {
  if (mark === undefined || found === undefined) return;
  if (mark.identity !== found.identity)
    throw new DataError(
      `${path} is the database ${found.identity}, but its folder was used with the database ${mark.identity}. Put that one back, or use another data folder.`,
    );
  if (found.sequence < mark.sequence && !restored)
    throw new DataError(
      `${path} went back in time: its last change has the number ${found.sequence}, but the server had written ${mark.sequence}. If you restored a backup, start with --restored, which keeps the sandboxes that the backup does not know. Else put the newer database back.`,
    );
}

function missing(path: string, trace: string, isEmpty: boolean): string {
  return `The database ${path} is ${isEmpty ? 'empty' : 'missing'}, but ${trace} shows that a server has used it. ${remedy}, or use another data folder.`;
}

function damaged(path: string, reason: string): string {
  return `The database ${path} is damaged: ${reason}. ${remedy}. "sandbox-lifecycle check" lists what is broken.`;
}

function mustBeSqlite(path: string): void {
  const header = Buffer.alloc(16);
  const file = openSync(path, 'r');
  try {
    readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  if (header.toString('latin1') === 'SQLite format 3\0') return;
  throw new DataError(
    `${path} is not a SQLite database: its first bytes are of another kind of file. ${remedy}, or use another data folder.`,
  );
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
