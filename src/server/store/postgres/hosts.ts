import type { PoolClient } from 'pg';
import { readReadable } from '../read-readable.ts';
import type { SandboxEntry } from '../records.ts';
import { recordSchema } from '../schemas.ts';
import type { SharedStore } from '../shared.ts';
import type { Store } from '../store.ts';
import { isText, mustBeText } from '../text.ts';
import type { Connections } from './connections.ts';
import { createHints, type Hints } from './hints.ts';
import { type HostQueries, hostQueries } from './host-queries.ts';

/** The parts of a store that several hosts share. */
interface HostParts {
  readonly connections: Connections;
  /** The connection that keeps the right to write. */
  readonly client: PoolClient;
  readonly schema: string;
  readonly lockKey: string;
  /** Resolves when no commit is in progress. */
  readonly drained: () => Promise<void>;
}

/** Adds the coordination of several hosts to a store. Its commits give hints to the other hosts. */
export async function withHosts(store: Store, parts: HostParts): Promise<Store> {
  const { connections } = parts;
  const hints = await createHints({ ...parts, lastSequence: store.lastSequence });
  return {
    ...store,
    shared: {
      ...coordination(store, connections, parts.lockKey, hints),
      ...hostQueries(connections),
      onHint: hints.onHint,
    },
    async commit(commit) {
      const committed = await store.commit(commit);
      if (commit.change) hints.announce(commit.change.after.sandbox.id);
      return committed;
    },
    async close() {
      await parts.drained();
      await hints.close();
      await connections.close();
    },
  };
}

function coordination(
  store: Store,
  { write }: Connections,
  lockKey: string,
  hints: Hints,
): Omit<SharedStore, 'onHint' | keyof HostQueries> {
  return {
    async heartbeat(host, aliveMs) {
      mustBeText(host);
      const [row] = await write<{ beat: { now: number; alive: string[]; holds: Record<string, number> } }>(
        'SELECT host_heartbeat($1, $2::bigint, $3::integer) AS beat',
        [host, Math.ceil(aliveMs), recordSchema],
      );
      const { now = 0, alive = [], holds = {} } = row?.beat ?? {};
      return { now, alive, holds: new Map(Object.entries(holds)) };
    },
    async take(host, limit) {
      mustBeText(host);
      const taken: SandboxEntry[] = [];
      for (let asked = limit, got = limit; got === asked && asked > 0; asked = limit - taken.length) {
        const rows = await write<{ id: string }>(
          'SELECT take_sandboxes($1, $2::integer, $3::integer) AS id',
          [host, asked, recordSchema],
        );
        got = rows.length;
        // A row that cannot be read stays with the host that took it until that host ends.
        const entries = await Promise.all(rows.map(({ id }) => readReadable(store, id)));
        taken.push(...entries.filter((entry) => entry !== undefined));
      }
      return taken;
    },
    async hold(host, sandboxId) {
      mustBeText(host);
      if (!isText(sandboxId)) return false;
      const rows = await write(
        `UPDATE sandboxes SET holder = $1 WHERE id = $2 AND broken IS NULL AND oldest_reader <= $3::integer
           AND (holder = $1 OR NOT is_alive(holder)) AND is_alive($1) RETURNING 1`,
        [host, sandboxId, recordSchema],
      );
      return rows.length > 0;
    },
    async letGo(host, sandboxId) {
      if (!isText(host, sandboxId)) return;
      // The work of a row that this release cannot read is not its own.
      await write(
        `UPDATE sandboxes SET holder = NULL WHERE id = $1 AND holder = $2
           AND (unsettled = 0 OR broken IS NOT NULL OR oldest_reader > $3::integer)`,
        [sandboxId, host, recordSchema],
      );
    },
    async turn(task, everyMs) {
      mustBeText(task);
      const [row] = await write<{ mine: boolean }>('SELECT take_turn($1, $2::bigint) AS mine', [
        task,
        Math.ceil(everyMs),
      ]);
      return row?.mine === true;
    },
    async leave(host) {
      mustBeText(host);
      await write('SELECT leave_host($1, $2::bigint)', [host, lockKey]);
      hints.announceLeave();
    },
  };
}
