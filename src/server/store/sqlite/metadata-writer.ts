import { rankOf } from '../paging.ts';
import type { StoreChange } from '../store.ts';
import { searchable } from '../text.ts';
import type { Database } from './database.ts';

/** Creates the function that writes the metadata of a sandbox into the table by which lists are filtered. */
export function metadataWriter(database: Database): (change: StoreChange) => void {
  const remove = database.prepare('DELETE FROM metadata WHERE sandbox_id = ?');
  const insert = database.prepare(
    'INSERT INTO metadata (namespace, key, value, rank, created_at, sandbox_id) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const move = database.prepare('UPDATE metadata SET rank = min(rank, ?) WHERE sandbox_id = ?');

  return ({ before, after: { namespace, sandbox, configuration } }) => {
    // Most commits keep the configuration, and then the very same object.
    if (before?.configuration === configuration) {
      const rank = rankOf(sandbox);
      if (rank !== rankOf(before.sandbox)) move.run(rank, sandbox.id);
      return;
    }
    if (before) remove.run(sandbox.id);
    for (const [key, value] of searchable(configuration.metadata)) {
      insert.run(namespace, key, value, rankOf(sandbox), sandbox.createdAt, sandbox.id);
    }
  };
}
