import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { commitSandbox, snapshotOf, step, up } from '../fixtures.ts';

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
      assert.deepEqual(await store.removableSnapshots(), []);
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
      const ids = (await store.listSnapshots('default')).map(({ id }) => id);
      assert.deepEqual(ids, ['s3', 's2', 's1']);
      assert.deepEqual(await store.listSnapshots('nowhere'), []);
    },
  },
  {
    name: 'hides a deleted snapshot at once, and keeps it until its capture has ended',
    async run({ store }) {
      await store.commit({ snapshot: snapshotOf('s1') });
      assert.deepEqual(await store.commit({ deletedSnapshot: 's1' }), { sequence: null });
      assert.equal(await store.getSnapshot('s1'), undefined);
      assert.deepEqual(await store.listSnapshots('default'), []);
      assert.equal((await store.getSnapshot('s1', { evenDeleted: true }))?.id, 's1');
      assert.deepEqual(await store.removableSnapshots(), []);
      await store.commit({ snapshot: snapshotOf('s1', { status: 'completed' }) });
      assert.equal(await store.getSnapshot('s1'), undefined);
      assert.deepEqual(await store.removableSnapshots(), ['s1']);
      await store.snapshotRemoved('s1');
      assert.deepEqual(await store.removableSnapshots(), []);
      assert.equal(await store.getSnapshot('s1', { evenDeleted: true }), undefined);
    },
  },
  {
    name: 'lists a failed snapshot as removable, and keeps its record',
    async run({ store }) {
      const failed = snapshotOf('s1', { status: 'failed', error: 'The disk is full.' });
      await store.commit({ snapshot: snapshotOf('s1') });
      await store.commit({ snapshot: failed });
      assert.deepEqual(await store.removableSnapshots(), ['s1']);
      await store.snapshotRemoved('s1');
      assert.deepEqual(await store.removableSnapshots(), []);
      assert.deepEqual(await store.getSnapshot('s1'), failed);
      await store.commit({ deletedSnapshot: 's1' });
      assert.deepEqual(await store.removableSnapshots(), ['s1']);
      await store.snapshotRemoved('s1');
      assert.equal(await store.getSnapshot('s1', { evenDeleted: true }), undefined);
    },
  },
  {
    name: 'accepts the deletion of a snapshot that was already deleted or never existed',
    async run({ store }) {
      await store.commit({ snapshot: snapshotOf('s1', { status: 'completed' }) });
      for (const id of ['s1', 's1', 's2']) await store.commit({ deletedSnapshot: id });
      assert.deepEqual(await store.removableSnapshots(), ['s1']);
      for (const id of ['s1', 's1', 's2']) await store.snapshotRemoved(id);
      assert.deepEqual(await store.removableSnapshots(), []);
    },
  },
];
