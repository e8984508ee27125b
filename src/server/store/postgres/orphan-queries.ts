import type { OrphanDecision, Store } from '../store.ts';
import { isText, mustBeText } from '../text.ts';
import type { Connections } from './connections.ts';

/** The prefix of the facts that record decisions. */
const prefix = 'orphan:';

/** Creates the queries of the decisions about sandboxes without a record. */
export function orphanQueries({ read, write }: Connections): {
  readonly orphans: NonNullable<Store['orphans']>;
} {
  const toDecision = ({ value }: { readonly value: string }) => JSON.parse(value) as OrphanDecision;
  return {
    orphans: {
      async get(sandboxId) {
        if (!isText(sandboxId)) return undefined;
        const [row] = await read<{ value: string }>('SELECT value FROM facts WHERE name = $1', [
          prefix + sandboxId,
        ]);
        return row && toDecision(row);
      },
      async list(afterId, limit) {
        if (!isText(afterId)) return [];
        const rows = await read<{ value: string }>(
          `SELECT value FROM facts WHERE name COLLATE "C" > $1 AND name COLLATE "C" < 'orphan;' ORDER BY name COLLATE "C" LIMIT $2`,
          [prefix + afterId, limit],
        );
        return rows.map(toDecision);
      },
      async put(decision) {
        mustBeText(decision.sandboxId, decision.actor);
        await write(
          'INSERT INTO facts VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
          [prefix + decision.sandboxId, JSON.stringify(decision)],
        );
      },
      async forget(sandboxId) {
        if (isText(sandboxId)) await write('DELETE FROM facts WHERE name = $1', [prefix + sandboxId]);
      },
    },
  };
}
