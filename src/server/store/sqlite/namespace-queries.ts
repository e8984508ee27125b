import { NamespaceDeletingError } from '../errors.ts';
import type { NamespaceDeletion, Store } from '../store.ts';
import { isText } from '../text.ts';
import type { Database } from './database.ts';
import type { Group } from './group-commit.ts';

/** The prefix of the facts that record deletions in progress. */
const prefix = 'deletes:';

/** Creates the check of a new sandbox. It throws {@link NamespaceDeletingError} while the deletion of its namespace is recorded. */
export function deletionCheck(database: Database): (namespace: string) => void {
  const select = database.prepare('SELECT 1 FROM facts WHERE name = ?');
  return (namespace) => {
    if (select.get(prefix + namespace) !== undefined) throw new NamespaceDeletingError(namespace);
  };
}

/** Creates the deletion of namespaces. `forget` removes a sandbox from the cache. */
export function namespaceQueries(
  database: Database,
  group: Group,
  forget: (sandboxId: string) => void,
): { readonly namespaces: NonNullable<Store['namespaces']> } {
  const marks = database.prepare('SELECT value FROM facts WHERE name >= ? AND name < ?');
  const mark = database.prepare(
    'INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  );
  const unmark = database.prepare('DELETE FROM facts WHERE name = ?');
  const remaining = ['sandboxes', 'snapshots', 'responses'].map((table) =>
    database.prepare(
      `SELECT 1 FROM ${table} WHERE namespace = ?${table === 'sandboxes' ? ' AND broken IS NULL' : ''} LIMIT 1`,
    ),
  );
  const deleteSome = createDeletion(database);
  return {
    namespaces: {
      async recorded() {
        // A semicolon follows the colon.
        const rows = marks.all(prefix, prefix.replace(':', ';'));
        return rows.map((row) => JSON.parse(String(row['value'])) as NamespaceDeletion);
      },
      record: (namespace, deletion) =>
        group.run(() => {
          if (deletion === null) unmark.run(prefix + namespace);
          else mark.run(prefix + namespace, JSON.stringify(deletion));
        }),
      async deleteRows(namespace, limit) {
        if (!isText(namespace)) return 0;
        let forgotten: readonly string[] = [];
        return group.run(
          () => {
            const { rows, sandboxIds } = deleteSome(namespace, limit);
            forgotten = sandboxIds;
            return rows;
          },
          () => forgotten.forEach(forget),
        );
      },
      isEmpty: async (namespace) =>
        remaining.every((statement) => !isText(namespace) || statement.get(namespace) === undefined),
    },
  };
}

/** Creates the deletion of at most so many rows. It returns their number, and the sandboxes among them. */
function createDeletion(database: Database) {
  const ended = database.prepare(
    "SELECT id FROM sandboxes WHERE namespace = ? AND status = 'terminated' AND released = 1 AND broken IS NULL LIMIT 1",
  );
  // The newest rows first, so that the rest of a history still begins with its first event.
  const history = database.prepare(
    `DELETE FROM history WHERE sequence IN
       (SELECT sequence FROM history WHERE sandbox_id = ? ORDER BY version DESC LIMIT ?)`,
  );
  const metadata = database.prepare('DELETE FROM metadata WHERE sandbox_id = ?');
  const sandbox = database.prepare('DELETE FROM sandboxes WHERE id = ?');
  const snapshots = database.prepare(
    `DELETE FROM snapshots WHERE id IN
       (SELECT id FROM snapshots WHERE namespace = ? AND deleted_at IS NOT NULL AND garbage = 0 LIMIT ?)`,
  );
  const responses = database.prepare(
    `DELETE FROM responses WHERE rowid IN (SELECT rowid FROM responses WHERE namespace = ? LIMIT ?)`,
  );

  const snapshotLeft = database.prepare('SELECT 1 FROM snapshots WHERE namespace = ? LIMIT 1');

  return (namespace: string, limit: number) => {
    const sandboxIds: string[] = [];
    let rows =
      Number(responses.run(namespace, limit).changes) + Number(snapshots.run(namespace, limit).changes);
    // A snapshot refers to its sandbox, so the sandboxes are deleted last.
    while (rows < limit && snapshotLeft.get(namespace) === undefined) {
      const id = ended.get(namespace)?.['id'];
      if (typeof id !== 'string') break;
      rows += Number(history.run(id, limit - rows).changes);
      if (rows >= limit) break;
      metadata.run(id);
      sandbox.run(id);
      sandboxIds.push(id);
      rows += 1;
    }
    return { rows, sandboxIds };
  };
}
