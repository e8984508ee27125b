import type { DataProblem } from '../../sqlite/check/index.ts';
import type { Database } from '../../sqlite/database.ts';
import { migrate } from '../migrations.ts';
import { checkSettings, inUse, lockKeyOf, takeServerLock } from '../open.ts';
import { problemsOf, type SchemaAddress, withTemporaryDatabase } from './copy.ts';
import { type Digests, differences, digestsOf } from './digests.ts';
import { exportData } from './export-data.ts';
import { importData } from './import-data.ts';
import type { TransferredTable } from './tables.ts';
import { inTransferTransaction, type TransferClient } from './transaction.ts';

/** The result of a move. */
export interface Moved {
  /** The number of rows of each table. */
  readonly counts: ReadonlyMap<string, number>;
  readonly identity: string;
}

/** The most faults that a message names. */
const mostNamed = 10;

/**
 * Copies all data of a SQLite database, which the caller has locked, into an empty schema: in one transaction, so that the schema has
 * everything or nothing. Before the end it reads everything back, checks it, and compares it with the source. Throws an error with a sentence for
 * a source with faults, a schema that is in use or not empty, and a copy that differs. `tables` is for tests.
 */
export async function moveData(
  source: Database,
  { url, schema }: SchemaAddress,
  tables?: readonly TransferredTable[],
): Promise<Moved> {
  const faults = await problemsOf(source);
  if (faults.length > 0)
    throw new Error(
      `The source has faults, so nothing was moved; repair them first.\n${described(faults.map(sentenceOf))}`,
    );
  const digests = digestsOf(source);
  return inTransferTransaction({ url, schema, begin: 'BEGIN' }, async (client) => {
    await claimEmpty(client, schema);
    await importData(source, client, tables);
    const wrong = await comparedWith(digests, client);
    if (wrong.length > 0)
      throw new Error(`The copy is wrong, so it was not kept. The source is as it was.\n${described(wrong)}`);
    const identity = source.prepare("SELECT value FROM facts WHERE name = 'identity'").get()?.['value'];
    return { counts: digests.counts, identity: String(identity) };
  });
}

/** Keeps servers away from a schema until the end of the transaction, creates its tables, and checks that they are empty. */
async function claimEmpty(client: TransferClient, schema: string): Promise<void> {
  await checkSettings(client);
  await client.query('SELECT pg_advisory_xact_lock($1::bigint)', [lockKeyOf(schema, 'migration')]);
  if (!(await takeServerLock(client, schema, 'one'))) throw new Error(inUse(schema, 'one'));
  await migrate(client, schema);
  const { rows } = await client.query<{ used: boolean }>(
    `SELECT EXISTS (SELECT FROM sandboxes) OR EXISTS (SELECT FROM snapshots) OR EXISTS (SELECT FROM responses)
       OR EXISTS (SELECT FROM position WHERE last > 0) OR EXISTS (SELECT FROM facts WHERE name LIKE 'orphan:%') AS used`,
  );
  if (rows[0]?.used)
    throw new Error(
      `The schema ${schema} of this database is not empty; use another database, or drop the schema first.`,
    );
}

/** Reads the copy back, and returns a sentence for each fault and each difference. */
async function comparedWith(source: Digests, client: TransferClient): Promise<string[]> {
  return withTemporaryDatabase(async (copy) => {
    await exportData(client, copy);
    const faults = await problemsOf(copy);
    return [...differences(source, digestsOf(copy)), ...faults.map(sentenceOf)];
  });
}

function sentenceOf({ sandboxId, problem }: DataProblem): string {
  return sandboxId === null ? problem : `sandbox ${sandboxId}: ${problem}`;
}

function described(sentences: readonly string[]): string {
  const left = sentences.length - mostNamed;
  return [...sentences.slice(0, mostNamed), ...(left > 0 ? [`There are ${left} more.`] : [])].join('\n');
}
