import { countChecks, type DataProblem } from '../../sqlite/check/index.ts';
import { migrations } from '../migrations.ts';
import type { TransferClient } from './transaction.ts';

const help = 'The layout was changed by hand: undo that change, or restore a backup.';

/** Finds the faults of a schema that a copy of its data does not have: missing indexes and triggers, and wrong counts. */
export async function schemaProblems(client: TransferClient, schema: string): Promise<DataProblem[]> {
  return [...(await missingParts(client, schema)), ...(await wrongCounts(client))];
}

/** An index keeps two sandboxes from sharing a name, or finds timeouts, and a trigger counts; so a missing one is a fault. */
async function missingParts(client: TransferClient, schema: string): Promise<DataProblem[]> {
  const namesIn = async (query: string) => {
    const { rows } = await client.query<{ name: string }>(query, [schema]);
    return new Set(rows.map(({ name }) => name));
  };
  const indexes = await namesIn(
    `SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
       JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND i.indisvalid`,
  );
  const triggers = await namesIn(
    `SELECT t.tgname AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
       JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND t.tgenabled <> 'D'`,
  );
  const layout = migrations.map(({ sql }) => sql).join('\n');
  const missing = [
    ...partsOf(layout, /CREATE (?:UNIQUE )?INDEX (\w+)/g).filter((name) => !indexes.has(name)),
    ...partsOf(layout, /CREATE TRIGGER (\w+)/g).filter((name) => !triggers.has(name)),
  ];
  return missing.map((name) => ({
    sandboxId: null,
    problem: `The index or trigger ${name} is missing or not in use.`,
    help,
  }));
}

function partsOf(layout: string, pattern: RegExp): string[] {
  return [...layout.matchAll(pattern)].map(([, name]) => String(name));
}

async function wrongCounts(client: TransferClient): Promise<DataProblem[]> {
  const problems: DataProblem[] = [];
  for (const { sql, problemOf } of countChecks) {
    const { rows } = await client.query(sql);
    problems.push(...rows.map(problemOf));
  }
  return problems;
}
