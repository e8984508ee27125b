import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHost } from '../../../../../../src/server/create-host.ts';
import { checkHistory } from '../../../../../../src/server/store/check-history.ts';
import {
  closeDatabase,
  type Database,
  openDatabase,
} from '../../../../../../src/server/store/sqlite/database.ts';
import { sqliteStore } from '../../../../../../src/server/store/sqlite/index.ts';
import { layout1 } from '../../../../../../src/server/store/sqlite/migrations/layout-1.ts';
import { migrate } from '../../../../../../src/server/store/sqlite/migrations/migrate.ts';
import type { Row } from '../../../../../../src/server/store/sqlite/rows.ts';
import type { Store } from '../../../../../../src/server/store/store.ts';
import { fakeDriver } from '../../../../../harness/server/fake-driver.ts';
import { virtualClock } from '../../../../../harness/server/virtual-clock.ts';

const golden = readFileSync(new URL('../../../../../harness/golden/layout-1.sql', import.meta.url), 'utf8');

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'layouts-'));
  path = join(folder, 'sandboxes.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

function withDatabase<Result>(act: (database: Database) => Result, at = path): Result {
  const database = openDatabase(at);
  try {
    return act(database);
  } finally {
    closeDatabase(database);
  }
}

/** Makes the golden database, as it was or with something wrong; answers its rows of a table. */
function begin(table: 'sandboxes' | 'history' | 'snapshots', spoil = ''): Row[] {
  return withDatabase((database) => {
    database.exec(golden);
    database.exec(spoil);
    return database.prepare(`SELECT * FROM ${table}`).all();
  });
}

const schemaOf = (database: Database) =>
  database
    .prepare("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name")
    .all()
    .map(({ name, sql }) => [name, String(sql).replace(/\s+/g, ' ')]);

const ids = async (store: Store) => {
  const namespaces = ['default', 'team'].map((namespace) => store.list({ namespace, limit: 99 }));
  return (await Promise.all(namespaces)).flatMap(({ items }) => items.map(({ sandbox }) => sandbox.id));
};

describe('a database of layout 1', () => {
  test('is what the first step still makes', () => {
    begin('sandboxes');
    const made = withDatabase(
      (database) => {
        layout1(database);
        return schemaOf(database);
      },
      join(folder, 'made.db'),
    );
    expect(withDatabase(schemaOf)).toEqual(made);
  });

  test('has the layout of a new one when it was migrated', () => {
    begin('sandboxes');
    const migrated = (database: Database) => {
      migrate(database);
      return [schemaOf(database), database.prepare('PRAGMA user_version').get()];
    };
    expect(withDatabase(migrated)).toEqual(withDatabase(migrated, join(folder, 'new.db')));
    // And to migrate it again changes nothing.
    expect(withDatabase(migrated)).toEqual(withDatabase(migrated, join(folder, 'new.db')));
  });

  test('keeps every sandbox as it was', async () => {
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
    expect(await store.broken()).toEqual([]);
    await store.close();
  });

  test('keeps every row of history, each leading to the record that is there, whatever the policy was', async () => {
    const rows = begin('history');
    const store = sqliteStore(path);
    for (const id of await ids(store)) {
      const kept = await store.history({ after: 0, sandboxId: id, limit: 99 });
      const before = rows.filter(({ sandbox_id }) => sandbox_id === id);
      expect(kept.map(({ version, from, to, event }) => ({ version, from, to, event }))).toEqual(
        before.map((row) => ({
          version: row['version'],
          from: row['from_status'],
          to: row['to_status'],
          event: JSON.parse(String(row['event'])),
        })),
      );
      for (const { at, event, policy } of kept) expect([at, policy]).toEqual([event.at, null]);
      const entry = await store.get(id);
      expect(entry && checkHistory(kept, entry), id).toBeUndefined();
      expect(kept.at(-1)?.sandbox).toEqual(entry?.sandbox);
    }
    expect(await store.lastSequence()).toBe(rows.length);
    const who = new Set((await store.history({ after: 0, limit: 999 })).map(({ actor }) => actor));
    expect(who).toEqual(new Set(['user', 'platform', 'clock']));
    await store.close();
  });

  test('keeps every snapshot, and knows which hold what nobody can ask for', async () => {
    const rows = begin('snapshots');
    const store = sqliteStore(path);
    for (const row of rows) {
      const id = String(row['id']);
      const record = JSON.parse(String(row['record']));
      expect(await store.getSnapshot(id, { evenDeleted: true })).toEqual(record);
      expect(await store.getSnapshot(id)).toEqual(row['deleted'] === 1 ? undefined : record);
    }
    expect([...(await store.removableSnapshots())].sort()).toEqual([
      'snapshot-3', // failed
      'snapshot-4', // failed
      'snapshot-7', // deleted; snapshot-5 is too, and still being captured
    ]);
    await store.close();
  });

  test('is taken up by a host, and its histories go on', async () => {
    begin('sandboxes');
    const store = sqliteStore(path);
    const clock = virtualClock(1_790_000_100_000);
    const host = await createHost({ store, driver: fakeDriver(), clock, random: () => 0 });
    await clock.advance(3_600_000);
    const went = new Set<string>();
    for (const id of await ids(store)) {
      const entry = await store.get(id);
      const rows = await store.history({ after: 0, sandboxId: id, limit: 999 });
      expect(entry && checkHistory(rows, entry), id).toBeUndefined();
      if (rows.some(({ policy }) => policy !== null)) went.add(id);
    }
    expect([...went].sort()).toEqual(
      expect.arrayContaining(['pending', 'resuming', 'snapshotting', 'suspending']),
    );
    await host.close();
  });

  test('that has something broken in it is migrated too: what cannot be read is left out', async () => {
    begin(
      'sandboxes',
      `UPDATE history SET event = '{' WHERE sandbox_id = 'running' AND version = 3;
       UPDATE history SET event = '{"type":"suspend"}' WHERE sandbox_id = 'resuming' AND version = 3;
       DELETE FROM history WHERE sandbox_id = 'suspended' AND version = 1;
       DELETE FROM history WHERE sandbox_id = 'crashed' AND version = 2;
       UPDATE sandboxes SET record = '{' WHERE id = 'again';
       UPDATE snapshots SET record = '{' WHERE id IN ('snapshot-1', 'snapshot-7');`,
    );
    const store = sqliteStore(path);
    const versions = async (sandboxId: string) =>
      (await store.history({ after: 0, sandboxId, limit: 99 })).map(({ version }) => version);
    expect(await versions('running')).toEqual([1, 2]);
    expect(await versions('resuming')).toEqual([1, 2]);
    expect(await versions('suspended')).toEqual([]);
    expect(await versions('crashed')).toEqual([1]);
    const entry = await store.get('running');
    const rows = await store.history({ after: 0, sandboxId: 'running', limit: 99 });
    expect(entry && checkHistory(rows, entry)?.message).toMatch(/ends here, and the record is of version 5/);
    await expect(store.get('again')).rejects.toThrow(/is broken/);
    await store.close();
  });
});
