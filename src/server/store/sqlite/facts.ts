import { randomUUID } from 'node:crypto';
import type { Store } from '../store.ts';
import type { Database } from './database.ts';

type Facts = Required<Pick<Store, 'identity' | 'recordHeartbeat' | 'lastHeartbeat'>>;

/** Creates the queries of the facts about a database. Gives a new database its identity. */
export function createFacts(database: Database): Facts {
  const select = database.prepare('SELECT value FROM facts WHERE name = ?');
  const insert = database.prepare('INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING');
  const put = database.prepare(
    'INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
  );
  const read = (name: string) => {
    const value = select.get(name)?.['value'];
    return typeof value === 'string' ? value : null;
  };
  insert.run('identity', randomUUID());
  return {
    identity: {
      read: async () => ({ id: String(read('identity')), driverKind: read('driver_kind') }),
      async writeDriverKind(kind) {
        insert.run('driver_kind', kind);
      },
    },
    async recordHeartbeat(at) {
      put.run('heartbeat', String(at));
    },
    async lastHeartbeat() {
      const at = read('heartbeat');
      return at === null ? null : Number(at);
    },
  };
}
