import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../../../../src/index.ts';
import { defaultConfiguration } from '../../../../../src/server/configuration.ts';
import { createHost } from '../../../../../src/server/create-host.ts';
import { BrokenRecordError } from '../../../../../src/server/store/errors.ts';
import type { SandboxEntry } from '../../../../../src/server/store/records.ts';
import { oldestReader, recordSchema } from '../../../../../src/server/store/schemas.ts';
import { closeDatabase, openDatabase } from '../../../../../src/server/store/sqlite/database.ts';
import { sqliteStore } from '../../../../../src/server/store/sqlite/index.ts';
import type { Store } from '../../../../../src/server/store/store.ts';
import type { Observation } from '../../../../../src/server/telemetry/observation.ts';
import { records } from '../../../../harness/machine/records.ts';
import { fakeDriver } from '../../../../harness/server/fake-driver.ts';
import { virtualClock } from '../../../../harness/server/virtual-clock.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sqlite-'));
  path = join(folder, 'sandboxes.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs SQL directly on the file. */
function tamper(sql: string, ...values: (string | number | null)[]): void {
  const database = openDatabase(path);
  try {
    database.prepare(sql).run(...values);
  } finally {
    closeDatabase(database);
  }
}

async function fill(...sandboxes: readonly Sandbox[]): Promise<void> {
  const store = sqliteStore(path);
  for (const sandbox of sandboxes) {
    const after: SandboxEntry = {
      ...{ sandbox, namespace: 'default', released: false, revision: 1 },
      configuration: defaultConfiguration,
    };
    await store.commit({ change: { before: null, after } });
  }
  await store.close();
}

async function opened<Result>(act: (store: Store) => Promise<Result>): Promise<Result> {
  const store = sqliteStore(path);
  try {
    return await act(store);
  } finally {
    await store.close();
  }
}

describe('the file of the SQLite store', () => {
  test('can be opened by one server at a time', async () => {
    const first = sqliteStore(path);
    expect(() => sqliteStore(path)).toThrow(
      /sandboxes\.db is in use by another server; stop that server first/,
    );
    await first.close();
    await sqliteStore(path).close();
  });

  test('is created together with its folder when they are missing', async () => {
    const missing = join(folder, 'a', 'b', 'sandboxes.db');
    const store = sqliteStore(missing);
    expect(existsSync(missing)).toBe(true);
    await store.close();
  });

  test('is named in the error when it or its folder cannot be created', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    for (const data of [file, join(file, 'data')]) {
      expect(() => sqliteStore(join(data, 'sandboxes.db'))).toThrow(
        `Cannot create the data folder ${data}: a file is in the way.`,
      );
    }
    mkdirSync(path);
    expect(() => sqliteStore(path)).toThrow(`Cannot open the database ${path}: `);
  });

  test('is not needed for a store in memory', async () => {
    await sqliteStore(':memory:').close();
  });

  test('uses write-ahead logging, and each commit waits for fsync', () => {
    const database = openDatabase(path);
    const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
    expect(['journal_mode', 'synchronous', 'locking_mode', 'foreign_keys'].map(pragma)).toEqual([
      'wal',
      2,
      'exclusive',
      1,
    ]);
    closeDatabase(database);
  });

  test('is not opened or changed when it has a newer layout', async () => {
    await fill(records.running);
    const database = openDatabase(path);
    database.exec("PRAGMA user_version = 99; UPDATE facts SET value = '98' WHERE name = 'oldest_reader'");
    closeDatabase(database);
    expect(() => sqliteStore(path)).toThrow(
      /has layout 99, but this release supports layouts up to 1; run the newer release/,
    );
    const again = openDatabase(path);
    expect(again.prepare('PRAGMA user_version').get()).toEqual({ user_version: 99 });
    closeDatabase(again);
  });
});

/** Faults in the row of the running sandbox `named`, and the sentence for each. */
const breakages: Readonly<
  Record<string, readonly [column: string, value: string | number | null, message: RegExp]>
