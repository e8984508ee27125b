import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createHost } from '../../../../../../src/server/create-host.ts';
import { checkHistory } from '../../../../../../src/server/store/check-history.ts';
import type { SnapshotRecord } from '../../../../../../src/server/store/records.ts';
import type { Row } from '../../../../../../src/server/store/rows.ts';
import {
  closeDatabase,
  type Database,
  openDatabase,
} from '../../../../../../src/server/store/sqlite/database.ts';
import { sqliteStore } from '../../../../../../src/server/store/sqlite/index.ts';
import {
  migrate,
  migrations,
  presentLayout,
} from '../../../../../../src/server/store/sqlite/migrations/migrate.ts';
import type { Store } from '../../../../../../src/server/store/store.ts';
import { commitSandbox } from '../../../../../../src/testing/store-conformance/fixtures.ts';
import { dumpOf, writeGoldenDatabase } from '../../../../../harness/golden/database.ts';
import { goldenSnapshots } from '../../../../../harness/golden/histories.ts';
import { fakeDriver } from '../../../../../harness/server/fake-driver.ts';
import { virtualClock } from '../../../../../harness/server/virtual-clock.ts';

const golden = new URL(`../../../../../harness/golden/layout-${presentLayout}.sql`, import.meta.url);

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'layouts-'));
  path = join(folder, 'sandboxes.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

// UPDATE_GOLDEN=1 writes the file of the current layout again. CONTRIBUTING.md says when that is allowed.
beforeAll(async () => {
  if (process.env['UPDATE_GOLDEN'] === undefined) return;
  const made = mkdtempSync(join(tmpdir(), 'golden-'));
  await writeGoldenDatabase(join(made, 'sandboxes.db'));
  writeFileSync(golden, dumpOf(join(made, 'sandboxes.db')));
  rmSync(made, { recursive: true });
});

function withDatabase<Result>(act: (database: Database) => Result, at = path): Result {
  const database = openDatabase(at);
  try {
    return act(database);
  } finally {
    closeDatabase(database);
  }
}

/** Creates the golden database, and returns its rows of a table. */
function begin(table: 'sandboxes' | 'history' | 'snapshots' | 'responses'): Row[] {
  return withDatabase((database) => {
    // In this order, a row may refer to a later one.
    database.exec('PRAGMA foreign_keys = 0');
    database.exec(readFileSync(golden, 'utf8'));
    return database.prepare(`SELECT * FROM ${table}`).all();
  });
}

async function entriesOf(store: Store) {
  const namespaces = new Set((await store.history({ after: 0, limit: 999 })).map((row) => row.namespace));
  const pages = [...namespaces].map((namespace) => store.list({ namespace, limit: 99 }));
  return (await Promise.all(pages)).flatMap(({ items }) => items);
}

describe('the golden database', () => {
  test('is what the current code writes: a change of the layout or of a row changes the file', async () => {
    await writeGoldenDatabase(path);
    expect(dumpOf(path), 'see "Stored data" in CONTRIBUTING.md').toBe(readFileSync(golden, 'utf8'));
  });

  test('has the current layout, which a second migration does not change', () => {
    begin('sandboxes');
    const before = dumpOf(path);
    for (let time = 0; time < 2; time += 1) withDatabase(migrate);
    expect(dumpOf(path)).toBe(before);
    expect(before).toContain(`PRAGMA user_version = ${presentLayout};`);
  });

  test('returns every sandbox', async () => {
    const rows = begin('sandboxes');
    expect(new Set(rows.map(({ status }) => status)).size).toBe(6);
    const store = sqliteStore(path);
    for (const row of rows) {
      const entry = await store.get(String(row['id']));
      expect(entry).toEqual({
        sandbox: JSON.parse(String(row['record'])),
        namespace: row['namespace'],
        configuration: JSON.parse(String(row['configuration'])),
        released: row['released'] === 1,
        revision: row['revision'],
      });
    }
    expect((await store.unsettled('', 99)).length).toBe(
      rows.filter(({ unsettled }) => unsettled === 1).length,
    );
    expect(await store.broken('', 99)).toEqual([]);
    await store.close();
  });

  test('returns every row of history, each leading to its record', async () => {
    const rows = begin('history');
    const store = sqliteStore(path);
    for (const { sandbox, namespace } of await entriesOf(store)) {
      const kept = await store.history({ after: 0, sandboxId: sandbox.id, limit: 99 });
      const written = rows.filter((row) => row['sandbox_id'] === sandbox.id);
      expect(
        kept.map(({ sequence, version, from, to, event }) => ({ sequence, version, from, to, event })),
      ).toEqual(
        written.map((row) => ({
          sequence: row['sequence'],
          version: row['version'],
          from: row['from_status'],
          to: row['to_status'],
          event: JSON.parse(String(row['event'])),
        })),
      );
      for (const { at, event, policy } of kept)
        expect([at, policy.suspendRetryDelaySeconds]).toEqual([event.at, 5]);
      expect(checkHistory(kept, { sandbox, namespace }), sandbox.id).toBeUndefined();
      expect(kept.at(-1)?.sandbox).toEqual(sandbox);
    }
    expect(await store.lastSequence()).toBe(rows.length);
    await store.close();
  });

  test('returns every snapshot, and lists those whose data can be removed', async () => {
    const rows = begin('snapshots');
    const store = sqliteStore(path);
    for (const row of rows) {
      const id = String(row['id']);
      const record = JSON.parse(String(row['record']));
      expect(await store.getSnapshot(id, { evenDeleted: true })).toEqual(record);
      expect(await store.getSnapshot(id)).toEqual(row['deleted_at'] === null ? record : undefined);
    }
    expect(rows.filter(({ deleted_at: at }) => at !== null).map(({ id }) => id)).toEqual([
      'completed',
      'snapshot',
    ]);
    // The deleted snapshot with a capture in progress is not among them.
    expect([...(await store.removableSnapshots('', 99))].sort()).toEqual(['completed', 'failed']);
    await store.close();
  });

  test('returns every stored response', async () => {
    const [row, ...others] = begin('responses');
    expect(others).toEqual([]);
    const store = sqliteStore(path);
    const response = await store.response(String(row?.['namespace']), String(row?.['key']));
    expect(response).toEqual({ ...row, result: JSON.parse(String(row?.['result'])) });
    await store.close();
  });

  test('is adopted by a host, which continues its histories', async () => {
    const before = begin('history').length;
    const store = sqliteStore(path);
    const clock = virtualClock(100_000);
    const host = await createHost({ store, driver: fakeDriver(), clock, random: () => 0 });
    await clock.advance(3_600_000);
    const added = await store.history({ after: before, limit: 999 });
    for (const { sandbox, namespace } of await entriesOf(store)) {
      const rows = await store.history({ after: 0, sandboxId: sandbox.id, limit: 999 });
      expect(checkHistory(rows, { sandbox, namespace }), sandbox.id).toBeUndefined();
    }
    expect([...new Set(added.map(({ sandboxId }) => sandboxId))]).toEqual(
      expect.arrayContaining(['pending', 'resuming', 'snapshotting', 'suspending']),
    );
    await host.close();
  });
});

describe('data that this version cannot read', () => {
  const expectRejected = (sentence: RegExp) => {
    const before = dumpOf(path);
    expect(() => sqliteStore(path)).toThrow(sentence);
    expect(dumpOf(path)).toBe(before);
  };

  // Pre-release versions used both numbers, and 1 is in use again.
  test.each([1, 2])('is rejected when a pre-release version wrote it, here with layout %i', (layout) => {
    withDatabase((database) => {
      database.exec(`CREATE TABLE sandboxes (id TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
        INSERT INTO sandboxes VALUES ('a', '{}'); PRAGMA user_version = ${layout}`);
    });
    expectRejected(
      /written by a pre-release version, and this version cannot read it; start with an empty data folder/,
    );
  });

  test('is rejected when it began with another initial layout', () => {
    begin('sandboxes');
    withDatabase((database) => database.exec('PRAGMA application_id = 7'));
    expectRejected(/written by a pre-release version/);
  });

  test('is used when it has a newer layout that says so, and stays as it is', async () => {
    begin('sandboxes');
    const sql = 'ALTER TABLE snapshots ADD COLUMN region TEXT';
    withDatabase((database) => migrate(database, [...migrations, { sql, isUsableByEarlier: true }]));
    const before = withDatabase((database) => database.prepare('PRAGMA user_version').get());
    const store = sqliteStore(path);
    await commitSandbox(store, { id: 'more' });
    await store.commit({ snapshot: goldenSnapshots()[0] as SnapshotRecord });
    await store.close();
    expect(withDatabase((database) => database.prepare('PRAGMA user_version').get())).toEqual(before);
  });

  test('is rejected when it has a newer layout', () => {
    begin('sandboxes');
    withDatabase((database) => migrate(database, [...migrations, { sql: '', isUsableByEarlier: false }]));
    expectRejected(/has layout 2, but this release supports layouts up to 1; run the newer release/);
  });
});
