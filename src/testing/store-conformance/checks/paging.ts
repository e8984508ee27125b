import assert from 'node:assert/strict';
import { CursorError } from '../../../server/store/paging.ts';
import type { ListQuery, Store } from '../../../server/store/store.ts';
import type { Check } from '../check.ts';
import { commitSandbox, step, up } from '../fixtures.ts';

/** A list is read in pages, forward and backward, and changes meanwhile do not move other items. */
export const paging: readonly Check[] = [
  {
    name: 'lists in pages, newest first, forward and backward',
    async run({ store }) {
      await fill(store);
      await commitSandbox(store, { id: 'z', namespace: 'elsewhere' });
      const first = await page(store, {});
      assert.deepEqual([first.ids, first.previousCursor], ['ed', null]);
      const second = await page(store, { cursor: first.nextCursor ?? '' });
      const third = await page(store, { cursor: second.nextCursor ?? '' });
      assert.deepEqual([second.ids, third.ids, third.nextCursor], ['cb', 'a', null]);
      const back = await page(store, { cursor: third.previousCursor ?? '', direction: 'backward' });
      assert.equal(back.ids, 'cb');
      assert.equal((await page(store, { cursor: back.nextCursor ?? '' })).ids, 'a');
      const start = await page(store, { cursor: back.previousCursor ?? '', direction: 'backward' });
      assert.deepEqual([start.ids, start.previousCursor], ['ed', null]);
    },
  },
  {
    name: 'reports the end of the list on the page with the last item',
    async run({ store }) {
      await fill(store);
      for (const [limit, ids, more] of [
        [4, 'edcb', true],
        [5, 'edcba', false],
        [6, 'edcba', false],
      ] as const) {
        const { ids: found, nextCursor } = await page(store, { limit });
        assert.deepEqual([found, nextCursor !== null], [ids, more]);
      }
      const empty = await page(store, { namespace: 'nowhere' });
      assert.deepEqual(empty, { ids: '', previousCursor: null, nextCursor: null });
    },
  },
  {
    name: 'lists only the requested statuses, also in pages',
    async run({ store }) {
      await fill(store);
      for (const id of ['b', 'd']) {
        const entry = await store.get(id);
        if (entry) await store.commit({ change: step(entry, { type: 'terminate' }) });
      }
      assert.equal((await page(store, { limit: 9, statuses: ['suspended', 'running'] })).ids, 'eca');
      assert.equal((await page(store, { limit: 9, statuses: ['terminated'] })).ids, 'db');
      assert.equal((await page(store, { limit: 9, statuses: ['pending'] })).ids, '');
      const first = await page(store, { statuses: ['running'] });
      const second = await page(store, { statuses: ['running'], cursor: first.nextCursor ?? '' });
      assert.deepEqual([first.ids, second.ids, second.nextCursor], ['ec', 'a', null]);
    },
  },
  {
    name: 'shows each sandbox once while others are created and terminated between pages',
    async run({ store }) {
      await fill(store);
      const first = await page(store, {});
      await commitSandbox(store, { id: 'new', at: 99_000 });
      const last = await store.get('d');
      if (last) await store.commit({ change: step(last, { type: 'terminate' }) });
      const second = await page(store, { cursor: first.nextCursor ?? '' });
      const third = await page(store, { cursor: second.nextCursor ?? '' });
      assert.equal(first.ids + second.ids + third.ids, 'edcba');
      const running = await page(store, { statuses: ['running'], cursor: first.nextCursor ?? '' });
      assert.equal(running.ids, 'cb', 'a cursor must work after its sandbox has left the list');
    },
  },
  {
    name: 'rejects a cursor that it did not issue',
    async run({ store }) {
      await fill(store);
      const written = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const hostile = [
        '',
        'nonsense',
        '\0',
        '\u{1F600}',
        'x'.repeat(100_000),
        written(null),
        written({ __proto__: null }),
        written(['1', 2]),
        written([1]),
        "' OR 1=1 --",
      ];
      for (const cursor of hostile)
        await assert.rejects(page(store, { cursor }), CursorError, cursor.slice(0, 40));
    },
  },
];

/** Five sandboxes, a to e, the last two created at the same instant. */
async function fill(store: Store): Promise<void> {
  for (const [index, id] of ['a', 'b', 'c', 'd', 'e'].entries())
    await commitSandbox(store, { id, at: 1_000 * Math.min(index, 3) }, up);
}

async function page(store: Store, query: Partial<ListQuery>) {
  const { items, ...cursors } = await store.list({ namespace: 'default', limit: 2, ...query });
  return { ids: items.map(({ sandbox }) => sandbox.id).join(''), ...cursors };
}
