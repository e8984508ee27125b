import assert from 'node:assert/strict';
import type { Check } from '../check.ts';
import { namespace } from '../harness.ts';

/** A list has each sandbox of a namespace once, as its record is. */
export const lists: readonly Check[] = [
  {
    name: 'lists each sandbox of the namespace once, in pages, and those of a status or a name',
    uses: ['list'],
    async run({ start, running }) {
      const host = await start();
      const ids: string[] = [];
      for (const name of ['a', 'b', 'c', 'd', 'e']) ids.push((await running(host, { name })).sandbox.id);
      await host.create({ namespace: 'elsewhere', name: 'a' });
      await host.send(namespace, 'b', { type: 'terminate' });
      const found: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page: Awaited<ReturnType<typeof host.list>> = await host.list({
          ...{ namespace, limit: 2 },
          ...(cursor !== '' && { cursor }),
        });
        assert.ok(page.items.length <= 2, 'a page must not exceed its limit');
        assert.ok(found.length < 10, 'the pages must end');
        found.push(...page.items.map(({ sandbox }) => sandbox.id));
        cursor = page.nextCursor;
      }
      assert.deepEqual([...found].sort(), [...ids].sort(), 'each sandbox must be listed once');
      const terminated = await host.list({ namespace, limit: 9, statuses: ['terminated'] });
      assert.deepEqual(
        terminated.items.map(({ sandbox }) => sandbox.id),
        [ids[1]],
      );
      const named = await host.list({ namespace, limit: 9, name: 'c' });
      assert.deepEqual(
        named.items.map(({ sandbox }) => sandbox.id),
        [ids[2]],
      );
    },
  },
  {
    name: 'lists a sandbox as its last command left it',
    uses: ['list'],
    async run({ start, running }) {
      const host = await start();
      const { id } = (await running(host, { name: 'ada' })).sandbox;
      for (const name of ['b', 'c', 'd']) {
        const { entry } = await host.send(namespace, id, { type: 'rename', name });
        const { items } = await host.list({ namespace, limit: 9 });
        assert.deepEqual(items[0]?.sandbox, entry.sandbox);
      }
    },
  },
];
