import assert from 'node:assert/strict';
import type { OrphanDecision } from '../../../server/store/store.ts';
import type { Check } from '../check.ts';

/** A store that keeps decisions about sandboxes without a record keeps them exactly. A store may keep none. */
export const orphans: readonly Check[] = [
  {
    name: 'keeps one decision for each sandbox without a record, in the order of the ids, until it is deleted',
    async run(harness) {
      const { orphans: decisions } = harness.store;
      if (decisions === undefined) return;
      const decide = (sandboxId: string, decision: OrphanDecision['decision'], at: number) =>
        decisions.put({ sandboxId, decision, at, actor: 'ada' });
      for (const id of ['b', 'c', 'a', 'B', 'orphan:a']) await decide(id, 'keep', 1);
      await decide('b', 'release', 2);
      await decisions.forget('c');
      await decisions.forget('unknown');
      const kept = { decision: 'keep', at: 1, actor: 'ada' };
      const b = { sandboxId: 'b', decision: 'release', at: 2, actor: 'ada' };
      const all = [
        { sandboxId: 'B', ...kept },
        { sandboxId: 'a', ...kept },
        b,
        { sandboxId: 'orphan:a', ...kept },
      ];
      assert.deepEqual(await decisions.list('', 9), all);
      assert.deepEqual(await decisions.list('a', 1), [b]);
      assert.deepEqual(await decisions.get('b'), b);
      assert.equal(await decisions.get('c'), undefined);
      assert.equal(await decisions.get('a\0b'), undefined);
      assert.deepEqual(await (await harness.reopen()).orphans?.list('', 9), all);
    },
  },
];
