import assert from 'node:assert/strict';
import { foldHistory } from '../../../server/store/check-history.ts';
import { ConflictError } from '../../../server/store/errors.ts';
import type { ListQuery } from '../../../server/store/queries.ts';
import type { SandboxEntry } from '../../../server/store/records.ts';
import type { Store } from '../../../server/store/store.ts';
import type { Check, Harness } from '../check.ts';
import {
  adjustment,
  commitSandbox,
  creation,
  kinds,
  type NewSandbox,
  snapshotOf,
  step,
  up,
} from '../fixtures.ts';

/** Retention archives and deletes only what has ended and holds nothing, in parts. A store may keep everything. */
export const retention: readonly Check[] = [
  {
    name: 'archives only sandboxes that are terminated and released, and ended before an instant',
    async run(harness) {
      const { store } = harness;
      if (store.retention === undefined) return;
      for (const [id, events] of Object.entries(kinds))
        await commitSandbox(store, { id, name: id }, ...events);
      await commitEnded(store, { id: 'early', at: 10 });
      await commitEnded(store, { id: 'late', at: 20 });
      const all = await ids(store);
      assert.equal(all.length, Object.keys(kinds).length + 2);
      assert.equal(await store.retention.archive(20 + endedAfterMs, archivedAt, 99), 1);
      assert.deepEqual(
        await ids(store),
        all.filter((id) => id !== 'early'),
      );
      assert.deepEqual(await archivedIds(store), ['early']);
      assert.equal(await store.retention.archive(20 + endedAfterMs, archivedAt, 99), 0);
      assert.equal(await store.retention.archive(21 + endedAfterMs, archivedAt, 99), 1);
      assert.equal(await store.retention.archive(Number.MAX_SAFE_INTEGER, archivedAt, 99), 0);
      const reopened = await harness.reopen();
      assert.deepEqual(
        await ids(reopened),
        all.filter((id) => !['early', 'late'].includes(id)),
      );
      assert.deepEqual(await archivedIds(reopened), ['late', 'early']);
    },
  },
  {
    name: 'archives the longest ended sandboxes first, at most as many as the limit',
    async run({ store }) {
      if (store.retention === undefined) return;
      for (const [index, id] of ['c', 'a', 'd', 'b'].entries()) await commitEnded(store, { id, at: index });
      assert.equal(await store.retention.archive(99, archivedAt, 3), 3);
      assert.deepEqual(await ids(store), ['b']);
      assert.equal(await store.retention.archive(99, archivedAt, 3), 1);
      assert.deepEqual(await archivedIds(store), ['b', 'd', 'a', 'c']);
    },
  },
  {
    name: 'finds an archived sandbox by id, unchanged and with its history',
    async run(harness) {
      const { store } = harness;
      if (store.retention === undefined) return;
      const entry = await commitEnded(store, { id: 'a', name: 'ada' });
      const [rows, sequence] = [await historyOf(store, 'a'), await store.lastSequence()];
      await store.retention.archive(999_999, archivedAt, 99);
      for (const open of [async () => store, harness.reopen]) {
        const each = await open();
        assert.deepEqual(await each.get('a'), entry);
        assert.equal(await each.retention?.archivedAt('a'), archivedAt);
        assert.deepEqual(await historyOf(each, 'a'), rows);
        assert.equal(await each.lastSequence(), sequence);
        assert.equal(await each.retention?.lastDeleted('default'), 0);
      }
      const present = harness.store;
      assert.equal(await present.getByName('default', 'ada'), undefined);
      await commitSandbox(present, { id: 'b', name: 'ada' }, up);
      assert.equal((await present.getByName('default', 'ada'))?.sandbox.id, 'b');
      assert.deepEqual(await ids(present), ['b']);
      for (const id of ['b', 'ada', 'unknown'])
        assert.equal(await present.retention?.archivedAt(id), null, id);
    },
  },
  {
    name: 'lists archived sandboxes in pages and by name and metadata, and no others with them',
    async run({ store }) {
      if (store.retention === undefined) return;
      const metadata = (team: string) => ({ configuration: { metadata: { team } } });
      for (const [index, id] of ['a', 'b', 'c', 'd', 'e'].entries())
        await commitEnded(store, { id, at: index, name: id, ...metadata(index % 2 === 0 ? 'x' : 'y') });
      await commitEnded(store, { id: 'f', namespace: 'elsewhere' });
      await store.retention.archive(999_999, archivedAt, 99);
      await commitSandbox(store, { id: 'g', name: 'a', ...metadata('x') }, up);
      await commitEnded(store, { id: 'h', name: 'b', ...metadata('x') });
      const first = await store.retention.listArchived({ namespace: 'default', limit: 2 });
      assert.deepEqual([idsIn(first), first.previousCursor], [['e', 'd'], null]);
      const [newest] = first.items;
      assert.deepEqual(newest, { ...(await store.get('e')), archivedAt });
      const second = await store.retention.listArchived({
        ...{ namespace: 'default', limit: 2 },
        cursor: first.nextCursor as string,
      });
      assert.deepEqual(idsIn(second), ['c', 'b']);
      const back = await store.retention.listArchived({
        ...{ namespace: 'default', limit: 2, direction: 'backward' },
        cursor: second.previousCursor as string,
      });
      assert.deepEqual(idsIn(back), ['e', 'd']);
      assert.deepEqual(await archivedIds(store, { metadata: { team: 'x' } }), ['e', 'c', 'a']);
      assert.deepEqual(await archivedIds(store, { name: 'b' }), ['b']);
      assert.deepEqual(await archivedIds(store, { statuses: ['terminated'] }), ['e', 'd', 'c', 'b', 'a']);
      assert.deepEqual(await archivedIds(store, { statuses: ['running', 'pending'] }), []);
      assert.deepEqual(await ids(store), ['g', 'h']);
      assert.deepEqual(await ids(store, { metadata: { team: 'x' } }), ['g', 'h']);
      assert.deepEqual(await ids(store, { name: 'a' }), ['g']);
      assert.deepEqual(await ids(store, { statuses: ['terminated'] }), ['h']);
    },
  },
  {
    name: 'lists an archived sandbox again when a commit says that it is not released',
    async run(harness) {
      if (harness.store.retention === undefined) return;
      const team = { metadata: { team: 'x' } };
      const other = { metadata: { team: 'y' } };
      const entry = await commitEnded(harness.store, { id: 'a', configuration: team });
      await commitEnded(harness.store, { id: 'b', configuration: team });
      await harness.store.retention.archive(999_999, archivedAt, 99);
      const configuration = { ...entry.configuration, ...other };
      const changed = adjustment(entry, { configuration });
      await harness.store.commit({ change: changed });
      assert.deepEqual(await archivedIds(await harness.reopen(), other), ['a']);
      assert.deepEqual(await ids(harness.store, other), []);
      const found = adjustment(changed.after, { released: false });
      await harness.store.commit({ change: found });
      const store = await harness.reopen();
      assert.deepEqual(await store.get('a'), found.after);
      assert.deepEqual(await store.unsettled('', 99), [found.after]);
      for (const query of [{}, other]) {
        assert.deepEqual(await ids(store, query), ['a']);
        assert.ok(!(await archivedIds(store, query)).includes('a'));
      }
      assert.equal(await store.retention?.archivedAt('a'), null);
      assert.deepEqual(await store.broken('', 99), []);
      assert.equal(await store.retention?.archive(999_999, archivedAt, 99), 0);
      await deleteAll(store, 999_999);
      assert.deepEqual(await store.get('a'), found.after);
      const released = adjustment(found.after, { released: true });
      await store.commit({ change: released });
      assert.deepEqual(await ids(store), ['a']);
      assert.equal(await store.retention?.archive(999_999, archivedAt + 1, 99), 1);
      assert.equal(await store.retention?.archivedAt('a'), archivedAt + 1);
      assert.deepEqual(await archivedIds(store, other), ['a']);
    },
  },
  {
    name: 'deletes only archived sandboxes that ended before an instant, with their history',
    async run(harness) {
      const { store } = harness;
      if (store.retention === undefined) return;
      await commitEnded(store, { id: 'early', at: 10 });
      await commitEnded(store, { id: 'late', at: 20 });
      await commitSandbox(store, { id: 'running', at: 0 }, up);
      await commitSandbox(store, { id: 'holding', at: 0 }, up, { type: 'terminate' });
      assert.equal(await store.retention.deleteArchived(99, 99), 0);
      await store.retention.archive(99, archivedAt, 99);
      await commitEnded(store, { id: 'listed', at: 0 });
      await deleteAll(store, 20 + endedAfterMs);
      for (const open of [async () => store, harness.reopen]) {
        const each = await open();
        assert.equal(await each.get('early'), undefined);
        assert.deepEqual(await historyOf(each, 'early'), []);
        assert.deepEqual(await archivedIds(each), ['late']);
        assert.deepEqual([...(await ids(each))].sort(), ['holding', 'listed', 'running']);
        for (const id of ['late', 'running', 'holding', 'listed']) await mustBeWhole(each, id);
      }
    },
  },
  {
    name: 'deletes in parts, and finds a sandbox no more from the first part on',
    async run(harness) {
      const metadata = { a: '1', b: '2' };
      if (harness.store.retention === undefined) return;
      await commitEnded(harness.store, { id: 'a', name: 'ada', configuration: { metadata } });
      await commitEnded(harness.store, { id: 'b', at: 1_001 });
      const sequence = await harness.store.lastSequence();
      await harness.store.retention.archive(9_999, archivedAt, 99);
      let parts = 0;
      for (; (await harness.store.retention?.deleteArchived(1_001 + endedAfterMs, 1)) !== 0; parts++) {
        const store = await harness.reopen();
        assert.equal(await store.get('a'), undefined);
        assert.deepEqual(await archivedIds(store), ['b']);
        assert.deepEqual(await archivedIds(store, { metadata: { a: '1' } }), []);
        await mustBeWhole(store, 'b');
        assert.ok(parts < 20, 'the deletion of three rows of history must end after a few parts');
      }
      assert.ok(parts >= 4, `four rows in parts of one row need four calls, but there were ${parts}`);
      const { store } = harness;
      assert.deepEqual(await historyOf(store, 'a'), []);
      assert.equal(await store.lastSequence(), sequence);
      await commitSandbox(store, { id: 'a' }, up);
      assert.ok((await historyOf(store, 'a')).every((row) => row.sequence > sequence));
    },
  },
  {
    name: 'continues a deletion that has begun, whatever its instant, and lets no commit change the sandbox',
    async run(harness) {
      if (harness.store.retention === undefined) return;
      const entry = await commitEnded(harness.store, { id: 'a' });
      await harness.store.retention.archive(9_999, archivedAt, 99);
      await harness.store.retention.deleteArchived(9_999, 1);
      const store = await harness.reopen();
      await assert.rejects(store.commit({ change: adjustment(entry, {}) }), ConflictError);
      await assert.rejects(store.commit({ change: creation({ id: 'a' }) }), ConflictError);
      await deleteAll(store, 0);
      assert.deepEqual(await historyOf(store, 'a'), []);
      await store.commit({ change: creation({ id: 'a' }) });
    },
  },
  {
    name: 'keeps the snapshots, the usage and the stored responses of a deleted sandbox',
    async run(harness) {
      const { store } = harness;
      if (store.retention === undefined) return;
      await commitEnded(store, { id: 'a' });
      const snapshot = snapshotOf('s1', { status: 'completed' });
      const response = { namespace: 'default', key: 'k', fingerprint: 'f', at: 5, result: null };
      await store.commit({ snapshot, response });
      const usage = await store.usage?.rows('default', 0, 99);
      await store.retention.archive(9_999, archivedAt, 99);
      await deleteAll(store, 9_999);
      const reopened = await harness.reopen();
      assert.deepEqual(await reopened.getSnapshot('s1'), snapshot);
      assert.deepEqual(await reopened.usage?.rows('default', 0, 99), usage);
      assert.deepEqual(await reopened.response('default', 'k'), response);
      assert.equal((await reopened.stats?.())?.sandboxes.terminated ?? 0, 0);
    },
  },
  {
    name: 'cuts the oldest rows of a history in parts, and marks the first row that is left',
    async run(harness) {
      if (harness.store.retention === undefined) return;
      let entry = await commitSandbox(harness.store, { id: 'a', name: 'n0' }, up);
      for (let names = 1; names <= 8; names++) entry = await rename(harness.store, entry, `n${names}`);
      await commitSandbox(harness.store, { id: 'b' }, up);
      const whole = await historyOf(harness.store, 'a');
      assert.equal(await harness.store.retention.cutHistory('a', 10, 99), 0);
      for (const [cut, left] of [
        [3, 7],
        [3, 4],
        [0, 4],
      ] as const) {
        assert.equal(await harness.store.retention?.cutHistory('a', 4, 3), cut);
        const store = await harness.reopen();
        const [first, ...rest] = whole.slice(-left);
        assert.deepEqual(await historyOf(store, 'a'), [{ ...first, isFirstKept: true }, ...rest]);
        assert.deepEqual(foldHistory(await historyOf(store, 'a')), entry.sandbox);
        assert.deepEqual(await store.get('a'), entry);
      }
      const { store } = harness;
      const lastCut = whole.at(-5)?.sequence ?? 0;
      assert.equal(await store.retention?.lastDeleted('default'), lastCut);
      assert.equal(await store.retention?.lastDeleted('elsewhere'), 0);
      const query = { sandboxId: 'a', limit: 99 };
      for (const after of [0, lastCut - 1, lastCut])
        assert.equal((await store.history({ ...query, after })).length, 4);
      assert.equal((await store.history({ ...query, after: lastCut + 1 })).length, 3);
      await mustBeWhole(store, 'b');
      await rename(store, entry, 'n9');
      await mustBeWhole(store, 'a');
    },
  },
  {
    name: 'notes the last deleted row of each namespace, of deleted sandboxes too',
    async run(harness) {
      const { store } = harness;
      if (store.retention === undefined) return;
      await commitEnded(store, { id: 'a' });
      const last = await store.lastSequence();
      await commitEnded(store, { id: 'b', namespace: 'elsewhere' });
      await store.retention.archive(9_999, archivedAt, 99);
      await store.retention.deleteArchived(9_999, 2);
      await deleteAll(store, 0);
      const reopened = await harness.reopen();
      assert.equal(await reopened.retention?.lastDeleted('default'), last);
      assert.equal(await reopened.retention?.lastDeleted('elsewhere'), 0);
    },
  },
];

