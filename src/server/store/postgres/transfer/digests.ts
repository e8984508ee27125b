import { createHash } from 'node:crypto';
import type { Row } from '../../rows.ts';
import type { Database } from '../../sqlite/database.ts';
import { presentMark } from '../../sqlite/examine.ts';
import { type TransferredTable, transferredTables } from './tables.ts';

/** The content of a database, in a form that can be compared. */
export interface Digests {
  /** The number of rows of each table. */
  readonly counts: ReadonlyMap<string, number>;
  /** A digest of all rows of each sandbox, and one for the rows of each table that belong to none. */
  readonly digests: ReadonlyMap<string, string>;
  /** The sequence of the last row of history. */
  readonly sequence: number;
}

/** The columns that name the sandbox of a row. */
const ownerColumns: Readonly<Record<string, string>> = {
  sandboxes: 'id',
  metadata: 'sandbox_id',
  history: 'sandbox_id',
  snapshots: 'sandbox_id',
};

/** Reads every row of a SQLite database of the current layout. */
export function digestsOf(database: Database): Digests {
  const counts = new Map<string, number>();
  const digests = new Map<string, string>();
  for (const table of transferredTables) {
    let count = 0;
    for (const row of rowsOf(database, table)) {
      const owner = ownerColumns[table.name];
      const key = owner === undefined ? `table ${table.name}` : `sandbox ${row[owner]}`;
      const text = JSON.stringify([table.name, ...Object.entries({ ...row, ...table.toPostgres?.(row) })]);
      digests.set(key, hash(`${digests.get(key) ?? ''}${text}`));
      count++;
    }
    counts.set(table.name, count);
  }
  return { counts, digests, sequence: presentMark(database)?.sequence ?? 0 };
}

/** A sentence for each difference between a database and its copy. */
export function* differences(source: Digests, copy: Digests): Generator<string> {
  for (const [name, count] of source.counts)
    if (copy.counts.get(name) !== count)
      yield `The table ${name} has ${count} rows in the source, but ${copy.counts.get(name)} in the copy.`;
  for (const key of new Set([...source.digests.keys(), ...copy.digests.keys()])) {
    if (source.digests.get(key) !== copy.digests.get(key)) yield `The rows of the ${key} differ.`;
  }
  if (source.sequence !== copy.sequence)
    yield `The last sequence of the history is ${source.sequence} in the source, but ${copy.sequence} in the copy.`;
}

function rowsOf(
  database: Database,
  { name, columns, order, omitted = 'false' }: TransferredTable,
): Iterable<Row> {
  return database
    .prepare(`SELECT ${columns.join(', ')} FROM ${name} WHERE NOT (${omitted}) ORDER BY ${order}`)
    .iterate() as Iterable<Row>;
}

const hash = (text: string) => createHash('sha256').update(text).digest('base64');
