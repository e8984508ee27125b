import { rankOf } from '../paging.ts';
import type { StoreChange } from '../store.ts';
import { searchable } from '../text.ts';
import type { Database } from './database.ts';

/**
 * Creates the function that writes the metadata of a sandbox into the table by which lists are filtered. The row of the sandbox is written
 * before, and its metadata gets its rank.
 */
export function metadataWriter(database: Database): (change: StoreChange) => void {
  const remove = database.prepare('DELETE FROM metadata WHERE sandbox_id = ?');
  const insert = database.prepare(
    `INSERT INTO metadata (namespace, key, value, rank, created_at, sandbox_id)
       SELECT namespace, ?, ?, rank, created_at, id FROM sandboxes WHERE id = ?`,
  );
  const move = database.prepare(
    'UPDATE metadata SET rank = (SELECT rank FROM sandboxes WHERE id = ?1) WHERE sandbox_id = ?1',
  );

  return ({ before, after: { sandbox, released, configuration } }) => {
    // Most commits keep the configuration, and then the very same object.
    if (before?.configuration === configuration) {
      const isMoved = rankOf(sandbox) !== rankOf(before.sandbox) || released !== before.released;
      if (isMoved) move.run(sandbox.id);
      return;
    }
    if (before) remove.run(sandbox.id);
    for (const [key, value] of searchable(configuration.metadata)) insert.run(key, value, sandbox.id);
  };
}
