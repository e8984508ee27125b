import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DataProblem, problemsIn } from '../../sqlite/check/index.ts';
import { closeDatabase, type Database, openDatabase } from '../../sqlite/database.ts';
import { migrations, readLayout } from '../migrations.ts';
import { exportData } from './export-data.ts';
import { inTransferTransaction, type TransferClient } from './transaction.ts';

/** A schema of a PostgreSQL database. */
export interface SchemaAddress {
  readonly url: string;
  readonly schema: string;
}

/** Opens an empty SQLite database for the duration of a call. It is deleted afterwards. */
export async function withTemporaryDatabase<Result>(
  act: (database: Database, path: string) => Promise<Result> | Result,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'sandbox-lifecycle-copy-'));
  try {
    const path = join(folder, 'copy.db');
    const database = openDatabase(path);
    try {
      return await act(database, path);
    } finally {
      closeDatabase(database);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every fault in a SQLite database. */
export function problemsOf(database: Database): Promise<DataProblem[]> {
  return withTemporaryDatabase((fresh) => [...problemsIn(database, fresh)]);
}

/**
 * Copies the data of a schema, as it is at one instant, to a SQLite database that exists for the duration of a call. Servers may use the
 * schema meanwhile. Throws an error with a sentence for a schema without data, or of another layout.
 */
export async function withCopy<Result>(
  { url, schema }: SchemaAddress,
  act: (copy: Database, client: TransferClient) => Promise<Result>,
): Promise<Result> {
  const begin = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';
  return withTemporaryDatabase((copy) =>
    inTransferTransaction({ url, schema, begin }, async (client) => {
      const layout = await readLayout(client, schema);
      if (layout === undefined)
        throw new Error(`The database has no data of a server in the schema ${schema}.`);
      if (layout.version < migrations.length)
        throw new Error(
          `The schema ${schema} has layout ${layout.version}, and this release works with ${migrations.length}; start a server of this release first.`,
        );
      await exportData(client, copy);
      return act(copy, client);
    }),
  );
}
