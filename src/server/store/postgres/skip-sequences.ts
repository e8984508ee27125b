import type { PoolClient } from 'pg';

/** How far the sequences jump after a restore: more than any server can have written since the backup. */
const jump = 1_000_000_000;

/**
 * Continues the history of a restored database with sequences that no client has seen. Else a client that returns with a
 * sequence from before the restore would miss the changes that got the same sequences again. Nothing else may use the schema.
 */
export async function skipSequences(client: Pick<PoolClient, 'query'>): Promise<void> {
  // The history of every namespace has a gap up to there.
  await client.query(
    `WITH skipped AS (UPDATE position SET last = last + $1::bigint WHERE last > 0 RETURNING last)
     INSERT INTO deleted_history (namespace, last) SELECT '', last FROM skipped
       ON CONFLICT (namespace) DO UPDATE SET last = excluded.last`,
    [jump],
  );
}
