import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DataProblem, problemsIn } from '../../server/store/sqlite/check/index.ts';
import {
  closeDatabase,
  type Database,
  isFromSqlite,
  isInUse,
  openDatabase,
} from '../../server/store/sqlite/database.ts';
import { migrate } from '../../server/store/sqlite/migrations/migrate.ts';
import { databaseAt, databaseName } from '../data-folder.ts';
import { defaultSchema, loadTransfer, nameOf } from '../postgres.ts';
import { postgresUrl } from '../values.ts';

/** The result of a check of a server's data. */
export interface DataReport {
  /** The path of the database. */
  readonly path: string;
  /** The number of its layout. */
  readonly layout: number;
  readonly sandboxes: number;
  readonly historyRows: number;
  readonly snapshots: number;
  readonly problems: readonly DataProblem[];
}

/** The suffixes of the files that SQLite keeps next to a database that was not closed. */
const journals = ['-wal', '-journal'];

/**
 * Checks the data of a server: its data folder, or the database in it. Works on a copy and changes nothing in the
 * folder. Throws an error when the database is missing, in use by a server, of a newer release or of a pre-release
 * version.
 */
export async function checkData(folderOrFile: string): Promise<DataReport> {
  const path = databaseAt(folderOrFile);
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-lifecycle-check-'));
  try {
    const copy = join(folder, databaseName);
    requireUnused(path);
    for (const end of ['', ...journals].filter((end) => existsSync(path + end)))
      copyFileSync(path + end, copy + end);
    // A server may have started to write during the copy.
    requireUnused(path);
    return check(path, copy, join(folder, 'fresh.db'));
  } catch (cause) {
    if (!isFromSqlite(cause)) throw cause;
    throw new Error(`${path} cannot be read as a database: ${cause.message}.`, { cause });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Checks the data that servers have in a PostgreSQL database, as it is at one instant. Servers may run meanwhile. Works on a copy in the
 * temporary folder. Throws an error when the database cannot be read, or has no data of this release.
 */
export async function checkPostgres(url: URL, schema = defaultSchema): Promise<DataReport> {
  const { layout, problemsOf, schemaProblems, withCopy } = await loadTransfer();
  return withCopy({ url: url.href, schema }, async (copy, client) => ({
    path: nameOf(url, schema),
    layout,
    ...countsOf(copy),
    problems: [...(await schemaProblems(client, schema)), ...(await problemsOf(copy))],
  }));
}

/** The report as text: one line for each problem, and a last one with the totals. */
export function describeData(report: DataReport): string {
  const { path, layout, problems } = report;
  const counts = [
    counted(report.sandboxes, 'sandbox', 'sandboxes'),
    counted(report.historyRows, 'row of history', 'rows of history'),
    counted(report.snapshots, 'snapshot', 'snapshots'),
  ].join(', ');
  const verdict = problems.length === 0 ? 'Sound' : counted(problems.length, 'problem', 'problems');
  return [
    ...problems.map(({ sandboxId, problem, help }) =>
      sandboxId === null ? `${problem} ${help}` : `sandbox ${sandboxId}: ${problem} ${help}`,
    ),
    `${verdict}: ${counts}, layout ${layout}, in ${path}`,
  ].join('\n');
}

/**
 * Checks a server's data, in a folder, a file or a PostgreSQL database, and prints the report. Sets the exit code: 0 for sound data, 1 for problems, 2 when the data
 * cannot be read.
 */
export async function printDataCheck(folderOrFile: string): Promise<void> {
  try {
    const url = postgresUrl.read(folderOrFile);
    const report = await (url ? checkPostgres(url) : checkData(folderOrFile));
    const sound = report.problems.length === 0;
    (sound ? console.log : console.error)(describeData(report));
    process.exitCode = sound ? 0 : 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  }
}

function requireUnused(path: string): void {
  if (!isInUse(path)) return;
  throw new Error(
    `${path} is in use by a server. Make a backup with "sandbox-lifecycle backup", which a running server allows, and check that file. A copy of the folder of a running server can be damaged.`,
  );
}

function check(path: string, copy: string, freshPath: string): DataReport {
  const database = openDatabase(copy);
  try {
    const layout = Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
    const named = database.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'sandboxes'").get();
    if (layout === 0 || named?.['n'] !== 1) throw new Error(`${path} is not a database of a server.`);
    migrate(database);
    const fresh = openDatabase(freshPath);
    try {
      return {
        ...{ path, layout },
        ...countsOf(database),
        problems: [...problemsIn(database, fresh)],
      };
    } finally {
      closeDatabase(fresh);
    }
  } finally {
    closeDatabase(database);
  }
}

function countsOf(database: Database): Pick<DataReport, 'sandboxes' | 'historyRows' | 'snapshots'> {
  return {
    sandboxes: countOf(database, 'sandboxes'),
    historyRows: countOf(database, 'history'),
    snapshots: countOf(database, 'snapshots'),
  };
}

function countOf(database: Database, table: string): number {
  return Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']);
}

function counted(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}
