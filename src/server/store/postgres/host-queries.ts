import type { HeldSandbox, Holder, KnownHosts, SharedStore } from '../shared.ts';
import { isText } from '../text.ts';
import type { Connections } from './connections.ts';

/** The queries of the hosts of a schema and of what they hold, for operators. */
export type HostQueries = Pick<SharedStore, 'hosts' | 'heldBy' | 'holderOf'>;

/** Creates the queries. Each reads one page of an index. */
export function hostQueries({ read }: Connections): HostQueries {
  const isKnown = async (host: string) =>
    (await read('SELECT 1 FROM hosts WHERE name = $1', [host])).length > 0;
  return {
    async hosts(afterName, limit) {
      const [row] = await read<{ page: KnownHosts }>(
        `SELECT jsonb_build_object('now', now_ms(),
           'living', (SELECT count(*) FROM hosts WHERE alive_until > now_ms()),
           'hosts', (SELECT coalesce(jsonb_agg(host ORDER BY name), '[]') FROM
             (SELECT h.name, jsonb_build_object('name', h.name, 'startedAt', h.started_at, 'lastHeartbeatAt', h.beat_at,
                'aliveUntil', h.alive_until, 'held', (SELECT count(*) FROM sandboxes WHERE holder = h.name)) AS host
              FROM hosts AS h WHERE h.name > $1 ORDER BY h.name LIMIT $2) AS listed)) AS page`,
        [isText(afterName) ? afterName : '', limit],
      );
      return row?.page ?? { now: 0, living: 0, hosts: [] };
    },
    async heldBy(host, afterId, limit) {
      if (!isText(host, afterId)) return undefined;
      const held = await read<HeldSandbox & { [column: string]: unknown }>(
        `SELECT id AS "sandboxId", namespace, held_since AS "heldSince" FROM sandboxes
         WHERE holder = $1 AND id > $2 ORDER BY id LIMIT $3`,
        [host, afterId, limit],
      );
      return held.length > 0 || (await isKnown(host)) ? held : undefined;
    },
    async holderOf(sandboxId) {
      if (!isText(sandboxId)) return null;
      const [row] = await read<Holder & { [column: string]: unknown }>(
        `SELECT holder AS host, held_since AS "heldSince" FROM sandboxes WHERE id = $1 AND is_alive(holder)`,
        [sandboxId],
      );
      return row ?? null;
    },
  };
}