> = {
  'a record that is not JSON': ['record', '{"id":"named",', /JSON/],
  'a record that is not an object': ['record', '[]', /sandbox must be an object, but is an array/],
  'a record that lacks a field': ['record', edited({ operations: undefined }), /sandbox\.operations must be/],
  'a record with an extra field': ['record', edited({ more: 1 }), /sandbox\.more must be left out/],
  'a record that breaks an invariant': [
    'record',
    edited({ operation: records.pending.operation }),
    /illegal at operation\.kind/,
  ],
  'a record of another sandbox': [
    'record',
    edited({ id: 'other' }),
    /column id is named, but its record has other/,
  ],
  'a record of another status': [
    'status',
    'suspended',
    /column status is suspended, but its record has running/,
  ],
  'a record of another version': ['version', 7, /column version is 7, but its record has 2/],
  'a record of another name': ['name', 'eve', /column name is eve, but its record has ada/],
  'a record of another creation': ['created_at', 5, /column created_at is 5, but its record has 1/],
  'a timeout that the record does not have': ['timeout_at', 5, /column timeout_at is 5, but/],
  'no timeout where the record has one': ['timeout_at', null, /column timeout_at is null, but/],
  'work that the record does not require': ['unsettled', 1, /column unsettled is 1, but its record has 0/],
  'released while it runs': ['released', 1, /marked as released, but its record is running/],
  'a schema that never existed': ['schema', 0, /has schema 0/],
  'a configuration that is not JSON': ['configuration', 'oops', /JSON/],
  'a configuration that is not an object': ['configuration', 'null', /configuration must be an object/],
};

function edited(changes: object): string {
  return JSON.stringify({ ...records.running, ...changes });
}

describe.each(Object.entries(breakages))('a row with %s', (_, [column, value, message]) => {
  const breakIt = () => tamper(`UPDATE sandboxes SET ${column} = ? WHERE id = 'named'`, value);
  const hurt = async (store: Store) => ({
    due: await store.due(Number.MAX_SAFE_INTEGER, 9),
    unsettled: await store.unsettled('', 9),
    living: await store.living('', 9),
    list: (await store.list({ namespace: 'default', limit: 9 })).items,
  });
  const mentions = (found: Awaited<ReturnType<typeof hurt>>) =>
    Object.entries(found)
      .filter(([, items]) => JSON.stringify(items).includes('"named"'))
      .map(([list]) => list);

  test('is set aside when it is first read, with a sentence, and then missing from all lists', async () => {
    await fill(records.running, records.ephemeral);
    breakIt();
    await opened(async (store) => {
      const error = await store.get('named').catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(BrokenRecordError);
      expect(String(error)).toMatch(/The record of sandbox named is broken and was set aside\. /);
      expect(String(error)).toMatch(message);
      const found = await hurt(store);
      expect(mentions(found)).toEqual([]);
      expect([found.living, found.list].map((items) => items.map(({ sandbox }) => sandbox.id))).toEqual([
        ['ephemeral'],
        ['ephemeral'],
      ]);
      expect(await store.broken('', 99)).toEqual([
        { sandboxId: 'named', namespace: 'default', problem: expect.stringMatching(message) },
      ]);
    });
  });

  test('is missing from a list that reads it first', async () => {
    await fill(records.running, records.ephemeral);
    breakIt();
    await opened(async (store) => {
      const { list, living, unsettled } = await hurt(store);
      expect(mentions({ list, living, unsettled, due: [] })).toEqual([]);
      expect(list.length).toBe(1);
      expect((await store.broken('', 99)).length).toBe(1);
    });
  });

  test('is never run by a host, which starts and runs the other sandboxes', async () => {
    await fill(records.running, records.ephemeral);
    breakIt();
    const clock = virtualClock(10);
    const driver = fakeDriver(
      new Map([
        ['named', 'running'],
        ['ephemeral', 'running'],
      ]),
    );
    const seen: Observation[] = [];
    const observe = (what: Observation) => void seen.push(what);
    const host = await createHost({ store: sqliteStore(path), driver, clock, observe, random: () => 0 });
    await clock.advance(100_000);
    await expect(host.get('default', 'named')).rejects.toThrow(BrokenRecordError);
    const send = host.send('default', 'named', { type: 'terminate' });
    await expect(send).rejects.toThrow(BrokenRecordError);
    expect((await host.get('default', 'ephemeral')).sandbox.status).toBe('terminated');
    const { sandbox } = await host.create({ namespace: 'default', name: 'new' });
    await clock.settle();
    expect((await host.get('default', sandbox.id)).sandbox.status).toBe('running');
    expect(driver.calls.filter(({ job }) => job.sandboxId === 'named')).toEqual([]);
    expect((await host.broken()).map(({ sandboxId }) => sandboxId)).toEqual(['named']);
    expect(seen.filter(({ type }) => type === 'problem')).toEqual([]);
    await host.close();
  });

  test('is read again after it was repaired', async () => {
    await fill(records.running, records.ephemeral);
    breakIt();
    await opened((store) => store.living('', 9));
    await opened(async (store) => {
      await expect(store.get('named')).rejects.toThrow(message);
      expect((await store.broken('', 99)).length).toBe(1);
    });
    const right = {
      ...{
        record: JSON.stringify(records.running),
        status: 'running',
        version: 2,
        name: 'ada',
        created_at: 1,
      },
      ...{
        timeout_at: records.running.expiresAt,
        unsettled: 0,
        released: 0,
        schema: recordSchema,
        oldest_reader: oldestReader,
      },
      configuration: JSON.stringify(defaultConfiguration),
    }[column];
    tamper(`UPDATE sandboxes SET ${column} = ? WHERE id = 'named'`, right ?? null);
    await opened(async (store) => {
      expect((await store.get('named'))?.sandbox).toEqual(records.running);
      expect((await store.living('', 9)).length).toBe(2);
      expect(await store.broken('', 99)).toEqual([]);
    });
  });
});

