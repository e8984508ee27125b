import type { Store } from '../store.ts';
import { closeDatabase, type Database, openDatabase } from './database.ts';
import { createGroup } from './group-commit.ts';
import { historyQueries } from './history-queries.ts';
import { migrate } from './migrations/migrate.ts';
import { responseQueries } from './response-queries.ts';
import { createSandboxes } from './sandboxes.ts';
import { snapshotQueries } from './snapshot-queries.ts';
import { timeoutQueries } from './timeout-queries.ts';
import { createWrite } from './writer.ts';

/**
 * A durable store in one SQLite file: what `commit` answered is on the disk. Commits that are asked for at once share
 * one wait for it. One server at a time can have the file. Throws a sentence when another has it, and when the file holds
 * data of a newer release or of a pre-release version. Peer on Node without `node:sqlite`: @photostructure/sqlite.
 *
 * @example
 * const host = await createHost({ store: sqliteStore('./data/sandboxes.db'), driver });
 */
export function sqliteStore(path: string): Store {
  const database = openDatabase(path);
  try {
    migrate(database);
    return storeOn(database);
  } catch (error) {
    closeDatabase(database);
    throw error;
  }
}

function storeOn(database: Database): Store {
  const group = createGroup(database);
  const write = createWrite(database);
  const { remember, ...sandboxQueries } = createSandboxes(database);
  return {
    commit: (commit) =>
      group.run(
        () => write(commit),
        () => remember(commit.change?.after),
      ),
    ...sandboxQueries,
    ...timeoutQueries(database),
    ...historyQueries(database),
    ...responseQueries(database),
    ...snapshotQueries(database),
    async close() {
      group.close();
      closeDatabase(database);
    },
  };
}
