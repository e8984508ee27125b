import assert from 'node:assert/strict';
import { ConflictError, KeyUsedError, NameTakenError } from '../../../server/store/errors.ts';
import type { Store } from '../../../server/store/store.ts';
import type { Check } from '../check.ts';
import {
  adjustment,
  commitSandbox,
  creation,
  deletionOf,
  endings,
  kinds,
  responseOf,
  snapshotOf,
  step,
} from '../fixtures.ts';

/** Acknowledged commits survive a reopen. */
export const durability: readonly Check[] = [
  {
    name: 'keeps everything across a reopen',
    needs: 'reopen',
    async run(harness) {
      const { store } = harness;
      for (const [id, happenings] of Object.entries(kinds))
        await commitSandbox(store, { id, name: id, timeoutMs: 60_000 }, ...happenings);
      const crashed = await store.get('crashed');
      if (crashed) await store.commit({ change: adjustment(crashed, { released: true }) });
      await store.commit({
        snapshot: snapshotOf('s1', { status: 'completed' }),
        response: responseOf('key'),
      });
      await store.commit({ snapshot: snapshotOf('s2', { status: 'failed' }) });
      await store.commit({ snapshot: snapshotOf('s3', { status: 'completed' }) });
      await commitSandbox(store, { id: 'reader', configuration: { snapshotId: 's3' } });
      await store.commit(deletionOf('s3'));
      const before = await everything(store);
      assert.equal(before.entries.length, Object.keys(kinds).length + 1);
      assert.deepEqual(await everything(await harness.reopen()), before);
    },
  },
  {
    name: 'rejects the same commits after a reopen as before',
    needs: 'reopen',
    async run(harness) {
      const first = await commitSandbox(harness.store, { id: 'a', name: 'ada' }, ...kinds.running);
      await harness.store.commit({ change: step(first, { type: 'suspend' }), response: responseOf('key') });
      const store = await harness.reopen();
      await assert.rejects(store.commit({ change: step(first, { type: 'terminate' }) }), ConflictError);
      await assert.rejects(store.commit({ change: creation({ id: 'b', name: 'ada' }) }), NameTakenError);
      await assert.rejects(store.commit({ response: responseOf('key') }), KeyUsedError);
    },
  },
  {
    name: 'continues the sequence after a reopen',
    needs: 'reopen',
    async run(harness) {
      await commitSandbox(harness.store, { id: 'a' }, ...kinds.terminated);
      const last = await harness.store.lastSequence();
      const store = await harness.reopen();
      assert.equal(await store.lastSequence(), last);
      const { sequence } = await store.commit({ change: creation({ id: 'b' }) });
      assert.ok(
        sequence !== null && sequence > last,
        `the sequence ${sequence} must be greater than ${last}`,
      );
    },
  },
  {
    name: 'keeps exactly the acknowledged commits when it is closed during commits',
    needs: 'reopen',
    async run(harness) {
      const ids = Array.from({ length: 300 }, (_, index) => `s${index}`);
      const pending = endings(ids.map((id) => harness.store.commit({ change: creation({ id }) })));
      const store = await harness.reopen();
      const ends = await pending;
      for (const [index, id] of ids.entries()) {
        const kept = (await store.get(id)) !== undefined;
        assert.equal(kept, ends[index] === 'kept', `the commit of ${id} ended with ${ends[index]}`);
      }
    },
  },
];

/** The results of all queries. */
async function everything(store: Store) {
  return {
    entries: (await store.list({ namespace: 'default', limit: 99 })).items,
    named: await Promise.all(Object.keys(kinds).map((name) => store.getByName('default', name))),
    history: await store.history({ after: 0, limit: 999 }),
    sequence: await store.lastSequence(),
    due: await store.due(Number.MAX_SAFE_INTEGER, 99),
    unsettled: await store.unsettled('', 99),
    living: await store.living('', 99),
    found: (await store.list({ namespace: 'default', limit: 9, name: 'running' })).items,
    snapshots: await store.listSnapshots({ namespace: 'default', limit: 99 }),
    isBeingRestored: await store.isBeingRestored('s3'),
    deleted: await store.getSnapshot('s3', { evenDeleted: true }),
    removable: [...(await store.removableSnapshots('', 99))].sort(),
    response: await store.response('default', 'key'),
    broken: await store.broken('', 99),
  };
}
