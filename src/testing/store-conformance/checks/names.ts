import assert from 'node:assert/strict';
import { NameTakenError } from '../../../server/store/errors.ts';
import type { Check } from '../check.ts';
import { commitSandbox, creation, endings, onlyWinner, step, up } from '../fixtures.ts';

/**
 * A name belongs to one living sandbox of a namespace. The store enforces this, so that a race cannot assign it
 * twice.
 */
export const names: readonly Check[] = [
  {
    name: 'allows a name once among the living sandboxes of a namespace',
    async run({ store }) {
      const first = await commitSandbox(store, { id: 'a', name: 'ada' }, up);
      const again = creation({ id: 'b', name: 'ada' });
      await assert.rejects(store.commit({ change: again }), NameTakenError);
      await commitSandbox(store, { id: 'c', name: 'ada', namespace: 'elsewhere' });
      await store.commit({ change: step(first, { type: 'terminate' }) });
      assert.equal(await store.getByName('default', 'ada'), undefined);
      await store.commit({ change: again });
      assert.equal((await store.getByName('default', 'ada'))?.sandbox.id, 'b');
      assert.equal((await store.getByName('elsewhere', 'ada'))?.sandbox.id, 'c');
    },
  },
  {
    name: 'gives a name to one of many concurrent creations, in each namespace',
    async run({ store }) {
      for (let round = 0; round < 5; round++) {
        const name = `name-${round}`;
        const createAll = (namespace: string) =>
          Array.from({ length: 6 }, (_, index) => {
            const change = creation({ id: `${namespace}-${round}-${index}`, name, namespace });
            return store.commit({ change });
          });
        const [here, there] = await Promise.all([endings(createAll('here')), endings(createAll('there'))]);
        const winner = `here-${round}-${onlyWinner(here, NameTakenError)}`;
        onlyWinner(there, NameTakenError);
        assert.equal((await store.getByName('here', name))?.sandbox.id, winner);
      }
      assert.equal((await store.list({ namespace: 'here', limit: 99 })).items.length, 5);
    },
  },
  {
    name: 'gives a name to one of many concurrent renames',
    async run({ store }) {
      const entries = await Promise.all(
        ['a', 'b', 'c', 'd'].map((id) => commitSandbox(store, { id, name: `name-${id}` }, up)),
      );
      const ends = await endings(
        entries.map((entry) => store.commit({ change: step(entry, { type: 'rename', name: 'ada' }) })),
      );
      const winner = onlyWinner(ends, NameTakenError);
      for (const [index, entry] of entries.entries()) {
        const { id } = entry.sandbox;
        const expected = index === winner ? 'ada' : `name-${id}`;
        assert.equal((await store.get(id))?.sandbox.name, expected);
        assert.equal((await store.getByName('default', expected))?.sandbox.id, id);
      }
    },
  },
  {
    name: 'frees the old name of a renamed sandbox, and reserves its new name',
    async run({ store }) {
      const first = await commitSandbox(store, { id: 'a', name: 'ada' }, up);
      const renamed = step(first, { type: 'rename', name: 'bea' });
      await store.commit({ change: renamed });
      assert.equal(await store.getByName('default', 'ada'), undefined);
      await commitSandbox(store, { id: 'b', name: 'ada' });
      await assert.rejects(store.commit({ change: creation({ id: 'c', name: 'bea' }) }), NameTakenError);
      // A sandbox does not conflict with its own name.
      await store.commit({ change: step(renamed.after, { type: 'suspend' }) });
    },
  },
  {
    name: 'does not reserve the names of terminated sandboxes',
    async run({ store }) {
      for (const id of ['a', 'b', 'c'])
        await commitSandbox(store, { id, name: 'ada' }, up, { type: 'terminate' });
      assert.equal(await store.getByName('default', 'ada'), undefined);
      assert.equal((await store.list({ namespace: 'default', limit: 9 })).items.length, 3);
    },
  },
  {
    name: 'allows any number of sandboxes without a name',
    async run({ store }) {
      for (const id of ['a', 'b', 'c']) await commitSandbox(store, { id }, up);
      assert.equal((await store.list({ namespace: 'default', limit: 9 })).items.length, 3);
    },
  },
];
