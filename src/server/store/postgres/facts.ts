import type { Store } from '../store.ts';
import type { Connections } from './connections.ts';

type Facts = Required<Pick<Store, 'identity' | 'recordHeartbeat' | 'lastHeartbeat'>>;

/** Creates the queries of the facts about the data. The migration gave it its identity. */
export function createFacts({ read, write }: Connections): Facts {
  const fact = async (name: string) => {
    const [row] = await read<{ value: string }>('SELECT value FROM facts WHERE name = $1', [name]);
    return row?.value ?? null;
  };
  return {
    identity: {
      read: async () => ({ id: String(await fact('identity')), driverKind: await fact('driver_kind') }),
      async writeDriverKind(kind) {
        await write("INSERT INTO facts VALUES ('driver_kind', $1) ON CONFLICT DO NOTHING", [kind]);
      },
    },
    async recordHeartbeat(at) {
      await write(
        "INSERT INTO facts VALUES ('heartbeat', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        [String(at)],
      );
    },
    async lastHeartbeat() {
      const at = await fact('heartbeat');
      return at === null ? null : Number(at);
    },
  };
}
