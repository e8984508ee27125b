import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import { commitFunctions } from './commit-function.ts';
import { countTables } from './count-layout.ts';
import { hostFunctions, hostTables } from './hosts-layout.ts';
import { tables } from './layout.ts';
import { namespaceFunctions } from './namespace-functions.ts';
import { retentionFunctions } from './retention-functions.ts';

/** The step from one layout to the next. A released step never changes. */
export interface Migration {
  readonly sql: string;
  /**
   * Whether servers of the earlier layout may still use a schema of the next one: the step then keeps every table, column and function
   * that they use, with its meaning.
   */
  readonly isUsableByEarlier: boolean;
}

/** The steps between the layouts. The first one creates layout 1, and is edited in place until the first release has a tag. */
export const migrations: readonly Migration[] = [
  {
    sql: [
      ...[tables, hostTables, countTables],
      ...[hostFunctions, commitFunctions, retentionFunctions, namespaceFunctions],
    ].join('\n'),
    isUsableByEarlier: false,
  },
];

/** A layout, and the oldest one whose servers may use it. */
interface Layout {
  readonly version: number;
  readonly oldestReader: number;
}

/** Whether the layout that migrations lead to can be reached while servers of the present layout go on. */
export function areUsable(steps: readonly Migration[], from: number): boolean {
  return steps.slice(from).every(({ isUsableByEarlier }) => isUsableByEarlier);
}

/** The layout of a schema; undefined before its first migration. Throws for one that only newer releases may use. */
export async function readLayout(
  client: Pick<PoolClient, 'query'>,
  schema: string,
  supported = migrations.length,
): Promise<Layout | undefined> {
  const { rows } = await client.query<{ found: string | null }>('SELECT to_regclass($1) AS found', [
    `${schema}.layout`,
  ]);
  if (rows[0]?.found == null) return undefined;
  const found = await client.query<Layout>(
    `SELECT version, oldest_reader AS "oldestReader" FROM ${schema}.layout`,
  );
  const layout = found.rows[0] ?? { version: 0, oldestReader: 0 };
  if (layout.oldestReader > supported)
    throw new Error(
      `The data has layout ${layout.version}, but this release supports layouts up to ${supported}; run the newer release.`,
    );
  return layout;
}

/**
 * Creates or migrates the tables of a schema, in the transaction of the client. A newer layout that this release may use stays as it
 * is. Throws for one that only newer releases may use.
 */
export async function migrate(
  client: Pick<PoolClient, 'query'>,
  schema: string,
  steps: readonly Migration[] = migrations,
): Promise<void> {
  const layout = await readLayout(client, schema, steps.length);
  const from = layout?.version ?? 0;
  if (from >= steps.length) return;
  if (layout === undefined) await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  for (const { sql } of steps.slice(from)) await client.query(sql);
  const oldestReader = areUsable(steps, from)
    ? layout?.oldestReader
    : 1 + steps.findLastIndex(({ isUsableByEarlier }) => !isUsableByEarlier);
  await client.query('DELETE FROM layout');
  await client.query('INSERT INTO layout VALUES ($1, $2)', [steps.length, oldestReader]);
  if (layout === undefined) await client.query("INSERT INTO facts VALUES ('identity', $1)", [randomUUID()]);
}
