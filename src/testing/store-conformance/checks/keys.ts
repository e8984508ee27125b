import assert from 'node:assert/strict';
import { KeyUsedError } from '../../../server/store/store.ts';
import type { Check } from '../check.ts';
import { answerOf, creation, endings, onlyWinner } from '../fixtures.ts';

/** An answer is kept under its idempotency key in the same commit as what was done, once. */
export const keys: readonly Check[] = [
  {
    name: 'gives back the answer that was kept under a key, to its namespace',
    async run({ store }) {
      const answer = answerOf('key', { answer: { list: [1, null, 'text'], deep: { er: true } }, at: -5 });
      await store.commit({ answer, change: creation({ id: 'a' }) });
      assert.deepEqual(await store.answer('default', 'key'), answer);
      assert.equal(await store.answer('elsewhere', 'key'), undefined);
      assert.equal(await store.answer('default', 'other'), undefined);
      const elsewhere = answerOf('key', { namespace: 'elsewhere', answer: null });
      assert.deepEqual(await store.commit({ answer: elsewhere }), { sequence: null });
      assert.deepEqual(await store.answer('elsewhere', 'key'), elsewhere);
      assert.deepEqual(await store.answer('default', 'key'), answer);
    },
  },
  {
    name: 'takes two pairs of namespace and key for one only when both are the same',
    async run({ store }) {
      const pairs = [
        ['a', 'b:c'],
        ['a:b', 'c'],
        ['', 'a:b:c'],
        ['a"', 'b'],
        ['a', '"b'],
      ] as const;
      for (const [namespace, key] of pairs)
        await store.commit({ answer: answerOf(key, { namespace, answer: [namespace, key] }) });
      for (const [namespace, key] of pairs)
        assert.deepEqual((await store.answer(namespace, key))?.answer, [namespace, key]);
    },
  },
  {
    name: 'lets one of many who come at once under one key win, and keeps nothing of the others',
    async run({ store }) {
      for (let round = 0; round < 5; round++) {
        const key = `key-${round}`;
        const ids = Array.from({ length: 6 }, (_, index) => `s${round}-${index}`);
        const ends = await endings(
          ids.map((id) => store.commit({ change: creation({ id }), answer: answerOf(key, { answer: id }) })),
        );
        const winner = ids[onlyWinner(ends, KeyUsedError)];
        assert.equal((await store.answer('default', key))?.answer, winner);
        for (const id of ids) assert.equal((await store.get(id)) !== undefined, id === winner);
      }
      assert.equal((await store.history({ after: 0, limit: 99 })).length, 5);
    },
  },
  {
    name: 'forgets the answers from before an instant, and no others; then their keys are free',
    async run({ store }) {
      for (const at of [1, 2, 3]) await store.commit({ answer: answerOf(`at-${at}`, { at }) });
      await store.forgetAnswers(2);
      assert.equal(await store.answer('default', 'at-1'), undefined);
      assert.equal((await store.answer('default', 'at-2'))?.at, 2);
      await assert.rejects(store.commit({ answer: answerOf('at-3') }), KeyUsedError);
      await store.commit({ answer: answerOf('at-1', { answer: 'anew' }) });
      assert.equal((await store.answer('default', 'at-1'))?.answer, 'anew');
    },
  },
];
