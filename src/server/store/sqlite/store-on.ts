import type { Store } from '../store.ts';
import { createBackups } from './backup.ts';
import { closeDatabase, type Database } from './database.ts';
import { createFacts } from './facts.ts';
import { createGroup } from './group-commit.ts';
import { historyQueries } from './history-queries.ts';
import { namespaceQueries } from './namespace-queries.ts';
import { orphanQueries } from './orphan-queries.ts';
import { responseQueries } from './response-queries.ts';
import { createRetention } from './retention.ts';
import { createSandboxes } from './sandboxes.ts';
import { snapshotQueries } from './snapshot-queries.ts';
import { createStats } from './stats.ts';
import { timeoutQueries } from './timeout-queries.ts';
import { usageQueries } from './usage.ts';
import { createWrite } from './writer.ts';

/** Creates the store on an open database of the current layout. It prepares its statements once. */
export function storeOn(database: Database): Store {
  const group = createGroup(database);
  const write = createWrite(database);
  const backups = createBackups(database);
  const { remember, forget, listArchived, ...sandboxQueries } = createSandboxes(database);
  return {
    stats: createStats(database, group),
    ...usageQueries(database),
    ...createFacts(database),
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
    ...namespaceQueries(database, group, forget),
    retention: createRetention(database, group, listArchived, forget),
    ...orphanQueries(database, group),
    backup: backups.run,
    async close() {
      await backups.close();
      group.close();
      closeDatabase(database);
    },
  };
}
