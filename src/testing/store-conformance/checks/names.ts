import assert from 'node:assert/strict';
import { NameTakenError } from '../../../server/store/store.ts';
import type { Check } from '../check.ts';
import { commitSandbox, creation, endings, onlyWinner, step, up } from '../fixtures.ts';

/** A name is had once among the living of a namespace: by the store itself, so that no race gives it twice. */
export const names: readonly Check[] = [
  {
    name: 'has a name once among the living of a namespace',
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
    name: 'gives a name to one of many who ask at once, in each namespace',
    async run({ store }) {
      for (let round = 0; round < 5; round++) {
        const name = `name-${round}`;
        const ask = (namespace: string) =>
          Array.from({ length: 6 }, (_, index) => {
            const change = creation({ id: `${namespace}-${round}-${index}`, name, namespace });
            return store.commit({ change });
          });
        const [here, there] = await Promise.all([endings(ask('here')), endings(ask('there'))]);
        const winner = `here-${round}-${onlyWinner(here, NameTakenError)}`;
        onlyWinner(there, NameTakenError);
        assert.equal((await store.getByName('here', name))?.sandbox.id, winner);
      }
      assert.equal((await store.list({ namespace: 'here', limit: 99 })).items.length, 5);
    },
  },
  {
    name: 'gives a name to one of many who are renamed to it at once',
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
    name: 'frees the name that a sandbox had before it was renamed, and keeps the one that it has',
    async run({ store }) {
      const first = await commitSandbox(store, { id: 'a', name: 'ada' }, up);
      const renamed = step(first, { type: 'rename', name: 'bea' });
      await store.commit({ change: renamed });
      assert.equal(await store.getByName('default', 'ada'), undefined);
      await commitSandbox(store, { id: 'b', name: 'ada' });
      await assert.rejects(store.commit({ change: creation({ id: 'c', name: 'bea' }) }), NameTakenError);
      // A sandbox is never in its own way.
      await store.commit({ change: step(renamed.after, { type: 'suspend' }) });
    },
  },
  {
    name: 'holds no name for the terminated, however many had it',
    async run({ store }) {
      for (const id of ['a', 'b', 'c'])
        await commitSandbox(store, { id, name: 'ada' }, up, { type: 'terminate' });
      assert.equal(await store.getByName('default', 'ada'), undefined);
      assert.equal((await store.list({ namespace: 'default', limit: 9 })).items.length, 3);
    },
  },
  {
    name: 'lets as many be without a name as there are',
    async run({ store }) {
      for (const id of ['a', 'b', 'c']) await commitSandbox(store, { id }, up);
      assert.equal((await store.list({ namespace: 'default', limit: 9 })).items.length, 3);
    },
  },
];
