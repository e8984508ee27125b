import assert from 'node:assert/strict';
import {
  ConflictError,
  KeyUsedError,
  NameTakenError,
  SnapshotUnusableError,
} from '../../../server/store/errors.ts';
import type { Commit, Store } from '../../../server/store/store.ts';
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

/** The store keeps all of a commit or nothing, whichever part fails. */
export const atomicity: readonly Check[] = [
  {
    name: 'keeps nothing of a commit whose record has changed',
    async run({ store }) {
      const first = await prepare(store);
      await store.commit({ change: step(first, { type: 'rename', name: 'other' }) });
      await keepsNothing(store, { ...otherParts, change: step(first, { type: 'terminate' }) }, ConflictError);
    },
  },
  {
    name: 'keeps nothing of a commit whose name is taken',
    async run({ store }) {
      const first = await prepare(store);
      await commitSandbox(store, { id: 'b', name: 'bea' });
      await keepsNothing(
        store,
        { ...otherParts, change: step(first, { type: 'rename', name: 'bea' }) },
        NameTakenError,
      );
      await keepsNothing(
        store,
        { ...otherParts, change: creation({ id: 'c', name: 'bea' }) },
        NameTakenError,
      );
    },
  },
  {
    name: 'keeps nothing of a commit whose idempotency key is already used',
    async run({ store }) {
      const first = await prepare(store);
      await store.commit({ response: responseOf('key', { result: 'the first' }) });
      await keepsNothing(store, { ...otherParts, change: step(first, { type: 'terminate' }) }, KeyUsedError);
      await keepsNothing(
        store,
        { ...otherParts, change: creation({ id: 'c', name: 'carol' }) },
        KeyUsedError,
      );
      assert.equal(await store.getByName('default', 'carol'), undefined);
    },
  },
  {
    name: 'keeps nothing of a commit whose snapshot has changed or cannot be restored',
    async run({ store }) {
      const first = await prepare(store);
      const change = step(first, { type: 'terminate' });
      const snapshotBefore = snapshotOf('new');
      await keepsNothing(store, { ...otherParts, change, snapshotBefore }, ConflictError);
      await store.commit({ response: responseOf('used') });
      for (const restoredFrom of ['new', 'none'])
        await keepsNothing(
          store,
          { ...otherParts, change: creation({ id: 'c' }), restoredFrom },
          SnapshotUnusableError,
        );
    },
  },
  {
    name: 'rolls back only the rejected ones of concurrent commits',
    async run({ store }) {
      const first = await prepare(store);
      const stale = step(first, { type: 'terminate' });
      await store.commit({ change: step(first, { type: 'rename', name: 'other' }) });
      const good = (id: string) => store.commit({ change: creation({ id }) });
      const ends = await endings([
        good('b'),
        store.commit({ ...otherParts, change: stale }),
        good('c'),
        store.commit({ change: creation({ id: 'd', name: 'other' }) }),
        good('e'),
      ]);
      assert.deepEqual(
        ends.map((end) => (end instanceof Error ? end.name : end)),
        ['kept', 'ConflictError', 'kept', 'NameTakenError', 'kept'],
      );
      for (const id of ['b', 'c', 'e'])
        assert.ok(await store.get(id), `the store acknowledged ${id}, but did not keep it`);
      assert.equal(await store.get('d'), undefined);
    },
  },
];

/** The other parts of each rejected commit. */
const otherParts: Commit = {
  snapshot: snapshotOf('new'),
  ...deletionOf('old'),
  response: responseOf('key', { result: 'the second' }),
};

async function prepare(store: Store) {
  const entry = await commitSandbox(store, { id: 'a', name: 'ada', timeoutMs: 60_000 }, up);
  await store.commit({ snapshot: snapshotOf('old', { status: 'completed' }) });
  return entry;
}

async function keepsNothing(
  store: Store,
  commit: Commit,
  Rejection: new (text: string) => Error,
): Promise<void> {
  const before = await everything(store);
  await assert.rejects(store.commit(commit), Rejection);
  assert.deepEqual(await everything(store), before);
}

/** The results of all queries. */
async function everything(store: Store) {
  return {
    entries: (await store.list({ namespace: 'default', limit: 99 })).items,
    ada: await store.getByName('default', 'ada'),
    history: await store.history({ after: 0, limit: 99 }),
    sequence: await store.lastSequence(),
    nextTimeoutAt: await store.nextTimeoutAt(),
    unsettled: await store.unsettled('', 99),
    snapshots: await snapshotIds(store),
    removable: await store.removableSnapshots('', 99),
    response: await store.response('default', 'key'),
  };
}
