import type { Store } from '../store.ts';
import type { Database } from './database.ts';

/** Creates the queries of the due timeouts and of the next timeout. */
export function timeoutQueries(database: Database): Pick<Store, 'due' | 'nextTimeoutAt'> {
  const due = database.prepare(
    'SELECT id, timeout_at FROM sandboxes WHERE timeout_at <= ? AND broken IS NULL ORDER BY timeout_at LIMIT ?',
  );
  const nextTimeout = database.prepare(
    'SELECT timeout_at FROM sandboxes WHERE timeout_at IS NOT NULL AND broken IS NULL ORDER BY timeout_at LIMIT 1',
  );
  return {
    async due(at, limit) {
      return due
        .all(at, limit)
        .map((row) => ({ sandboxId: String(row['id']), timeoutAt: Number(row['timeout_at']) }));
    },
    async nextTimeoutAt() {
      const at = nextTimeout.get()?.['timeout_at'];
      return typeof at === 'number' ? at : null;
    },
  };
}
