import type { NamespaceDeletion, Store } from '../store.ts';
import { isText, mustBeText } from '../text.ts';
import type { Connections } from './connections.ts';
import type { WriterCall } from './writer-call.ts';

/** The prefix of the facts that record deletions in progress. */
export const deletionPrefix = 'deletes:';

/** Creates the deletion of namespaces. */
export function namespaceQueries(
  { read }: Connections,
  call: WriterCall,
): { readonly namespaces: NonNullable<Store['namespaces']> } {
  return {
    namespaces: {
      async recorded() {
        // A semicolon follows the colon.
        const rows = await read<{ value: string }>(
          `SELECT value FROM facts WHERE name COLLATE "C" >= $1 AND name COLLATE "C" < 'deletes;' ORDER BY name COLLATE "C"`,
          [deletionPrefix],
        );
        return rows.map(({ value }) => JSON.parse(value) as NamespaceDeletion);
      },
      async record(namespace, deletion) {
        mustBeText(namespace);
        const text = deletion && JSON.stringify(deletion);
        await call<void>('record_deletion', '$3, $4', [deletionPrefix + namespace, text]);
      },
      async deleteRows(namespace, limit) {
        if (!isText(namespace)) return 0;
        return (await call<number>('delete_namespace_rows', '$3, $4::integer', [namespace, limit])) ?? 0;
      },
      async isEmpty(namespace) {
        if (!isText(namespace)) return true;
        const left = await read(
          `SELECT 1 WHERE EXISTS (SELECT 1 FROM sandboxes WHERE namespace = $1 AND broken IS NULL)
             OR EXISTS (SELECT 1 FROM snapshots WHERE namespace = $1) OR EXISTS (SELECT 1 FROM responses WHERE namespace = $1)`,
          [namespace],
        );
        return left.length === 0;
      },
    },
  };
}
