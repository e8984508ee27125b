import type { Store } from '../store.ts';
import { createCommits } from './commits.ts';
import { openConnections } from './connections.ts';
import { createFacts } from './facts.ts';
import { historyQueries } from './history-queries.ts';
import { withHosts } from './hosts.ts';
import { namespaceQueries } from './namespace-queries.ts';
import { type HostMode, lockKeyOf, openSchema, releaseClaim } from './open.ts';
import { orphanQueries } from './orphan-queries.ts';
import { responseQueries } from './response-queries.ts';
import { createRetention } from './retention.ts';
import { sandboxQueries } from './sandboxes.ts';
import { snapshotQueries } from './snapshot-queries.ts';
import { createStats } from './stats.ts';
import { timeoutQueries } from './timeout-queries.ts';
import { usageQueries } from './usage-queries.ts';
import { createWriterCall } from './writer-call.ts';

/** Options of {@link postgresStore}. */
export interface PostgresStoreOptions {
  /** Such as `postgres://user:password@host:5432/database`. */
  readonly url: string;
  /** The schema of the tables, which the store creates. Lower-case letters, digits and `_`. Default: `sandbox_lifecycle`. */
  readonly schema?: string;
  /**
   * Whether several servers may use the schema at once. With `many` the store has `shared`, and every server of the schema must be
   * opened with `many`. Default: `one`.
   */
  readonly hosts?: HostMode;
  /**
   * Continues with sequences that no client has seen, because a backup was restored. Create the host with `restored: true` too.
   * Default: false.
   */
  readonly restored?: boolean;
}

/**
 * Opens a durable store in a schema of a PostgreSQL database. A commit resolves after PostgreSQL has made it durable;
 * concurrent commits share one transaction. One server at a time can use a schema, unless all of them pass `hosts: 'many'`. Throws an error with a sentence when the
 * database cannot be reached, is not durable or not writable, another server uses the schema, or its data was written by a newer release.
 * Peer: pg.
 *
 * @example
 * const store = await postgresStore({ url: 'postgres://localhost/sandboxes' });
 * const host = await createHost({ store, driver });
 */
export async function postgresStore({
  url,
  schema = 'sandbox_lifecycle',
  hosts = 'one',
  restored = false,
}: PostgresStoreOptions): Promise<Store> {
  if (!/^[a-z_][a-z0-9_]{0,50}$/.test(schema))
    throw new Error(
      `The schema ${JSON.stringify(schema)} is not valid; use lower-case letters, digits and _, up to 51 characters.`,
    );
  const connections = openConnections(url, schema);
  try {
    const { writer, client } = await openSchema(connections, schema, { mode: hosts, restored });
    const lockKey = lockKeyOf(schema, 'commits');
    const call = createWriterCall(connections, lockKey, writer);
    const commits = createCommits(call);
    const { listOfRanks, ...sandboxes } = sandboxQueries(connections);
    const store: Store = {
      ...createFacts(connections),
      commit: commits.commit,
      ...sandboxes,
      retention: createRetention(connections, call, { listOfRanks }),
      ...timeoutQueries(connections),
      ...historyQueries(connections),
      ...responseQueries(connections, call),
      ...snapshotQueries(connections, call),
      ...orphanQueries(connections),
      ...usageQueries(connections),
      ...namespaceQueries(connections, call),
      stats: createStats(connections, commits.waiting),
      async close() {
        await commits.drained();
        await releaseClaim(client);
        await connections.close();
      },
    };
    return hosts === 'many'
      ? await withHosts(store, { connections, client, schema, lockKey, drained: commits.drained })
      : store;
  } catch (error) {
    await connections.close();
    throw error;
  }
}
