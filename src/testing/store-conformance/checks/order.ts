import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import type { HistoryRow } from '../../../server/store/records.ts';
import type { Check } from '../check.ts';
import { adjustment, commitSandbox, creation, step, up } from '../fixtures.ts';

/** The history is in commit order, and a reader that follows it misses nothing. */
export const order: readonly Check[] = [
  {
    name: 'returns each row of history as it was committed, with the sequence that the commit returned',
    async run({ store }) {
      assert.equal(await store.lastSequence(), 0);
      assert.deepEqual(await store.history({ after: 0, limit: 9 }), []);
      const change = creation({ id: 'a', name: 'ada', at: -7 });
      const [actor, cause] = ['token 3', 'request-9'];
      const policy = { ...change.history.policy, planMaximumSeconds: 7 };
      const first = { ...change.history, actor, cause, policy };
      const begun = await store.commit({ change: { ...change, history: first } });
      const second = step(change.after, up).history;
      const moved = await store.commit({ change: step(change.after, up) });
      assert.deepEqual(await store.history({ after: 0, limit: 9 }), [
        { ...first, sequence: begun.sequence },
        { ...second, sequence: moved.sequence },
      ]);
    },
  },
  {
    name: 'assigns a growing sequence to each row, and none to a commit without a row',
    async run({ store }) {
      let last = 0;
      for (const id of ['a', 'b', 'c']) {
        const change = creation({ id });
        const { sequence } = await store.commit({ change });
        assert.ok(
          sequence !== null && sequence > last,
          `the sequence ${sequence} must be greater than ${last}`,
        );
        last = sequence;
        assert.equal(await store.lastSequence(), last);
        assert.deepEqual(await store.commit({ change: adjustment(change.after, {}) }), { sequence: null });
        assert.equal(await store.lastSequence(), last);
      }
    },
  },
  {
    name: 'orders the rows of concurrent commits, without a gap in any sandbox',
    async run({ store }) {
      const ids = Array.from({ length: 20 }, (_, index) => `s${index}`);
      await Promise.all(ids.map((id) => commitSandbox(store, { id }, up, { type: 'terminate' })));
      const rows = await store.history({ after: 0, limit: 999 });
      mustGrow(rows);
      for (const id of ids) {
        const own = rows.filter(({ sandboxId }) => sandboxId === id);
        assert.deepEqual(
          own.map(({ version }) => version),
          [1, 2, 3],
        );
        assert.deepEqual(await store.history({ after: 0, sandboxId: id, limit: 99 }), own);
      }
    },
  },
  {
    name: 'filters the history by namespace, sandbox, sequence, version and limit',
    async run({ store }) {
      await commitSandbox(store, { id: 'a' }, up, { type: 'terminate' });
      await commitSandbox(store, { id: 'b', namespace: 'elsewhere' }, up);
      await commitSandbox(store, { id: 'c' }, up);
      const all = await store.history({ after: 0, limit: 99 });
      const part = async (query: Partial<Parameters<typeof store.history>[0]>) =>
        (await store.history({ after: 0, limit: 99, ...query })).map(
          ({ sandboxId, version }) => `${sandboxId}${version}`,
        );
      assert.deepEqual(await part({}), ['a1', 'a2', 'a3', 'b1', 'b2', 'c1', 'c2']);
      assert.deepEqual(await part({ limit: 2 }), ['a1', 'a2']);
      assert.deepEqual(await part({ after: all[3]?.sequence ?? 0 }), ['b2', 'c1', 'c2']);
      assert.deepEqual(await part({ after: all[3]?.sequence ?? 0, limit: 1 }), ['b2']);
      assert.deepEqual(await part({ namespace: 'elsewhere' }), ['b1', 'b2']);
      assert.deepEqual(await part({ namespace: 'default', after: all[1]?.sequence ?? 0 }), [
        'a3',
        'c1',
        'c2',
      ]);
      assert.deepEqual(await part({ sandboxId: 'a', afterVersion: 1 }), ['a2', 'a3']);
      assert.deepEqual(await part({ sandboxId: 'a', afterVersion: 1, limit: 1 }), ['a2']);
      assert.deepEqual(await part({ sandboxId: 'a', after: all[1]?.sequence ?? 0 }), ['a3']);
      assert.deepEqual(await part({ namespace: 'nowhere' }), []);
      assert.deepEqual(await part({ sandboxId: 'unknown' }), []);
      assert.deepEqual(await part({ after: all.at(-1)?.sequence ?? 0 }), []);
    },
  },
  {
    name: 'never adds a row before one that was read, so that a reader that follows the history misses nothing',
    async run({ store }) {
      const followed: HistoryRow[] = [];
      let busy = true;
      const follow = async () => {
        for (let last = false; ; ) {
          const rows = await store.history({ after: followed.at(-1)?.sequence ?? 0, limit: 7 });
          followed.push(...rows);
          if (rows.length === 0) {
            if (last) return;
            last = !busy;
            await setImmediate();
          }
        }
      };
      const write = async (writer: number) => {
        for (let round = 0; round < 10; round++)
          await commitSandbox(store, { id: `s${writer}-${round}` }, up);
      };
      const following = follow();
      try {
        await Promise.all([0, 1, 2, 3, 4].map(write));
      } finally {
        busy = false;
        await following;
      }
      mustGrow(followed);
      assert.deepEqual(followed, await store.history({ after: 0, limit: 999 }));
      assert.equal(followed.length, 100);
    },
  },
];

function mustGrow(rows: readonly HistoryRow[]): void {
  for (const [index, { sequence }] of rows.entries()) {
    const before = rows[index - 1]?.sequence ?? 0;
    assert.ok(sequence > before, `the sequence ${sequence} must be greater than ${before}`);
  }
}
