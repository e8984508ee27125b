import { beforeEach, describe, expect, test } from 'vitest';
import type { Driver } from '../../../../src/server/index.ts';
import {
  type SharedMemoryStore,
  sharedMemoryStore,
} from '../../../../src/server/store/memory/shared-memory.ts';
import type { SnapshotRecord } from '../../../../src/server/store/records.ts';
import { type VirtualClock, virtualClock } from '../../../harness/server/virtual-clock.ts';
import { startMortalHost } from '../../../harness/simulation/hosts/mortal-host.ts';
import { createSharedPlatform } from '../../../harness/simulation/hosts/shared-platform.ts';

const namespace = 'default';

let clock: VirtualClock;
let store: SharedMemoryStore;
/** The ids of the snapshots with data on the platform. */
let data: Set<string>;
let changes: Partial<Driver>;

beforeEach(() => {
  clock = virtualClock();
  store = sharedMemoryStore({ clock });
  data = new Set();
  changes = {
    /** A capture that takes longer than its limit, and whose data arrives 3 s after its abort. */
    snapshot: ({ signal, snapshotId }) =>
      new Promise((_, reject) => {
        const cancel = clock.wake(700_000, () => data.add(snapshotId));
        signal.addEventListener('abort', () => {
          cancel();
          clock.wake(3_000, () => {
            data.add(snapshotId);
            reject(new Error('It was aborted too late.'));
          });
        });
      }),
    async deleteSnapshot(snapshotId) {
      data.delete(snapshotId);
    },
  };
});

async function start({ isDeaf = false } = {}) {
  const platform = createSharedPlatform(clock, () => 100);
  const startOne = async (name: string) => {
    const driver = { ...platform.driver(name), ...changes };
    const handle = store.another();
    if (isDeaf) Object.assign(handle, { shared: { ...handle.shared, onHint: () => () => {} } });
    const starting = startMortalHost({
      ...{ name, clock, driver, store: handle, aliveSeconds: 15, driftIntervalSeconds: 60 },
      observe: () => {},
    });
    await clock.advance(10);
    return (await starting).host;
  };
  return [await startOne('a'), await startOne('b')] as const;
}

async function letPass<Result>(promise: Promise<Result>, milliseconds = 0): Promise<Result> {
  await clock.advance(milliseconds);
  return promise;
}

const statusesOf = async () =>
  (await store.listSnapshots({ namespace, limit: 100 })).items.map(({ status }) => status);

describe('the data of a snapshot', () => {
  test('does not stay when another host terminates its sandbox during the capture', async () => {
    const [a, b] = await start();
    const { id } = (await letPass(a.create({ namespace, name: 'ada' }), 1_000)).sandbox;
    await letPass(a.send(namespace, id, { type: 'snapshot' }), 1_000);
    await letPass(b.send(namespace, id, { type: 'terminate' }), 20_000);
    expect(await statusesOf()).toEqual(['failed']);
    expect((await store.get(id))?.released).toBe(true);
    expect([...data]).toEqual([]);
    expect(await store.removableSnapshots('', 9)).toEqual([]);
  });

  test.each([
    ['', false],
    [', without any hint', true],
  ])(
    'does not stay when another host ends the time of the capture, which frees the sandbox%s',
    async (_, isDeaf) => {
      const [a] = await start({ isDeaf });
      for (let index = 0; index < 8; index++) {
        const { id } = (await letPass(a.create({ namespace, name: `box-${index}` }), 1_000)).sandbox;
        await letPass(a.send(namespace, id, { type: 'snapshot' }));
      }
      await clock.advance(3_600_000);
      expect(await statusesOf()).toEqual(Array(8).fill('failed'));
      expect([...data]).toEqual([]);
      expect(await store.removableSnapshots('', 9)).toEqual([]);
    },
  );

  test('stays while another host holds the sandbox, until a later look', async () => {
    changes = {
      ...changes,
      async snapshot({ snapshotId }) {
        data.add(snapshotId);
        return {};
      },
    };
    const [a] = await start();
    const { id } = (await letPass(a.create({ namespace, name: 'ada' }), 1_000)).sandbox;
    await letPass(a.send(namespace, id, { type: 'snapshot' }), 1_000);
    const [snapshot] = (await store.listSnapshots({ namespace, limit: 1 })).items;
    await store.shared.heartbeat('other', 600_000);
    expect(await store.shared.hold('other', id)).toBe(true);
    await letPass(a.deleteSnapshot(namespace, snapshot?.id ?? ''), 130_000);
    expect([...data]).toEqual([snapshot?.id]);
    await store.shared.letGo('other', id);
    await clock.advance(61_000);
    expect([...data]).toEqual([]);
    expect(await store.shared.hold('other', id)).toBe(true);
  });

  test('does not stay when its sandbox has no record any more', async () => {
    const snapshot: SnapshotRecord = {
      ...{ id: 'snap', namespace, sandboxId: 'forgotten', status: 'failed', type: 'filesystem' },
      ...{ error: 'The disk is full.', uri: null, sizeBytes: null, createdAt: 1 },
      resources: { cpus: 1, memoryMb: 1_024, diskMb: 1_024, gpus: [] },
    };
    data.add('snap');
    await store.commit({ snapshot });
    await start();
    await clock.advance(1_000);
    expect([...data]).toEqual([]);
  });
});
