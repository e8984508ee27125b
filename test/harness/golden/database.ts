import { defaultConfiguration } from '../../../src/server/configuration.ts';
import type { HistoryRow, SandboxEntry } from '../../../src/server/store/records.ts';
import { closeDatabase, type Database, openDatabase } from '../../../src/server/store/sqlite/database.ts';
import { sqliteStore } from '../../../src/server/store/sqlite/index.ts';
import type { Store } from '../../../src/server/store/store.ts';
import { goldenHistories, goldenSnapshots } from './histories.ts';

/** The deleted snapshots of the golden database. The capture of the first one is still in progress. */
const deletedSnapshots = ['snapshot', 'completed'] as const;

/**
 * Writes the golden database with the current code: each sandbox with its history, in its own namespace because they
 * share names; snapshots of each status, some of them deleted; and a response under an idempotency key.
 */
export async function writeGoldenDatabase(path: string): Promise<void> {
  const store = sqliteStore(path);
  for (const [id, rows] of Object.entries(goldenHistories())) await writeHistory(store, id, rows);
  for (const snapshot of goldenSnapshots()) await store.commit({ snapshot });
  for (const id of deletedSnapshots) await store.commit({ deletedSnapshot: { id, at: 40 } });
  const response = {
    namespace: 'created',
    key: 'key',
    fingerprint: '["create"]',
    at: 0,
    result: { id: 'created' },
  };
  await store.commit({ response });
  await store.close();
}

async function writeHistory(store: Store, namespace: string, rows: readonly HistoryRow[]): Promise<void> {
  let before: SandboxEntry | null = null;
  for (const { sequence: _, sandbox, ...row } of rows) {
    const revision: number = (before?.revision ?? 0) + 1;
    const after: SandboxEntry = {
      ...{ sandbox, namespace, revision },
      ...{ configuration: defaultConfiguration, released: false },
    };
    await store.commit({ change: { before, after, history: { ...row, sandbox, namespace } } });
    before = after;
  }
}

/** A database as the SQL statements that create it: one for each table, index and row. */
export function dumpOf(path: string): string {
  const database = openDatabase(path);
  try {
    const parts = database
      .prepare("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY rowid")
      .all();
    const tables = parts.filter(({ type }) => type === 'table').map(({ name }) => String(name));
    const rows = tables.flatMap((table) =>
      database
        .prepare(`SELECT ${columnsOf(database, table)} FROM ${table}`)
        .all()
        .map((row) => (row['name'] === 'identity' ? { ...row, value: 'random' } : row))
        .map((row) => `INSERT INTO ${table} VALUES (${Object.values(row).map(literalOf).join(', ')});`),
    );
    const pragmas = ['user_version', 'application_id'].map(
      (name) => `PRAGMA ${name} = ${database.prepare(`PRAGMA ${name}`).get()?.[name]};`,
    );
    // After the rows: the triggers would count them again.
    const isTrigger = ({ type }: (typeof parts)[number]) => type === 'trigger';
    const before = parts.filter((part) => !isTrigger(part)).map(({ sql }) => `${sql};`);
    const after = parts.filter(isTrigger).map(({ sql }) => `${sql};`);
    return `${[...before, ...rows, ...after, ...pragmas].join('\n')}\n`;
  } finally {
    closeDatabase(database);
  }
}

/** The columns of a table that a row is inserted with: all but the generated ones. */
function columnsOf(database: Database, table: string): string {
  return database
    .prepare(`PRAGMA table_info(${table})`)
    .all()
    .map(({ name }) => String(name))
    .join(', ');
}

function literalOf(value: unknown): string {
  if (value === null || typeof value === 'number') return String(value);
  return `'${String(value).replaceAll("'", "''")}'`;
}
