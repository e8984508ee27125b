import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSandbox } from '../../../../../src/index.ts';
import { defaultConfiguration } from '../../../../../src/server/configuration.ts';
import {
  closeDatabase,
  type Database,
  openDatabase,
} from '../../../../../src/server/store/sqlite/database.ts';
import { createGroup } from '../../../../../src/server/store/sqlite/group-commit.ts';
import { sqliteStore } from '../../../../../src/server/store/sqlite/index.ts';
import type { StoreChange } from '../../../../../src/server/store/store.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'group-'));
  path = join(folder, 'sandboxes.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const creation = (id: string): StoreChange => {
  const { sandbox } = createSandbox({ id, name: null, timeoutMs: null, at: 1 });
  const configuration = defaultConfiguration;
  return {
    before: null,
    after: { sandbox, namespace: 'default', configuration, released: false, revision: 1 },
  };
};

describe('commits of the SQLite store', () => {
  test('share one fsync when they are concurrent', async () => {
    const store = sqliteStore(path);
    const before = transactionsIn(`${path}-wal`);
    await Promise.all(
      Array.from({ length: 200 }, (_, index) => store.commit({ change: creation(`s${index}`) })),
    );
    expect(transactionsIn(`${path}-wal`) - before).toBe(1);
    for (let index = 0; index < 20; index++) await store.commit({ change: creation(`t${index}`) });
    expect(transactionsIn(`${path}-wal`) - before).toBe(21);
    await store.close();
  });

  test('are limited in number per transaction', async () => {
    const store = sqliteStore(path);
    const before = transactionsIn(`${path}-wal`);
    await Promise.all(
      Array.from({ length: 600 }, (_, index) => store.commit({ change: creation(`s${index}`) })),
    );
    expect(transactionsIn(`${path}-wal`) - before).toBe(3);
    await store.close();
  });
});

describe('a group', () => {
  let database: Database;
  let log: string[];
  const watched = (): Database => spied(database, log);

  beforeEach(() => {
    database = openDatabase(path);
    database.exec(`
      CREATE TABLE parents (id INTEGER PRIMARY KEY);
      CREATE TABLE written (what TEXT, parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED);
    `);
    log = [];
  });
  afterEach(() => closeDatabase(database));

  const write = (what: string) => () => database.prepare('INSERT INTO written (what) VALUES (?)').run(what);
  const written = () =>
    database
      .prepare('SELECT what FROM written')
      .all()
      .map(({ what }) => what);
  const namesOf = async (promises: readonly Promise<unknown>[]) =>
    (await Promise.allSettled(promises)).map(({ status }) => status);

  test('resolves each write only after the shared COMMIT', async () => {
    const group = createGroup(watched());
    const logged = (what: string) =>
      group.run(write(what), () => log.push(`kept ${what}`)).then(() => log.push(what));
    await Promise.all([logged('a'), logged('b')]);
    expect(log.filter((what) => !/SAVEPOINT|RELEASE/.test(what))).toEqual([
      'BEGIN IMMEDIATE',
      'COMMIT',
      'kept a',
      'kept b',
      'a',
      'b',
    ]);
  });

  test('rolls back only the write that throws', async () => {
    const group = createGroup(database);
    const half = () => {
      write('half')();
      throw new Error('no');
    };
    const [first, second, third] = await Promise.allSettled([
      group.run(write('a')),
      group.run(half),
      group.run(write('c')),
    ]);
    expect([first.status, second.status, third.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(String(second.status === 'rejected' && second.reason)).toBe('Error: no');
    expect(written()).toEqual(['a', 'c']);
  });

  test('rejects all writes when the COMMIT fails, keeps none, does not call onKept, and continues', async () => {
    const group = createGroup(database);
    const orphan = () => database.exec("INSERT INTO written VALUES ('orphan', 7)");
    const kept: string[] = [];
    const ends = [group.run(write('a'), () => kept.push('a')), group.run(orphan, () => kept.push('orphan'))];
    expect(await namesOf(ends)).toEqual(['rejected', 'rejected']);
    await expect(ends[0]).rejects.toThrow(/FOREIGN KEY/);
    expect(written()).toEqual([]);
    expect(kept).toEqual([]);
    await group.run(write('b'));
    expect(written()).toEqual(['b']);
  });

  test('rejects all writes when a full disk ends the transaction, and continues', async () => {
    const group = createGroup(database);
    const full = () => {
      database.exec('ROLLBACK');
      throw new Error('database or disk is full');
    };
    const ends = [group.run(write('a')), group.run(full), group.run(write('c'))];
    expect(await namesOf(ends)).toEqual(['rejected', 'rejected', 'rejected']);
    await expect(ends[2]).rejects.toThrow(/full/);
    expect(written()).toEqual([]);
    await group.run(write('d'));
    expect(written()).toEqual(['d']);
  });

  test('rejects all writes when it cannot begin, and continues', async () => {
    const group = createGroup(database);
    database.exec('BEGIN');
    const ends = [group.run(write('a')), group.run(write('b'))];
    expect(await namesOf(ends)).toEqual(['rejected', 'rejected']);
    if (database.isTransaction) database.exec('ROLLBACK');
    await group.run(write('c'));
    expect(written()).toEqual(['c']);
  });

  test('writes everything that is queued when it closes', async () => {
    const group = createGroup(database);
    const ends = Promise.all(Array.from({ length: 300 }, (_, index) => group.run(write(String(index)))));
    group.close();
    expect(written().length).toBe(300);
    await ends;
  });
});

/** A database that logs each prepared statement that a group runs. */
function spied(database: Database, log: string[]): Database {
  return new Proxy(database, {
    get(target, key) {
      if (key === 'prepare') {
        return (sql: string) => {
          const statement = target.prepare(sql);
          const run = () => {
            log.push(sql);
            return statement.run();
          };
          return { run };
        };
      }
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Counts the transactions in a write-ahead log. The last frame of each one contains the size of the database. */
function transactionsIn(log: string): number {
  const bytes = readFileSync(log);
  const pageSize = bytes.readUInt32BE(8);
  const salt = bytes.subarray(16, 24);
  let transactions = 0;
  for (let frame = 32; frame + 24 <= bytes.length; frame += 24 + pageSize) {
    // A frame of an earlier round of the log has another salt.
    if (!bytes.subarray(frame + 8, frame + 16).equals(salt)) break;
    if (bytes.readUInt32BE(frame + 4) > 0) transactions++;
  }
  return transactions;
}
