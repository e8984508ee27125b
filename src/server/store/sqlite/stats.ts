import { stat } from 'node:fs/promises';
import { type Status, statuses } from '../../../model/sandbox.ts';
import type { StoreStats } from '../store.ts';
import type { Database } from './database.ts';
import type { Group } from './group-commit.ts';

/** Creates the query of the numbers of a database. Triggers of the layout keep the counts. */
export function createStats(database: Database, group: Pick<Group, 'waiting'>): () => Promise<StoreStats> {
  const countOf = database.prepare('SELECT count FROM status_counts WHERE status = ?');
  const files = database.prepare('PRAGMA database_list').all();
  // Empty for a database in memory.
  const path = String(files.find(({ name }) => name === 'main')?.['file'] ?? '');
  const pageCount = database.prepare('PRAGMA page_count');
  const pageSize = database.prepare('PRAGMA page_size');

  return async () => {
    const counts = statuses.map((status) => [status, Number(countOf.get(status)?.['count'] ?? 0)]);
    const databaseBytes = Number(pageCount.get()?.['page_count']) * Number(pageSize.get()?.['page_size']);
    const waitingCommits = group.waiting();
    const logBytes = path === '' ? 0 : await sizeOf(`${path}-wal`);
    return {
      kind: 'sqlite',
      sandboxes: Object.fromEntries(counts) as Record<Status, number>,
      sizeBytes: path === '' ? null : databaseBytes + logBytes,
      waitingCommits,
    };
  };
}

/** The bytes of a file; 0 when it does not exist. */
async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
