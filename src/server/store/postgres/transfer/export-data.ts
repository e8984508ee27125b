import type { Row } from '../../rows.ts';
import { type Database, inTransaction } from '../../sqlite/database.ts';
import { migrate } from '../../sqlite/migrations/migrate.ts';
import { type TransferredTable, transferredTables } from './tables.ts';
import type { TransferClient } from './transaction.ts';

/** The rows in one answer of the database. */
const rowsPerFetch = 500;

/** The indexes that damaged data may violate: they are made after the rows, if they can be. */
const uniqueIndexes = ['living_names', 'history_of_sandbox'] as const;

/**
 * Copies all data of a schema into an empty SQLite database of the current layout, as the transaction of the client sees it. Also copies
 * rows that break rules of the layout, so that a check of the copy finds them: an index that they violate is then missing.
 */
export async function exportData(client: TransferClient, database: Database): Promise<void> {
  migrate(database);
  database.exec('PRAGMA foreign_keys = 0');
  const definitions = uniqueIndexes.map((name) =>
    String(database.prepare('SELECT sql FROM sqlite_schema WHERE name = ?').get(name)?.['sql']),
  );
  database.exec(uniqueIndexes.map((name) => `DROP INDEX ${name};`).join(''));
  for (const table of transferredTables) await exportTable(client, database, table);
  for (const sql of definitions) {
    try {
      database.exec(sql);
    } catch {
      // A check of the copy says which rows violate the index.
    }
  }
  const { rows } = await client.query<{ last: number }>('SELECT last FROM position');
  database.exec("DELETE FROM sqlite_sequence WHERE name = 'history'");
  database.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('history', ?)").run(rows[0]?.last ?? 0);
}

async function exportTable(
  client: TransferClient,
  database: Database,
  { name, columns, order, omitted = 'false', toSqlite }: TransferredTable,
): Promise<void> {
  const also = toSqlite?.also ? `, ${toSqlite.also}` : '';
  await client.query(
    `DECLARE transfer NO SCROLL CURSOR FOR SELECT ${columns.join(', ')}${also} FROM ${name} WHERE NOT (${omitted}) ORDER BY ${order}`,
  );
  for (;;) {
    const { rows } = await client.query<Row>(`FETCH ${rowsPerFetch} FROM transfer`);
    inTransaction(database, () => {
      for (const row of rows) {
        const whole = { ...pick(row, columns), ...toSqlite?.convert(row) };
        const names = Object.keys(whole);
        const marks = names.map(() => '?').join(', ');
        database
          .prepare(`INSERT INTO ${name} (${names.join(', ')}) VALUES (${marks}) ON CONFLICT DO NOTHING`)
          .run(...(Object.values(whole) as never[]));
      }
    });
    if (rows.length < rowsPerFetch) break;
  }
  await client.query('CLOSE transfer');
}

function pick(row: Row, columns: readonly string[]): Row {
  return Object.fromEntries(columns.map((column) => [column, row[column]]));
}
