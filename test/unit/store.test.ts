import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../src/index.ts';
import {
  ConflictError,
  CursorError,
  type Entry,
  NameTakenError,
  type SnapshotRecord,
  type Store,
} from '../../src/server/index.ts';
import { memoryStore } from '../../src/server/store/memory.ts';
import { closeDatabase, openDatabase } from '../../src/server/store/sqlite/database.ts';
import { sqliteStore } from '../../src/server/store/sqlite/index.ts';
import { plainConfiguration } from '../support/configuration.ts';
import { after, records } from '../support/records.ts';

const configuration = { ...plainConfiguration, entrypoint: ['sleep', '60'] };

const entryOf = (sandbox: Sandbox, changes: Partial<Entry> = {}): Entry => ({
  sandbox,
  namespace: 'default',
  configuration,
  released: false,
  revision: 1,
  ...changes,
});
const next = (before: Entry, changes: Partial<Entry>): Entry => ({
  ...before,
  ...changes,
  revision: before.revision + 1,
});
const snapshotOf = (id: string, changes: Partial<SnapshotRecord> = {}): SnapshotRecord => ({
  id,
  namespace: 'default',
  sandboxId: 'named',
  status: 'in_progress',
  type: 'filesystem',
  error: null,
  uri: null,
  sizeBytes: null,
  resources: configuration.resources,
  createdAt: 5,
  ...changes,
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe.each([
  ['memory', () => memoryStore()],
  ['sqlite', () => sqliteStore(join(folder, 'sandboxes.db'))],
])('the %s store', (_name, open: () => Store) => {
  let store: Store;
  beforeEach(() => {
    store = open();
  });
  afterEach(() => store.close());

  test('gives back what was committed', async () => {
    const entry = entryOf(records.running);
    await store.commit({ before: null, after: entry });
    expect(await store.get('named')).toEqual(entry);
    expect(await store.getByName('default', 'ada')).toEqual(entry);
    expect(await store.get('nobody')).toBeUndefined();
    expect(await store.getByName('elsewhere', 'ada')).toBeUndefined();
  });

  test('refuses a commit on what has moved on, and keeps nothing of it', async () => {
    const first = entryOf(records.running);
    await store.commit({ before: null, after: first });
    const second = next(first, { sandbox: records.suspending });
    const history = {
      sandboxId: 'named',
      version: 3,
      from: 'running',
      to: 'suspending',
      event: { type: 'suspend', at: 3 },
    } as const;
    await store.commit({ before: first, after: second, history });
    const late = {
      before: first,
      after: next(first, { sandbox: records.snapshotting }),
      snapshot: snapshotOf('s1'),
    };
    await expect(store.commit(late)).rejects.toThrow(ConflictError);
    await expect(store.commit({ before: null, after: first })).rejects.toThrow(ConflictError);
    expect(await store.get('named')).toEqual(second);
    expect(await store.history('named')).toEqual([history]);
    expect(await store.getSnapshot('s1')).toBeUndefined();
  });

  test('has a name once among the living of a namespace', async () => {
    const first = entryOf(records.running);
    const other = (namespace: string) =>
      entryOf({ ...records.running, id: `other-${namespace}` }, { namespace });
    await store.commit({ before: null, after: first });
    await expect(store.commit({ before: null, after: other('default') })).rejects.toThrow(NameTakenError);
    await store.commit({ before: null, after: other('elsewhere') });
    await store.commit({ before: first, after: next(first, { sandbox: records.terminated }) });
    await store.commit({ before: null, after: other('default') });
    expect((await store.getByName('default', 'ada'))?.sandbox.id).toBe('other-default');
  });

  test('finds what is due, the longest overdue first, and what is next', async () => {
    expect(await store.nextTimeoutAt()).toBeNull();
    for (const [id, at] of [
      ['b', 30],
      ['a', 20],
      ['c', 40],
    ] as const) {
      await store.commit({ before: null, after: entryOf({ ...records.ephemeral, id, expiresAt: at }) });
    }
    await store.commit({ before: null, after: entryOf(records.suspended) });
    expect(await store.due(29, 10)).toEqual(['a']);
    expect(await store.due(40, 2)).toEqual(['a', 'b']);
    expect(await store.nextTimeoutAt()).toBe(20);
  });

  test('finds what is unsettled and what is living', async () => {
    const ids = async (entries: Promise<readonly Entry[]>) =>
      (await entries).map(({ sandbox }) => sandbox.id).sort();
    for (const [name, sandbox] of Object.entries(records)) {
      await store.commit({
        before: null,
        after: entryOf({ ...sandbox, id: name, name: sandbox.name && name }),
      });
    }
    await store.commit({
      before: null,
      after: entryOf({ ...records.crashed, id: 'released' }, { released: true }),
    });
    expect(await ids(store.unsettled())).toEqual(
      [
        'pending',
        'snapshotting',
        'suspending',
        'resuming',
        'terminated',
        'crashed',
        'startFailed',
        'timedOut',
        'ephemeralPending',
        'ephemeralSnapshotting',
      ].sort(),
    );
    expect(await ids(store.living())).toEqual(
      [
        'running',
        'snapshotting',
        'suspending',
        'suspended',
        'resuming',
        'ephemeral',
        'ephemeralSnapshotting',
      ].sort(),
    );
  });

  test('lists in pages, newest first, there and back, by status', async () => {
    for (const [index, id] of ['a', 'b', 'c', 'd', 'e'].entries()) {
      const createdAt = Math.min(index, 3);
      await store.commit({
        before: null,
        after: entryOf({ ...records.ephemeral, id, createdAt, updatedAt: 9 }),
      });
    }
    await store.commit({
      before: null,
      after: entryOf({ ...records.ephemeral, id: 'f' }, { namespace: 'elsewhere' }),
    });
    const ids = (page: { items: readonly Entry[] }) => page.items.map(({ sandbox }) => sandbox.id).join('');
    const query = { namespace: 'default', limit: 2 };
    const first = await store.list(query);
    expect([ids(first), first.previousCursor]).toEqual(['ed', null]);
    const second = await store.list({ ...query, cursor: first.nextCursor ?? '' });
    const third = await store.list({ ...query, cursor: second.nextCursor ?? '' });
    expect([ids(second), ids(third), third.nextCursor]).toEqual(['cb', 'a', null]);
    const back = await store.list({ ...query, cursor: third.previousCursor ?? '', direction: 'backward' });
    expect(ids(back)).toBe('cb');
    expect(ids(await store.list({ ...query, cursor: back.nextCursor ?? '' }))).toBe('a');
    const start = await store.list({ ...query, cursor: back.previousCursor ?? '', direction: 'backward' });
    expect([ids(start), start.previousCursor]).toEqual(['ed', null]);
    expect(ids(await store.list({ ...query, limit: 9, statuses: ['suspended', 'running'] }))).toBe('edcba');
    expect(ids(await store.list({ ...query, statuses: ['suspended'] }))).toBe('');
    await expect(store.list({ ...query, cursor: 'nonsense' })).rejects.toThrow(CursorError);
  });

  test('keeps a deleted snapshot until its capture is over', async () => {
    const before = entryOf(records.snapshotting);
    await store.commit({ before: null, after: before, snapshot: snapshotOf('s1') });
    expect(await store.deleteSnapshot('s1')).toBe(true);
    expect(await store.deleteSnapshot('s1')).toBe(false);
    expect(await store.getSnapshot('s1')).toBeUndefined();
    expect((await store.getSnapshot('s1', { evenDeleted: true }))?.id).toBe('s1');
    expect(await store.listSnapshots('default')).toEqual([]);
    expect(await store.removableSnapshots()).toEqual([]);
    const sandbox = after(records.snapshotting, { type: 'snapshot.completed', operation: 2, at: 9 });
    await store.commit({
      before,
      after: next(before, { sandbox }),
      snapshot: snapshotOf('s1', { status: 'completed' }),
    });
    expect(await store.removableSnapshots()).toEqual(['s1']);
    await store.forgetSnapshot('s1');
    expect(await store.removableSnapshots()).toEqual([]);
  });

  test('takes a text with a NUL for what it is, and for no other', async () => {
    await store.commit({ before: null, after: entryOf(records.running) });
    expect(await store.get('named\0zzz')).toBeUndefined();
    expect(await store.getByName('default', 'ada\0zzz')).toBeUndefined();
    expect((await store.list({ namespace: 'default\0zzz', limit: 9 })).items).toEqual([]);
    expect(await store.getSnapshot('s1\0zzz')).toBeUndefined();
  });

  test('lists the snapshots of a namespace, newest first', async () => {
    await store.commit({ before: null, after: entryOf(records.running), snapshot: snapshotOf('s1') });
    const other = entryOf(records.ephemeral);
    await store.commit({ before: null, after: other, snapshot: snapshotOf('s2', { createdAt: 6 }) });
    const third = next(other, {});
    await store.commit({
      before: other,
      after: third,
      snapshot: snapshotOf('s3', { namespace: 'elsewhere' }),
    });
    expect((await store.listSnapshots('default')).map(({ id }) => id)).toEqual(['s2', 's1']);
  });
});

describe('the sqlite store', () => {
  const path = () => join(folder, 'sandboxes.db');

  test('keeps everything when it is closed and opened', async () => {
    const first = sqliteStore(path());
    await first.commit({ before: null, after: entryOf(records.running) });
    await first.close();
    const second = sqliteStore(path());
    expect(await second.get('named')).toEqual(entryOf(records.running));
    await second.close();
  });

  test('is had by one server at a time', async () => {
    const first = sqliteStore(path());
    expect(() => sqliteStore(path())).toThrow(
      /sandboxes\.db is in use by another server; stop that one first/,
    );
    await first.close();
    await sqliteStore(path()).close();
  });

  test('writes ahead, and waits for the disk at each commit', () => {
    const database = openDatabase(path());
    const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
    expect([pragma('journal_mode'), pragma('synchronous'), pragma('locking_mode')]).toEqual([
      'wal',
      2,
      'exclusive',
    ]);
    closeDatabase(database);
  });

  test('does not open data of a newer layout', () => {
    const database = openDatabase(path());
    database.exec('PRAGMA user_version = 99');
    closeDatabase(database);
    expect(() => sqliteStore(path())).toThrow(/layout 99, newer than 1/);
  });

  test('does not run a record that breaks an invariant', async () => {
    await sqliteStore(path()).close();
    const store = sqliteStore(path());
    await store.commit({
      before: null,
      after: entryOf({ ...records.running, operation: records.pending.operation }),
    });
    await expect(store.get('named')).rejects.toThrow(
      /broken record\. sandbox\.operation\.kind breaks an invariant/,
    );
    await store.close();
  });
});
