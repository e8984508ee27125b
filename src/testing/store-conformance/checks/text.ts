import assert from 'node:assert/strict';
import type { Store } from '../../../server/store/store.ts';
import type { Check } from '../check.ts';
import {
  commitSandbox,
  creation,
  deletionOf,
  endings,
  responseOf,
  snapshotIds,
  snapshotOf,
  step,
  up,
} from '../fixtures.ts';

/** The store keeps every text unchanged, and never confuses two texts. */
export const text: readonly Check[] = [
  {
    name: 'finds nothing by a text that only starts like, or looks like, a stored one',
    async run({ store }) {
      const known = '\ufffd';
      await commitSandbox(store, { id: 'a', name: 'ada' }, up);
      await commitSandbox(store, { id: known, name: known, namespace: known }, up);
      await store.commit({ snapshot: snapshotOf('a'), response: responseOf('a') });
      await store.commit({ snapshot: snapshotOf(known, { namespace: known }), response: responseOf(known) });
      for (const other of ['a\0', 'a\0zzz', '\0a', '\ud800', '\udfff', 'A', 'a ', ' a', 'a%', '_', '%', '']) {
        const found = {
          get: await store.get(other),
          getByName: await store.getByName('default', other.replace('a', 'ada')),
          elsewhere: await store.getByName(other, known),
          list: (await store.list({ namespace: other.replace('a', 'default'), limit: 9 })).items[0],
          history: (await store.history({ after: 0, sandboxId: other, limit: 9 }))[0],
          ofNamespace: (await store.history({ after: 0, namespace: other, limit: 9 }))[0],
          response: await store.response('default', other),
          snapshot: await store.getSnapshot(other),
          snapshots: (await snapshotIds(store, other))[0],
          named: (await store.list({ namespace: 'default', name: other.replace('a', 'ada'), limit: 9 }))
            .items[0],
          isBeingRestored: (await store.isBeingRestored(other)) || undefined,
        };
        for (const [by, what] of Object.entries(found))
          assert.equal(what, undefined, `${by} of ${JSON.stringify(other)}`);
      }
    },
  },
  {
    name: 'deletes nothing by a text that only starts like, or looks like, a stored one',
    async run({ store }) {
      for (const id of ['a', '\ufffd'])
        await store.commit({ snapshot: snapshotOf(id, { status: 'completed' }) });
      for (const other of ['a\0zzz', '\ud800']) await endings([store.commit(deletionOf(other))]);
      assert.equal((await snapshotIds(store)).length, 2);
      for (const id of ['a', '\ufffd']) await store.commit(deletionOf(id));
      for (const other of ['a\0zzz', '\ud800']) await endings([store.snapshotRemoved(other)]);
      assert.equal((await store.removableSnapshots('', 99)).length, 2);
    },
  },
  {
    name: 'stores an id, a name and a key unchanged, or rejects the whole commit',
    async run(harness) {
      const commits = hostile.map((odd) => ({
        odd,
        change: creation({ id: odd, name: odd, namespace: odd }),
        snapshot: snapshotOf(odd),
        response: responseOf(odd, { namespace: odd }),
      }));
      const ends = await endings(commits.map(({ odd: _, ...commit }) => harness.store.commit(commit)));
      const store = await harness.reopen();
      for (const [index, { odd, change, snapshot, response }] of commits.entries()) {
        const kept = ends[index] === 'kept';
        const expected = kept ? change.after : undefined;
        assert.deepEqual(await store.get(odd), expected, `the entry of ${JSON.stringify(odd)}`);
        assert.deepEqual(await store.getByName(odd, odd), expected);
        assert.deepEqual((await store.list({ namespace: odd, limit: 9 })).items, kept ? [expected] : []);
        const rows = await store.history({ after: 0, sandboxId: odd, limit: 9 });
        assert.deepEqual(
          rows.map(({ sequence, ...row }) => row),
          kept ? [change.history] : [],
        );
        assert.deepEqual(await store.response(odd, odd), kept ? response : undefined);
        assert.deepEqual(await store.getSnapshot(odd), kept ? snapshot : undefined);
      }
      await mustBeWhole(store);
    },
  },
  {
    name: 'stores a key and the id of a snapshot unchanged, or rejects them',
    async run(harness) {
      const responses = hostile.map((odd) => responseOf(odd, { result: odd }));
      const snapshots = hostile.map((odd) => snapshotOf(odd));
      const answered = await endings(responses.map((response) => harness.store.commit({ response })));
      const captured = await endings(snapshots.map((snapshot) => harness.store.commit({ snapshot })));
      const store = await harness.reopen();
      for (const [index, odd] of hostile.entries()) {
        const response = answered[index] === 'kept' ? responses[index] : undefined;
        assert.deepEqual(
          await store.response('default', odd),
          response,
          `the response of ${JSON.stringify(odd)}`,
        );
        const snapshot = captured[index] === 'kept' ? snapshots[index] : undefined;
        assert.deepEqual(await store.getSnapshot(odd), snapshot, `the snapshot ${JSON.stringify(odd)}`);
      }
    },
  },
  {
    name: 'stores all other texts in a record, an event, a configuration and a response unchanged',
    async run(harness) {
      const commits = hostile.map((odd, index) => {
        const before = step(creation({ id: `s${index}` }).after, up).after;
        const crash = step(before, { type: 'crashed', incarnation: 1, reason: odd });
        const configuration = { ...before.configuration, entrypoint: [odd, ''] };
        const response = responseOf(`s${index}`, { result: { [odd]: odd } });
        return { response, change: { ...crash, after: { ...crash.after, configuration } } };
      });
      for (const [index, { change, response }] of commits.entries()) {
        await commitSandbox(harness.store, { id: `s${index}` }, up);
        await harness.store.commit({ change, response });
      }
      const store = await harness.reopen();
      for (const [index, { change, response }] of commits.entries()) {
        const id = `s${index}`;
        assert.deepEqual(await store.get(id), change.after);
        const [row] = await store.history({ after: 0, sandboxId: id, afterVersion: 2, limit: 9 });
        assert.deepEqual(row?.event, change.history.event);
        assert.deepEqual(row?.sandbox, change.after.sandbox);
        // Compare as text, because a key such as __proto__ must be an own property of the response.
        const kept = (await store.response('default', id))?.result;
        assert.equal(JSON.stringify(kept), JSON.stringify(response.result));
      }
      await mustBeWhole(store);
    },
  },
  {
    name: 'stores the actor and the cause of an event unchanged, or rejects the whole commit',
    async run(harness) {
      const commits = hostile.map((odd, index) => {
        const change = creation({ id: `s${index}` });
        return { ...change, history: { ...change.history, actor: odd, cause: odd } };
      });
      const ends = await endings(commits.map((change) => harness.store.commit({ change })));
      const store = await harness.reopen();
      for (const [index, odd] of hostile.entries()) {
        const rows = await store.history({ after: 0, sandboxId: `s${index}`, limit: 9 });
        assert.deepEqual(
          rows.map(({ actor, cause }) => [actor, cause]),
          ends[index] === 'kept' ? [[odd, odd]] : [],
        );
      }
    },
  },
];

const hostile = [
  '__proto__',
  'constructor',
  'toString',
  "'; DROP TABLE sandboxes; --",
  '?',
  ':id',
  '"',
  '\\',
  '%',
  '\n',
  '\u202eadmin',
  'аda', // with a Cyrillic first letter
  '\u{1F600}',
  'e\u0301',
  '\u00e9',
  '\u2028',
  '\ufeff',
  'null',
  '0',
  '-1',
  '1e3',
  'a\0b',
  '\0',
  '\ud800',
  'a\udc00b',
  'x'.repeat(10_000),
];

/** Asserts that the store does not have a broken row. */
async function mustBeWhole(store: Store): Promise<void> {
  for (const read of [store.unsettled, store.living]) await read.call(store, '', 999);
  assert.deepEqual(await store.broken('', 99), []);
}
