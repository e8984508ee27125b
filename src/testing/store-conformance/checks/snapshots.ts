import assert from 'node:assert/strict';
import { CursorError } from '../../../server/store/paging.ts';
import type { Check } from '../check.ts';
import { commitSandbox, deletionOf, snapshotIds, snapshotOf, step, up } from '../fixtures.ts';

/** A snapshot outlives its sandbox, and its data is removed when it can no longer be read. */
export const snapshots: readonly Check[] = [
  {
    name: 'stores a snapshot in the commit that begins it, and updates it in the commit that ends it',
    async run({ store }) {
      const entry = await commitSandbox(store, { id: 'a', name: 'ada' }, up);
      const begun = step(entry, { type: 'snapshot', snapshotId: 's1' });
      await store.commit({ change: begun, snapshot: snapshotOf('s1') });
      assert.deepEqual(await store.getSnapshot('s1'), snapshotOf('s1'));
      const completed = snapshotOf('s1', { status: 'completed', uri: 'file:s1', sizeBytes: 2 ** 40 });
      const ended = step(begun.after, { type: 'snapshot.completed', operation: 2 });
      await store.commit({ change: ended, snapshot: completed });
      await store.commit({ change: step(ended.after, { type: 'terminate' }) });
      assert.deepEqual(await store.getSnapshot('s1'), completed);
      assert.deepEqual(await store.removableSnapshots('', 99), []);
      assert.equal(await store.getSnapshot('s2'), undefined);
    },
  },
  {
    name: 'lists the snapshots of a namespace, newest first',
    async run({ store }) {
      await store.commit({ snapshot: snapshotOf('s1', { createdAt: 5 }) });
      await store.commit({ snapshot: snapshotOf('s3', { createdAt: 6 }) });
      await store.commit({ snapshot: snapshotOf('s2', { createdAt: 6 }) });
      await store.commit({ snapshot: snapshotOf('s4', { createdAt: 7, namespace: 'elsewhere' }) });
      assert.deepEqual(await snapshotIds(store), ['s3', 's2', 's1']);
      assert.deepEqual(await snapshotIds(store, 'nowhere'), []);
    },
  },
  {
    name: 'lists snapshots in pages, forward and backward',
    async run({ store }) {
      for (const [index, id] of ['s1', 's2', 's3', 's4', 's5'].entries())
        await store.commit({ snapshot: snapshotOf(id, { createdAt: Math.min(index, 3) }) });
      const page = async (cursor?: string | null, direction?: 'backward') => {
        const query = {
          namespace: 'default',
          limit: 2,
          ...(cursor && { cursor }),
          ...(direction && { direction }),
        };
        const { items, ...cursors } = await store.listSnapshots(query);
        return { ids: items.map(({ id }) => id), ...cursors };
      };
      const first = await page();
      const second = await page(first.nextCursor);
      await store.commit(deletionOf('s3'));
      const third = await page(second.nextCursor);
      assert.deepEqual([first.ids, second.ids, third.ids], [['s5', 's4'], ['s3', 's2'], ['s1']]);
      assert.deepEqual([first.previousCursor, third.nextCursor], [null, null]);
      assert.deepEqual((await page(third.previousCursor, 'backward')).ids, ['s4', 's2']);
      await assert.rejects(store.listSnapshots({ namespace: 'default', limit: 2, cursor: 'x' }), CursorError);
    },
  },
  {
    name: 'hides a deleted snapshot at once, and keeps it until its capture has ended',
    async run({ store }) {
      await store.commit({ snapshot: snapshotOf('s1') });
      assert.deepEqual(await store.commit(deletionOf('s1')), { sequence: null });
      assert.equal(await store.getSnapshot('s1'), undefined);
      assert.deepEqual(await snapshotIds(store), []);
      assert.equal((await store.getSnapshot('s1', { evenDeleted: true }))?.id, 's1');
      assert.deepEqual(await store.removableSnapshots('', 99), []);
      await store.commit({ snapshot: snapshotOf('s1', { status: 'completed' }) });
      assert.equal(await store.getSnapshot('s1'), undefined);
      assert.deepEqual(await store.removableSnapshots('', 99), ['s1']);
      await store.snapshotRemoved('s1');
      assert.deepEqual(await store.removableSnapshots('', 99), []);
    },
  },
  {
    name: 'forgets the records of snapshots that were deleted before an instant and whose data was removed',
    async run({ store }) {
      for (const id of ['early', 'late', 'with data', 'kept'])
        await store.commit({ snapshot: snapshotOf(id, { status: 'completed' }) });
      await store.commit(deletionOf('early', 10));
      await store.commit(deletionOf('with data', 10));
      await store.commit(deletionOf('late', 20));
      // Only the first deletion counts.
      await store.commit(deletionOf('early', 30));
      for (const id of ['early', 'late']) await store.snapshotRemoved(id);
      await store.commit(deletionOf('early', 30));
      assert.deepEqual(await store.removableSnapshots('', 99), ['with data']);
      const left = async () => {
        const ids = ['early', 'late', 'with data', 'kept'];
        const found = await Promise.all(ids.map((id) => store.getSnapshot(id, { evenDeleted: true })));
        return found.flatMap((snapshot) => snapshot?.id ?? []);
      };
      assert.deepEqual(await left(), ['early', 'late', 'with data', 'kept']);
      await store.forgetSnapshots(20, 99);
      assert.deepEqual(await left(), ['late', 'with data', 'kept']);
      await store.snapshotRemoved('with data');
      await store.forgetSnapshots(99, 99);
      assert.deepEqual(await left(), ['kept']);
      assert.deepEqual(await snapshotIds(store), ['kept']);
    },
  },
  {
    name: 'lists a failed snapshot as removable, and keeps its record',
    async run({ store }) {
      const failed = snapshotOf('s1', { status: 'failed', error: 'The disk is full.' });
      await store.commit({ snapshot: snapshotOf('s1') });
      await store.commit({ snapshot: failed });
      assert.deepEqual(await store.removableSnapshots('', 99), ['s1']);
      await store.snapshotRemoved('s1');
      assert.deepEqual(await store.removableSnapshots('', 99), []);
      assert.deepEqual(await store.getSnapshot('s1'), failed);
      await store.commit(deletionOf('s1'));
      assert.deepEqual(await store.removableSnapshots('', 99), ['s1']);
      await store.snapshotRemoved('s1');
      assert.equal(await store.getSnapshot('s1'), undefined);
    },
  },
  {
    name: 'accepts the deletion of a snapshot that was already deleted or never existed',
    async run({ store }) {
      await store.commit({ snapshot: snapshotOf('s1', { status: 'completed' }) });
      for (const id of ['s1', 's1', 's2']) await store.commit(deletionOf(id));
      assert.deepEqual(await store.removableSnapshots('', 99), ['s1']);
      for (const id of ['s1', 's1', 's2']) await store.snapshotRemoved(id);
      assert.deepEqual(await store.removableSnapshots('', 99), []);
    },
  },
  {
    name: 'returns the removable snapshots in parts, ordered by id, and forgets deleted ones in parts',
    async run({ store }) {
      for (const id of ['c', 'a', 'b']) {
        await store.commit({ snapshot: snapshotOf(id, { status: 'completed' }) });
        await store.commit(deletionOf(id));
      }
      assert.deepEqual(await store.removableSnapshots('', 2), ['a', 'b']);
      assert.deepEqual(await store.removableSnapshots('b', 2), ['c']);
      assert.deepEqual(await store.removableSnapshots('c', 2), []);
      for (const id of ['a', 'b', 'c']) await store.snapshotRemoved(id);
      assert.equal(await store.forgetSnapshots(99, 2), 2);
      assert.equal(await store.forgetSnapshots(99, 2), 1);
      assert.equal(await store.forgetSnapshots(99, 2), 0);
    },
  },
];
