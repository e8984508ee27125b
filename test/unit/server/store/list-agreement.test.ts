import fc from 'fast-check';
import { expect, test } from 'vitest';
import { statuses } from '../../../../src/model/sandbox.ts';
import { memoryStore } from '../../../../src/server/store/memory.ts';
import type { ListQuery } from '../../../../src/server/store/queries.ts';
import { sqliteStore } from '../../../../src/server/store/sqlite/index.ts';
import type { Store } from '../../../../src/server/store/store.ts';
import { commitSandbox, kinds } from '../../../../src/testing/store-conformance/fixtures.ts';

const metadata = fc.dictionary(fc.constantFrom('team', 'tier'), fc.constantFrom('1', '2'), { maxKeys: 2 });

const sandboxes = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: 5 }),
    kind: fc.constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[])),
    metadata,
  }),
  { minLength: 1, maxLength: 25 },
);

const queries = fc.record(
  {
    statuses: fc.uniqueArray(fc.constantFrom(...statuses), { maxLength: 4 }),
    metadata,
    limit: fc.integer({ min: 1, max: 7 }),
    direction: fc.constantFrom('forward' as const, 'backward' as const),
    name: fc.constantFrom('n0', 'n1', 'n7'),
  },
  { requiredKeys: ['limit', 'direction'] },
);

test('the SQLite store lists the same pages as the memory store, which sorts everything', async () => {
  await fc.assert(
    fc.asyncProperty(sandboxes, fc.array(queries, { minLength: 1, maxLength: 5 }), async (made, asked) => {
      const stores = [memoryStore(), sqliteStore(':memory:')] as const;
      for (const store of stores) {
        for (const [index, { at, kind, metadata }] of made.entries()) {
          const sandbox = { id: `s${index}`, name: `n${index}`, at, configuration: { metadata } };
          await commitSandbox(store, sandbox, ...kinds[kind]);
        }
      }
      for (const query of asked) {
        const [expected, found] = await Promise.all(stores.map((store) => pagesOf(store, query)));
        expect(found).toEqual(expected);
      }
      for (const store of stores) await store.close();
    }),
    { numRuns: 60 },
  );
});

/** All pages of a query, in its direction. */
async function pagesOf(store: Store, query: Omit<ListQuery, 'namespace' | 'cursor'>) {
  const pages = [];
  let cursor: string | null | undefined;
  do {
    const page = await store.list({ namespace: 'default', ...query, ...(cursor && { cursor }) });
    pages.push({ ...page, items: page.items.map(({ sandbox }) => sandbox.id) });
    cursor = query.direction === 'forward' ? page.nextCursor : page.previousCursor;
  } while (cursor !== null && pages.length < 40);
  return pages;
}
