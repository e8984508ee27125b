import assert from 'node:assert/strict';
import { NamespaceDeletingError } from '../../../server/store/errors.ts';
import type { NamespaceDeletion, Store } from '../../../server/store/store.ts';
import type { Check } from '../check.ts';
import { adjustment, commitSandbox, creation, responseOf, snapshotOf, step, up } from '../fixtures.ts';

const deletion: NamespaceDeletion = {
  ...{ namespace: 'team', requestedAt: 5, actor: 'ada', cause: 'request' },
  ...{ terminatedSandboxes: 0, deletedSnapshots: 0, deletedRows: 0 },
};

/** Commits a sandbox with three events that has ended, and is released unless it still has platform work. */
async function commitEnded(store: Store, id: string, namespace: string, released = true): Promise<void> {
  const configuration = { metadata: { owner: 'ada' } };
  const entry = await commitSandbox(store, { id, namespace, configuration }, up, { type: 'terminate' });
  if (released) await store.commit({ change: adjustment(entry, { released }) });
}

const idsIn = async (store: Store, namespace: string) =>
  (await store.list({ namespace, limit: 99 })).items.map(({ sandbox }) => sandbox.id).sort();

/** A store that deletes namespaces deletes what has ended in one, and accepts nothing new there meanwhile. A store may delete none. */
export const namespaces: readonly Check[] = [
  {
    name: 'accepts no new sandbox in a namespace while its deletion is recorded',
    async run(harness) {
      const { store } = harness;
      if (store.namespaces === undefined) return;
      const entry = await commitSandbox(store, { id: 'old', namespace: 'team' });
      await store.namespaces.record('team', deletion);
      assert.deepEqual(await store.namespaces.recorded(), [deletion]);
      const refused = store.commit({ change: creation({ id: 'new', namespace: 'team' }) });
      await assert.rejects(refused, NamespaceDeletingError);
      assert.equal(await store.get('new'), undefined);
      await store.commit({ change: step(entry, { type: 'terminate' }) });
      await commitSandbox(store, { id: 'elsewhere', namespace: 'tea' });
      const progress = { ...deletion, deletedRows: 7 };
      await store.namespaces.record('team', progress);
      assert.deepEqual(await store.namespaces.recorded(), [progress]);
      await store.namespaces.record('team', null);
      assert.deepEqual(await store.namespaces.recorded(), []);
      await commitSandbox(store, { id: 'new', namespace: 'team' });
    },
  },
  {
    name: 'deletes the rows of one namespace in parts, and only what has ended',
    async run(harness) {
      const { store } = harness;
      const { namespaces } = store;
      if (namespaces === undefined) return;
      for (const namespace of ['team', 'other']) {
        for (const name of ['a', 'b']) await commitEnded(store, `${namespace}-${name}`, namespace);
        await commitEnded(store, `${namespace}-work`, namespace, false);
        await commitSandbox(store, { id: `${namespace}-lives`, namespace }, up);
        await store.commit({ response: responseOf('key', { namespace }) });
        const id = `${namespace}-snapshot`;
        await store.commit({ snapshot: snapshotOf(id, { namespace, status: 'completed' }) });
        await store.commit({ deletedSnapshot: { id, at: 9 } });
      }
      assert.equal(
        await namespaces.deleteRows('team', 99),
        1,
        'the response, while the data of a snapshot is left',
      );
      assert.equal(await store.response('team', 'key'), undefined);
      await store.snapshotRemoved('team-snapshot');
      assert.equal(await namespaces.isEmpty('team'), false);
      // A snapshot, and two sandboxes with three events each.
      let rows = 0;
      for (let part = 0; part < 99; part++) {
        const deleted = await namespaces.deleteRows('team', 2);
        assert.ok(deleted <= 4, 'a part has at most about as many rows as the limit');
        if (deleted === 0) break;
        rows += deleted;
      }
      assert.equal(rows, 1 + 2 * 4);
      assert.deepEqual(await idsIn(store, 'team'), ['team-lives', 'team-work']);
      assert.equal((await store.history({ after: 0, limit: 99, namespace: 'team' })).length, 5);
      assert.equal(await namespaces.isEmpty('team'), false);
      assert.deepEqual(await idsIn(store, 'other'), ['other-a', 'other-b', 'other-lives', 'other-work']);
      assert.ok(await store.response('other', 'key'));
      assert.ok(await store.getSnapshot('other-snapshot', { evenDeleted: true }));
      assert.equal((await store.history({ after: 0, limit: 99, namespace: 'other' })).length, 11);
      assert.equal(await namespaces.isEmpty('unknown'), true);
    },
  },
];
