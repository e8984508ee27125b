import type { OrphanDecision, Store } from '../store.ts';
import { isText, mustBeText } from '../text.ts';
import type { Database } from './database.ts';
import type { Group } from './group-commit.ts';

/** The prefix of the facts that record decisions. */
const prefix = 'orphan:';

/** Creates the queries of the decisions about sandboxes without a record. */
export function orphanQueries(
  database: Database,
  group: Group,
): { readonly orphans: NonNullable<Store['orphans']> } {
  const one = database.prepare('SELECT value FROM facts WHERE name = ?');
  // A semicolon follows the colon.
  const later = database.prepare('SELECT value FROM facts WHERE name > ? AND name < ? ORDER BY name LIMIT ?');
  const put = database.prepare(
    'INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  );
  const remove = database.prepare('DELETE FROM facts WHERE name = ?');
  const toDecision = (row: Record<string, unknown>) => JSON.parse(String(row['value'])) as OrphanDecision;
  return {
    orphans: {
      async get(sandboxId) {
        const row = isText(sandboxId) ? one.get(prefix + sandboxId) : undefined;
        return row && toDecision(row);
      },
      async list(afterId, limit) {
        if (!isText(afterId)) return [];
        return later.all(prefix + afterId, prefix.replace(':', ';'), limit).map(toDecision);
      },
      put: (decision) =>
        group.run(() => {
          mustBeText(decision.sandboxId, decision.actor);
          put.run(prefix + decision.sandboxId, JSON.stringify(decision));
        }),
      forget: (sandboxId) =>
        group.run(() => {
          if (isText(sandboxId)) remove.run(prefix + sandboxId);
        }),
    },
  };
}
