import { type Status, statuses } from '../../../model/sandbox.ts';
import type { StoreStats } from '../store.ts';
import type { Connections } from './connections.ts';

/** Creates the query of the numbers of a schema. Triggers keep the counts. `waiting` returns how many commits wait. */
export function createStats({ read }: Connections, waiting: () => number): () => Promise<StoreStats> {
  return async () => {
    const waitingCommits = waiting();
    const counted = await read<{ status: string; count: number }>('SELECT status, count FROM status_counts');
    const countOf = (status: Status) => counted.find((row) => row.status === status)?.count ?? 0;
    const [size] = await read<{ bytes: number }>(
      `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint AS bytes FROM pg_class AS c
       WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'`,
    );
    return {
      kind: 'postgres',
      sandboxes: Object.fromEntries(statuses.map((status) => [status, countOf(status)])) as Record<
        Status,
        number
      >,
      sizeBytes: size?.bytes ?? null,
      waitingCommits,
    };
  };
}
