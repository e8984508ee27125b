import assert from 'node:assert/strict';
import type { SurplusSnapshots } from '../../../server/store/retention.ts';
import type { Check } from '../check.ts';
import { creation, deletionOf, snapshotIds, snapshotOf, step, up } from '../fixtures.ts';

/** Retention finds the snapshots that have expired or are too many, and none that is in use. A store may keep everything. */
export const snapshotRetention: readonly Check[] = [
  {
    name: 'returns the snapshots that were created before an instant, without those in use',
    async run({ store }) {
      if (store.retention === undefined) return;
      for (const [index, id] of ['s1', 's2', 's3', 's4', 's5', 's6'].entries())
        await store.commit({ snapshot: snapshotOf(id, { status: 'completed', createdAt: 60 - index * 10 }) });
      await store.commit({ snapshot: snapshotOf('capturing', { createdAt: 0 }) });
      await store.commit({ snapshot: snapshotOf('uploading', { createdAt: 0, status: 'local_ready' }) });
      await store.commit({
        snapshot: snapshotOf('failed', { createdAt: 1, status: 'failed', error: 'full' }),
      });
      await store.commit(deletionOf('s4'));
      const reader = creation({ id: 'reader', configuration: { snapshotId: 's5' } });
      await store.commit({ change: reader, restoredFrom: 's5' });
      const expired = async (before: number, limit = 99) =>
        ((await store.retention?.expiredSnapshots(before, limit)) ?? []).map(({ id }) => id);
      assert.deepEqual(await expired(50), ['failed', 's6', 's3']);
      assert.deepEqual(await expired(51), ['failed', 's6', 's3', 's2']);
      assert.deepEqual(await expired(51, 2), ['failed', 's6']);
      await store.commit({ change: step(reader.after, up) });
      assert.deepEqual(await expired(50), ['failed', 's6', 's5', 's3']);
    },
  },
  {
    name: 'returns the completed snapshots of each sandbox above a number, without those in use',
    async run({ store }) {
      if (store.retention === undefined) return;
      const add = (
        id: string,
        sandboxId: string,
        createdAt: number,
        status: 'completed' | 'failed' = 'completed',
      ) => store.commit({ snapshot: snapshotOf(id, { sandboxId, createdAt, status }) });
      for (const [index, id] of ['a1', 'a2', 'a3', 'a4', 'a5'].entries()) await add(id, 'a', index);
      await add('a6', 'a', 9, 'failed');
      await add('b1', 'b', 0);
      for (const [index, id] of ['c1', 'c2', 'c3'].entries()) await add(id, 'c', index);
      await store.commit({ ...deletionOf('a4') });
      const reader = creation({ id: 'reader', configuration: { snapshotId: 'a2' } });
      await store.commit({ change: reader, restoredFrom: 'a2' });
      const surplus = async (kept: number, limit = 99) => {
        const found: string[] = [];
        for (let after: string | null = ''; after !== null; ) {
          const part: SurplusSnapshots | undefined = await store.retention?.surplusSnapshots(
            kept,
            after,
            limit,
          );
          found.push(...(part?.snapshots ?? []).map(({ id }) => id));
          after = part?.lastSandboxId ?? null;
        }
        return found.sort();
      };
      assert.deepEqual(await surplus(1), ['a1', 'a3', 'c1', 'c2']);
      assert.deepEqual(await surplus(2), ['a1', 'c1']);
      assert.deepEqual(await surplus(2, 1), ['a1', 'c1']);
      assert.deepEqual(await surplus(9), []);
      assert.equal((await snapshotIds(store)).length, 9);
      await store.commit({ change: step(reader.after, up) });
      assert.deepEqual(await surplus(1), ['a1', 'a2', 'a3', 'c1', 'c2']);
    },
  },
];