test('broken rows between valid ones do not shorten a page or a part', async () => {
  const good = Array.from({ length: 9 }, (_, index) => ({
    ...records.ephemeral,
    id: `s${index}`,
    createdAt: index - 9,
  }));
  await fill(...good);
  tamper("UPDATE sandboxes SET record = '{' WHERE id IN ('s1', 's2', 's3', 's5')");
  await opened(async (store) => {
    expect((await store.living('', 3)).map(({ sandbox }) => sandbox.id)).toEqual(['s0', 's4', 's6']);
    expect((await store.living('s4', 3)).map(({ sandbox }) => sandbox.id)).toEqual(['s6', 's7', 's8']);
  });
  await opened(async (store) => {
    const page = await store.list({ namespace: 'default', limit: 4 });
    expect(page.items.map(({ sandbox }) => sandbox.id)).toEqual(['s8', 's7', 's6', 's4']);
    expect(page.nextCursor).not.toBeNull();
  });
});

test('a broken row reserves its name until it is repaired', async () => {
  await fill(records.running);
  tamper("UPDATE sandboxes SET record = '{'");
  await opened(async (store) => {
    await expect(store.getByName('default', 'ada')).rejects.toThrow(BrokenRecordError);
    const sandbox = { ...records.pending, id: 'other' };
    const after = {
      sandbox,
      namespace: 'default',
      configuration: defaultConfiguration,
      released: false,
      revision: 1,
    };
    await expect(store.commit({ change: { before: null, after } })).rejects.toThrow(/"ada" is taken/);
  });
});

test('a broken row is never overwritten', async () => {
  await fill(records.running);
  tamper("UPDATE sandboxes SET configuration = '{'");
  await opened(async (store) => {
    await expect(store.get('named')).rejects.toThrow(BrokenRecordError);
    const before: SandboxEntry = {
      ...{ sandbox: records.running, namespace: 'default', released: false, revision: 1 },
      configuration: defaultConfiguration,
    };
    const change = { before, after: { ...before, sandbox: records.suspending, revision: 2 } };
    await expect(store.commit({ change })).rejects.toThrow(/has changed since it was read/);
  });
});
