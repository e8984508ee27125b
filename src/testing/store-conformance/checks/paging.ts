import assert from 'node:assert/strict';
import { CursorError, mostPageBytes } from '../../../server/store/paging.ts';
import type { ListQuery } from '../../../server/store/queries.ts';
import type { Store } from '../../../server/store/store.ts';
import type { Check } from '../check.ts';
import { adjustment, commitSandbox, kinds, step, up } from '../fixtures.ts';

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
      for (const id of ['b', 'd']) await end(store, id);
      assert.equal((await page(store, { limit: 9, statuses: ['suspended', 'running'] })).ids, 'eca');
      assert.equal((await page(store, { limit: 9, statuses: ['terminated'] })).ids, 'db');
      assert.equal((await page(store, { limit: 9, statuses: ['pending'] })).ids, '');
      const first = await page(store, { statuses: ['running'] });
      const second = await page(store, { statuses: ['running'], cursor: first.nextCursor ?? '' });
      assert.deepEqual([first.ids, second.ids, second.nextCursor], ['ec', 'a', null]);
    },
  },
  {
    name: 'lists terminated sandboxes after all others, also across pages',
    async run({ store }) {
      await fill(store);
      await commitSandbox(store, { id: 'f', name: 'f', at: 9_000 }, ...kinds.suspended);
      await commitSandbox(store, { id: 'g', name: 'g', at: 500 }, ...kinds.pending);
      for (const id of ['b', 'e']) await end(store, id);
      assert.equal((await page(store, { limit: 99 })).ids, 'fdcgaeb');
      let ids = '';
      let cursor: string | undefined;
      let pages = 0;
      do {
        const next = await page(store, { limit: 2, ...(cursor && { cursor }) });
        ids += `${next.ids} `;
        cursor = next.nextCursor ?? undefined;
        pages += 1;
      } while (cursor && pages < 9);
      assert.equal(ids, 'fd cg ae b ');
      const last = await page(store, { limit: 3, direction: 'backward' });
      assert.equal(last.ids, 'aeb');
      const before = await page(store, {
        limit: 3,
        direction: 'backward',
        cursor: last.previousCursor ?? '',
      });
      assert.equal(before.ids, 'dcg');
    },
  },
  {
    name: 'lists only the sandboxes of a name, living or terminated',
    async run({ store }) {
      for (const [index, id] of ['a', 'b', 'c'].entries()) {
        await commitSandbox(store, { id, name: 'ada', at: index }, up);
        if (id !== 'c') await end(store, id);
      }
      await commitSandbox(store, { id: 'd', name: 'ada', namespace: 'elsewhere' }, up);
      await commitSandbox(store, { id: 'e', name: 'adam' }, up);
      assert.equal((await page(store, { name: 'ada', limit: 9 })).ids, 'cba');
      assert.equal((await page(store, { name: 'ada', limit: 9, statuses: ['terminated'] })).ids, 'ba');
      assert.equal((await page(store, { name: 'eve', limit: 9 })).ids, '');
      const first = await page(store, { name: 'ada' });
      assert.equal((await page(store, { name: 'ada', cursor: first.nextCursor ?? '' })).ids, 'a');
    },
  },
  {
    name: 'lists only the sandboxes with all of the metadata, as it is now',
    async run({ store }) {
      const make = (id: string, metadata: Readonly<Record<string, string>>) =>
        commitSandbox(store, { id, configuration: { metadata } }, up);
      await make('a', { team: 'red', tier: '1' });
      const entry = await make('b', { team: 'red', tier: '2' });
      await make('c', { team: 'redder' });
      await make('d', { tier: 'red' });
      await commitSandbox(store, {
        id: 'e',
        namespace: 'elsewhere',
        configuration: { metadata: { team: 'red' } },
      });
      const found = async (metadata: Readonly<Record<string, string>>) =>
        (await page(store, { metadata, limit: 9 })).ids;
      assert.equal(await found({ team: 'red' }), 'ba');
      assert.equal(await found({ team: 'red', tier: '2' }), 'b');
      assert.equal(await found({ team: 'red', tier: '3' }), '');
      assert.equal(await found({ constructor: 'red' }), '');
      assert.equal(await found({}), 'dcba');
      const configuration = { ...entry.configuration, metadata: { team: 'blue' } };
      await store.commit({ change: adjustment(entry, { configuration }) });
      assert.deepEqual([await found({ team: 'red' }), await found({ team: 'blue' })], ['a', 'b']);
      const first = await page(store, { metadata: { tier: '1' }, limit: 1 });
      assert.deepEqual([first.ids, first.nextCursor], ['a', null]);
    },
  },
  {
    name: 'lists only the sandboxes that meet all conditions, also in pages and backward',
    async run({ store }) {
      for (const [index, id] of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].entries()) {
        const metadata = { team: index % 2 ? 'red' : 'blue', tier: index % 3 ? '1' : '2' };
        await commitSandbox(store, { id, name: 'x', at: index, configuration: { metadata } }, up);
        if (id !== 'h') await end(store, id);
      }
      await commitSandbox(store, {
        id: 'i',
        at: 99,
        configuration: { metadata: { team: 'red', tier: '1' } },
      });
      const both = { team: 'red', tier: '1' };
      assert.equal((await page(store, { metadata: both, limit: 9 })).ids, 'ihfb');
      assert.equal((await page(store, { metadata: both, name: 'x', limit: 9 })).ids, 'hfb');
      const statuses = ['running', 'terminated'] as const;
      const query = { metadata: both, name: 'x', statuses };
      const first = await page(store, query);
      assert.deepEqual([first.ids, first.previousCursor], ['hf', null]);
      const second = await page(store, { ...query, cursor: first.nextCursor ?? '' });
      assert.deepEqual([second.ids, second.nextCursor], ['b', null]);
      const back = await page(store, {
        ...query,
        cursor: second.previousCursor ?? '',
        direction: 'backward',
      });
      assert.deepEqual([back.ids, back.previousCursor], ['hf', null]);
      assert.equal((await page(store, { metadata: both, statuses: ['pending'] })).ids, 'i');
      assert.equal((await page(store, { ...query, statuses: ['suspended'] })).ids, '');
    },
  },
  {
    name: 'omits no sandbox while others are created and terminated between pages',
    async run({ store }) {
      await fill(store);
      const first = await page(store, {});
      await commitSandbox(store, { id: 'new', at: 99_000 });
      await end(store, 'd');
      await end(store, 'b');
      const second = await page(store, { cursor: first.nextCursor ?? '' });
      const third = await page(store, { cursor: second.nextCursor ?? '' });
      // One that ends moves to the end of the list, so it may appear a second time, as terminated.
      assert.deepEqual([first.ids, second.ids, third.ids], ['ed', 'ca', 'db']);
      const running = await page(store, { statuses: ['running'], cursor: first.nextCursor ?? '' });
      assert.equal(running.ids, 'ca', 'a cursor must work after its sandbox has left the list');
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
        written([1, 'a']),
        written([2, 1, 'a']),
        "' OR 1=1 --",
      ];
      for (const cursor of hostile)
        await assert.rejects(page(store, { cursor }), CursorError, cursor.slice(0, 40));
    },
  },
  {
    name: 'ends a page early when its items exceed 4 MiB, and continues it from the cursor',
    async run({ store }) {
      // Each has a quarter of a page, so three fit, and a fourth is above by what is beside the text.
      const configuration = { entrypoint: ['x'.repeat(mostPageBytes / 4)] };
      const ids = ['a', 'b', 'c', 'd', 'e'];
      for (const [at, id] of ids.entries()) await commitSandbox(store, { id, at, configuration });
      const first = await page(store, { limit: 9 });
      assert.deepEqual([first.ids, first.previousCursor], ['edc', null]);
      const second = await page(store, { limit: 9, cursor: first.nextCursor ?? '' });
      assert.deepEqual([second.ids, second.nextCursor], ['ba', null]);
      const back = await page(store, {
        limit: 9,
        cursor: second.previousCursor ?? '',
        direction: 'backward',
      });
      assert.deepEqual([back.ids, back.previousCursor], ['edc', null]);
      const end = await page(store, { limit: 9, direction: 'backward' });
      assert.equal(end.ids, 'cba');
      assert.ok(end.previousCursor !== null);
    },
  },
  {
    name: 'lists an item that alone exceeds a page',
    async run({ store }) {
      const configuration = { entrypoint: ['x'.repeat(mostPageBytes)] };
      for (const id of ['a', 'b']) await commitSandbox(store, { id, configuration });
      const first = await page(store, {});
      assert.equal(first.ids, 'b');
      assert.equal((await page(store, { cursor: first.nextCursor ?? '' })).ids, 'a');
    },
  },
];

/** Five sandboxes, a to e, the last two created at the same instant. */
async function fill(store: Store): Promise<void> {
  for (const [index, id] of ['a', 'b', 'c', 'd', 'e'].entries())
    await commitSandbox(store, { id, at: 1_000 * Math.min(index, 3) }, up);
}

async function end(store: Store, id: string): Promise<void> {
  const entry = await store.get(id);
  assert.ok(entry);
  await store.commit({ change: step(entry, { type: 'terminate' }) });
}

async function page(store: Store, query: Partial<ListQuery>) {
  const { items, ...cursors } = await store.list({ namespace: 'default', limit: 2, ...query });
  return { ids: items.map(({ sandbox }) => sandbox.id).join(''), ...cursors };
}
