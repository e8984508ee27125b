import assert from 'node:assert/strict';
import { KeyUsedError } from '../../../server/store/errors.ts';
import type { Check } from '../check.ts';
import { creation, endings, onlyWinner, responseOf } from '../fixtures.ts';

/** A commit stores a response under its idempotency key together with its change, once. */
export const keys: readonly Check[] = [
  {
    name: 'returns a stored response by its namespace and key',
    async run({ store }) {
      const response = responseOf('key', { result: { list: [1, null, 'text'], deep: { er: true } }, at: -5 });
      await store.commit({ response, change: creation({ id: 'a' }) });
      assert.deepEqual(await store.response('default', 'key'), response);
      assert.equal(await store.response('elsewhere', 'key'), undefined);
      assert.equal(await store.response('default', 'other'), undefined);
      const elsewhere = responseOf('key', { namespace: 'elsewhere', result: null });
      assert.deepEqual(await store.commit({ response: elsewhere }), { sequence: null });
      assert.deepEqual(await store.response('elsewhere', 'key'), elsewhere);
      assert.deepEqual(await store.response('default', 'key'), response);
    },
  },
  {
    name: 'distinguishes all pairs of namespace and key',
    async run({ store }) {
      const pairs = [
        ['a', 'b:c'],
        ['a:b', 'c'],
        ['', 'a:b:c'],
        ['a"', 'b'],
        ['a', '"b'],
      ] as const;
      for (const [namespace, key] of pairs)
        await store.commit({ response: responseOf(key, { namespace, result: [namespace, key] }) });
      for (const [namespace, key] of pairs)
        assert.deepEqual((await store.response(namespace, key))?.result, [namespace, key]);
    },
  },
  {
    name: 'lets one of many concurrent commits with one key win, and keeps nothing of the others',
    async run({ store }) {
      for (let round = 0; round < 5; round++) {
        const key = `key-${round}`;
        const ids = Array.from({ length: 6 }, (_, index) => `s${round}-${index}`);
        const ends = await endings(
          ids.map((id) =>
            store.commit({ change: creation({ id }), response: responseOf(key, { result: id }) }),
          ),
        );
        const winner = ids[onlyWinner(ends, KeyUsedError)];
        assert.equal((await store.response('default', key))?.result, winner);
        for (const id of ids) assert.equal((await store.get(id)) !== undefined, id === winner);
      }
      assert.equal((await store.history({ after: 0, limit: 99 })).length, 5);
    },
  },
  {
    name: 'deletes only the responses from before an instant, and frees their keys',
    async run({ store }) {
      for (const at of [1, 2, 3]) await store.commit({ response: responseOf(`at-${at}`, { at }) });
      await store.forgetResponses(2, 99);
      assert.equal(await store.response('default', 'at-1'), undefined);
      assert.equal((await store.response('default', 'at-2'))?.at, 2);
      await assert.rejects(store.commit({ response: responseOf('at-3') }), KeyUsedError);
      await store.commit({ response: responseOf('at-1', { result: 'second' }) });
      assert.equal((await store.response('default', 'at-1'))?.result, 'second');
    },
  },
  {
    name: 'deletes expired responses in parts, the oldest first, and counts them',
    async run({ store }) {
      for (const at of [3, 1, 4, 2, 5]) await store.commit({ response: responseOf(`at-${at}`, { at }) });
      const left = async () => {
        const all = await Promise.all([1, 2, 3, 4, 5].map((at) => store.response('default', `at-${at}`)));
        return all.flatMap((response) => response?.at ?? []);
      };
      assert.equal(await store.forgetResponses(5, 2), 2);
      assert.deepEqual(await left(), [3, 4, 5]);
      assert.equal(await store.forgetResponses(5, 3), 2);
      assert.deepEqual(await left(), [5]);
      assert.equal(await store.forgetResponses(5, 3), 0);
    },
  },
];
