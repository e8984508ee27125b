import assert from 'node:assert/strict';
import { ConflictError, SnapshotUnusableError } from '../../../server/store/errors.ts';
import type { Store } from '../../../server/store/store.ts';
import type { Check } from '../check.ts';
import {
  creation,
  deletionOf,
  endings,
  type NextEvent,
  onlyWinner,
  snapshotOf,
  step,
  up,
} from '../fixtures.ts';

/** A snapshot stays while a pending sandbox restores from it, and changes only from the record that its writer has read. */
export const references: readonly Check[] = [
  {
    name: 'rejects a commit on a snapshot that has changed, already exists, or does not exist',
    async run({ store }) {
      const begun = snapshotOf('s1');
      const completed = snapshotOf('s1', { status: 'completed', sizeBytes: 1 });
      await store.commit({ snapshot: begun, snapshotBefore: null });
      await assert.rejects(store.commit({ snapshot: begun, snapshotBefore: null }), ConflictError);
      await store.commit({ snapshot: completed, snapshotBefore: { ...begun } });
      const late = { snapshot: snapshotOf('s1', { status: 'local_ready' }), snapshotBefore: begun };
      await assert.rejects(store.commit(late), ConflictError);
      await assert.rejects(store.commit({ ...deletionOf('s1'), snapshotBefore: begun }), ConflictError);
      const unknown = { snapshot: snapshotOf('s2', { status: 'failed' }), snapshotBefore: snapshotOf('s2') };
      await assert.rejects(store.commit(unknown), ConflictError);
      assert.deepEqual(await store.getSnapshot('s1'), completed);
      assert.equal(await store.getSnapshot('s2'), undefined);
      await store.commit({ ...deletionOf('s1'), snapshotBefore: completed });
      assert.equal(await store.getSnapshot('s1'), undefined);
    },
  },
  {
    name: 'lets exactly one of many concurrent writers of a snapshot win',
    async run({ store }) {
      const snapshotBefore = snapshotOf('s1');
      await store.commit({ snapshot: snapshotBefore });
      const writers = Array.from({ length: 20 }, (_, sizeBytes) =>
        snapshotOf('s1', { status: sizeBytes % 2 === 0 ? 'completed' : 'failed', sizeBytes }),
      );
      const ends = await endings(writers.map((snapshot) => store.commit({ snapshot, snapshotBefore })));
      assert.deepEqual(await store.getSnapshot('s1'), writers[onlyWinner(ends, ConflictError)]);
    },
  },
  {
    name: 'creates a sandbox only from a snapshot that can be restored',
    async run({ store }) {
      for (const status of ['in_progress', 'local_ready', 'completed', 'failed'] as const)
        await store.commit({ snapshot: snapshotOf(status, { status }) });
      await store.commit({ snapshot: snapshotOf('deleted', { status: 'completed' }) });
      await store.commit(deletionOf('deleted'));
      for (const id of ['in_progress', 'failed', 'deleted', 'missing', 'completed\0']) {
        await assert.rejects(store.commit(restoration(id)), SnapshotUnusableError, id);
        assert.equal(await store.get(`from ${id}`), undefined);
      }
      for (const id of ['local_ready', 'completed']) {
        await store.commit(restoration(id));
        assert.equal((await store.get(`from ${id}`))?.configuration.snapshotId, id);
      }
    },
  },
  {
    name: 'decides between a deletion and a concurrent restoration',
    async run({ store }) {
      for (const id of ['first', 'last'])
        await store.commit({ snapshot: snapshotOf(id, { status: 'completed' }) });
      const ends = await endings([
        store.commit(deletionOf('first')),
        store.commit(restoration('first')),
        store.commit(restoration('last')),
        store.commit(deletionOf('last')),
      ]);
      // The order is that of the commits, so the deletion of `last` finds a reader unless the store has reordered them.
      const wasRestored = async (id: string) => (await store.get(`from ${id}`)) !== undefined;
      assert.equal(ends[1] === 'kept', await wasRestored('first'));
      assert.equal(ends[2] === 'kept', await wasRestored('last'));
      for (const id of ['first', 'last'])
        assert.equal((await store.removableSnapshots('', 99)).includes(id), !(await wasRestored(id)));
    },
  },
  {
    name: 'keeps the data of a snapshot while a pending sandbox restores from it',
    async run(harness) {
      const { store: first } = harness;
      await first.commit({ snapshot: snapshotOf('deleted', { status: 'completed' }) });
      await first.commit({ snapshot: snapshotOf('failed', { status: 'local_ready' }) });
      for (const id of ['deleted', 'failed']) await first.commit(restoration(id));
      await first.commit({ snapshot: snapshotOf('failed', { status: 'failed', error: 'no' }) });
      await first.commit(deletionOf('deleted'));
      const store = await harness.reopen();
      await needs(store, ['deleted', 'failed']);
      // It stays pending through these.
      await follow(store, 'from deleted', { type: 'rename', name: 'ada' });
      const waiting = { type: 'boot.progressed', operation: 1, pendingReason: 'pool_at_capacity' } as const;
      await follow(store, 'from failed', waiting);
      await needs(store, ['deleted', 'failed']);
      await follow(store, 'from deleted', up);
      await needs(store, ['failed']);
      assert.deepEqual(await store.removableSnapshots('', 99), ['deleted']);
      await follow(store, 'from failed', { type: 'terminate' });
      await needs(store, []);
      assert.deepEqual([...(await store.removableSnapshots('', 99))].sort(), ['deleted', 'failed']);
    },
  },
  {
    name: 'keeps the data of a snapshot until the last of several readers has left',
    async run({ store }) {
      await store.commit({ snapshot: snapshotOf('s', { status: 'completed' }) });
      for (const reader of ['a', 'b', 'c']) await store.commit(restoration('s', reader));
      await store.commit(deletionOf('s'));
      const ends = { a: up, b: { type: 'boot.failed', operation: 1, reason: 'no' }, c: up } as const;
      for (const [reader, event] of Object.entries(ends)) {
        assert.deepEqual(await store.removableSnapshots('', 99), []);
        await follow(store, reader, event);
      }
      assert.deepEqual(await store.removableSnapshots('', 99), ['s']);
    },
  },
];

/** The creation of a sandbox from a snapshot. */
function restoration(snapshotId: string, id = `from ${snapshotId.replaceAll('\0', '')}`) {
  return { change: creation({ id, configuration: { snapshotId } }), restoredFrom: snapshotId };
}

/** Applies an event to a stored sandbox. */
async function follow(store: Store, id: string, event: NextEvent): Promise<void> {
  const entry = await store.get(id);
  assert.ok(entry, `${id} is missing`);
  await store.commit({ change: step(entry, event) });
}

/** Asserts which snapshots pending sandboxes restore from, and that none of these is removable. */
async function needs(store: Store, ids: readonly string[]): Promise<void> {
  for (const id of ['deleted', 'failed']) {
    assert.equal(await store.isBeingRestored(id), ids.includes(id), `isBeingRestored ${id}`);
    assert.equal((await store.removableSnapshots('', 99)).includes(id), !ids.includes(id), `removable ${id}`);
  }
}
