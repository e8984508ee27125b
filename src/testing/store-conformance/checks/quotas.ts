import assert from 'node:assert/strict';
import { QuotaError } from '../../../server/store/errors.ts';
import type { Check } from '../check.ts';
import { commitSandbox, creation, deletionOf, endings, snapshotOf, step, up } from '../fixtures.ts';

const isOver = (end: unknown) => end instanceof QuotaError;

/** A namespace has at most as many living sandboxes and snapshots as the quotas of a commit say. */
export const quotas: readonly Check[] = [
  {
    name: 'lets concurrent creations together not exceed the quota of living sandboxes',
    async run({ store }) {
      const limited = { quotas: { livingSandboxes: 5 } };
      const ids = Array.from({ length: 12 }, (_, index) => `s${index}`);
      const ends = await endings(ids.map((id) => store.commit({ change: creation({ id }), ...limited })));
      assert.deepEqual([ends.filter((end) => end === 'kept').length, ends.filter(isOver).length], [5, 7]);
      for (const [index, id] of ids.entries())
        assert.equal((await store.get(id)) !== undefined, ends[index] === 'kept', id);
      assert.equal((await store.history({ after: 0, limit: 99 })).length, 5);
      await store.commit({ change: creation({ id: 'other', namespace: 'elsewhere' }), ...limited });
    },
  },
  {
    name: 'counts neither terminated sandboxes nor commits that were rejected against the quota',
    async run({ store }) {
      const limited = { quotas: { livingSandboxes: 2 } };
      const first = await commitSandbox(store, { id: 'a', name: 'ada' }, up);
      const taken = { change: creation({ id: 'b', name: 'ada' }), ...limited };
      for (let tries = 0; tries < 3; tries++) await assert.rejects(store.commit(taken));
      await store.commit({ change: creation({ id: 'c' }), ...limited });
      const third = { change: creation({ id: 'd' }), ...limited };
      await assert.rejects(store.commit(third), QuotaError);
      // A change of a living sandbox is not limited.
      const renamed = step(first, { type: 'rename', name: 'eve' });
      await store.commit({ change: renamed, ...limited });
      await store.commit({ change: step(renamed.after, { type: 'terminate' }), ...limited });
      await store.commit(third);
      await assert.rejects(store.commit({ change: creation({ id: 'e' }), ...limited }), QuotaError);
      await store.commit({ change: creation({ id: 'f' }), quotas: { livingSandboxes: null } });
      await store.commit({ change: creation({ id: 'g' }) });
    },
  },
  {
    name: 'limits the snapshots of a namespace that are not deleted',
    async run({ store }) {
      const begin = (id: string, namespace = 'default') =>
        store.commit({
          snapshot: snapshotOf(id, { namespace }),
          snapshotBefore: null,
          quotas: { snapshots: 2, livingSandboxes: 0 },
        });
      await begin('s1');
      await begin('s2');
      await assert.rejects(begin('s3'), QuotaError);
      assert.equal(await store.getSnapshot('s3'), undefined);
      await begin('s4', 'elsewhere');
      const settled = snapshotOf('s1', { status: 'completed' });
      await store.commit({ snapshot: settled, snapshotBefore: snapshotOf('s1'), quotas: { snapshots: 2 } });
      await assert.rejects(begin('s3'), QuotaError);
      // The second deletion of a snapshot does not count.
      for (let times = 0; times < 2; times++) await store.commit(deletionOf('s1'));
      await begin('s3');
      await assert.rejects(begin('s5'), QuotaError);
    },
  },
];