/** When the checks archive, in epoch ms. */
const archivedAt = 77_777;

/** The time between the creation and the end of a sandbox of {@link commitEnded}, in ms. */
const endedAfterMs = 2;

/** Commits a sandbox that has ended and is released. */
async function commitEnded(store: Store, sandbox: NewSandbox): Promise<SandboxEntry> {
  const entry = await commitSandbox(store, sandbox, up, { type: 'terminate' });
  const released = adjustment(entry, { released: true });
  await store.commit({ change: released });
  return released.after;
}

async function rename(store: Harness['store'], entry: SandboxEntry, name: string): Promise<SandboxEntry> {
  const renamed = step(entry, { type: 'rename', name });
  await store.commit({ change: renamed });
  return renamed.after;
}

const historyOf = (store: Store, sandboxId: string) => store.history({ sandboxId, after: 0, limit: 99 });

const idsIn = ({ items }: { readonly items: readonly SandboxEntry[] }) =>
  items.map(({ sandbox }) => sandbox.id);

async function ids(store: Store, query: Partial<ListQuery> = {}): Promise<readonly string[]> {
  return idsIn(await store.list({ namespace: 'default', limit: 99, ...query }));
}

async function archivedIds(store: Store, query: Partial<ListQuery> = {}): Promise<readonly string[]> {
  const page = await store.retention?.listArchived({ namespace: 'default', limit: 99, ...query });
  return idsIn(page ?? { items: [] });
}

/** Deletes until nothing is left to delete. */
async function deleteAll(store: Store, endedBefore: number): Promise<void> {
  for (let calls = 0; (await store.retention?.deleteArchived(endedBefore, 5)) !== 0; calls++)
    assert.ok(calls < 99, 'a repeated deletion must end');
}

/** Asserts that the history of a sandbox leads to its record. */
async function mustBeWhole(store: Store, id: string): Promise<void> {
  assert.deepEqual(foldHistory(await historyOf(store, id)), (await store.get(id))?.sandbox);
}
