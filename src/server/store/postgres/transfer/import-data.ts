import type { Row } from '../../rows.ts';
import type { Database } from '../../sqlite/database.ts';
import { presentMark } from '../../sqlite/examine.ts';
import { type TransferredTable, transferredTables } from './tables.ts';
import type { TransferClient } from './transaction.ts';

/** The most rows, and about the most characters, in one statement. */
const mostRows = 500;
const mostCharacters = 4 * 1024 * 1024;

/**
 * Copies all data of a SQLite database into the empty tables of a schema, with its identity and its sequences. The caller begins and ends the transaction.
 */
export async function importData(
  database: Database,
  client: TransferClient,
  tables: readonly TransferredTable[] = transferredTables,
): Promise<void> {
  await client.query('DELETE FROM facts');
  for (const table of tables) await importTable(database, client, table);
  await client.query('UPDATE position SET last = $1', [presentMark(database)?.sequence ?? 0]);
  await client.query(
    "SELECT setval(pg_get_serial_sequence('policies', 'id'), max(id)) FROM policies HAVING max(id) IS NOT NULL",
  );
  await client.query('ANALYZE sandboxes, metadata, history, snapshots, responses');
}

async function importTable(
  database: Database,
  client: TransferClient,
  { name, columns, order, omitted = 'false', toPostgres = () => ({}) }: TransferredTable,
): Promise<void> {
  const select = database.prepare(
    `SELECT ${columns.join(', ')} FROM ${name} WHERE NOT (${omitted}) ORDER BY ${order}`,
  );
  let batch: string[] = [];
  let written: readonly string[] = columns;
  let characters = 0;
  const write = async () => {
    const list = written.join(', ');
    // The ids of policies are given, and the database would else choose them.
    await client.query(
      `INSERT INTO ${name} (${list}) OVERRIDING SYSTEM VALUE SELECT ${list} FROM json_populate_recordset(NULL::${name}, $1::json)`,
      [`[${batch.join(',')}]`],
    );
    batch = [];
    characters = 0;
  };
  for (const row of select.iterate() as Iterable<Row>) {
    const whole = { ...row, ...toPostgres(row) };
    written = Object.keys(whole);
    const text = JSON.stringify(whole);
    batch.push(text);
    characters += text.length;
    if (batch.length >= mostRows || characters >= mostCharacters) await write();
  }
  if (batch.length > 0) await write();
}
