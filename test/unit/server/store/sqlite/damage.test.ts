import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHost } from '../../../../../src/server/create-host.ts';
import { DataError } from '../../../../../src/server/store/errors.ts';
import { connectTo } from '../../../../../src/server/store/sqlite/database.ts';
import { markFileOf, readMark } from '../../../../../src/server/store/sqlite/high-water-mark.ts';
import { type SqliteStoreOptions, sqliteStore } from '../../../../../src/server/store/sqlite/index.ts';
import { fakeDriver } from '../../../../harness/server/fake-driver.ts';
import { virtualClock } from '../../../../harness/server/virtual-clock.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damage-'));
  path = join(folder, 'sandboxes.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a host that creates some sandboxes, and closes it. */
async function use(count: number, options: SqliteStoreOptions = {}): Promise<void> {
  const clock = virtualClock();
  const host = await createHost({ store: sqliteStore(path, options), driver: fakeDriver(), clock });
  for (let index = 0; index < count; index++) await host.create({ namespace: 'default' });
  await clock.settle();
  await host.close();
}

/** Opens the database, which must be refused, and returns the sentence. The refusal must not change the files. */
function refusal(options: SqliteStoreOptions = {}): string {
  const before = contents();
  try {
    void sqliteStore(path, options).close();
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    expect(contents()).toEqual(before);
    return (error as Error).message;
  }
  throw new Error('The database was opened.');
}

const contents = () =>
  readdirSync(folder).map((name) => [
    name,
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex'),
  ]);

describe('a database is refused with its path, the reason and a remedy when it', () => {
  test('is emptied', async () => {
    await use(1);
    truncateSync(path, 0);
    expect(refusal()).toBe(
      `The database ${path} is empty, but ${path}.mark shows that a server has used it. Restore a backup of it and start with --restored, or use another data folder.`,
    );
  });

  test('is missing', async () => {
    await use(1);
    rmSync(path);
    expect(refusal()).toMatch(`The database ${path} is missing, but ${path}.mark shows`);
    expect(existsSync(path)).toBe(false);
  });

  test('is missing, with an unreadable mark', async () => {
    await use(1);
    rmSync(path);
    writeFileSync(markFileOf(path), '');
    expect(refusal()).toMatch('is missing');
  });

  test('is missing beside its write-ahead log', () => {
    writeFileSync(`${path}-wal`, 'frames');
    expect(refusal()).toMatch(`${path}-wal shows that a server has used it`);
  });

  test('is truncated', async () => {
    await use(20);
    truncateSync(path, Math.floor(statSync(path).size / 8192) * 4096);
    expect(refusal()).toMatch(new RegExp(`^The database ${path} is damaged: .*--restored`));
  });

  test('has a damaged page', async () => {
    await use(40);
    const file = openSync(path, 'r+');
    const page = Math.floor(statSync(path).size / 8192);
    writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, page * 4096);
    closeSync(file);
    expect(refusal()).toMatch('is damaged: ');
  });

  test('is not a SQLite database', () => {
    writeFileSync(path, 'name,value\n');
    expect(refusal()).toMatch(`${path} is not a SQLite database`);
  });

  test('belongs to another application', () => {
    const database = connectTo(path);
    database.exec('CREATE TABLE bookmarks (url TEXT)');
    database.close();
    expect(refusal()).toMatch(`${path} is a database of another application. Use another data folder.`);
  });

  test('went back in time', async () => {
    await use(1);
    copyFileSync(path, join(folder, 'older.db'));
    await use(1);
    copyFileSync(join(folder, 'older.db'), path);
    expect(refusal()).toMatch(
      /went back in time: its last change has the number \d+, but the server had written \d+\. .*--restored/,
    );
  });

  test('is another one than the folder was used with', async () => {
    await use(1);
    const mark = readFileSync(markFileOf(path));
    rmSync(path);
    rmSync(markFileOf(path));
    await use(2);
    writeFileSync(markFileOf(path), mark);
    expect(refusal()).toMatch('but its folder was used with the database');
    expect(refusal({ restored: true })).toMatch('but its folder was used with the database');
  });
});

describe('the sequences of a restored database', () => {
  test.each([
    ['beside the mark of the newer one', true],
    ['in a new folder', false],
  ])('are new, %s, so that no client misses a change whose sequence it has seen', async (_, hasMark) => {
    await use(1);
    copyFileSync(path, join(folder, 'older.db'));
    await use(3);
    const seen = readMark(path);
    if (!hasMark) rmSync(markFileOf(path));
    copyFileSync(join(folder, 'older.db'), path);
    // As many changes as were lost, and more.
    await use(9, { restored: true });
    const clock = virtualClock();
    const store = sqliteStore(path, { restored: true });
    const host = await createHost({ store, driver: fakeDriver(), clock });
    expect(typeof seen).toBe('object');
    const { sequence } = seen as { sequence: number };
    expect(await host.hasAllAfter('default', sequence)).toBe(false);
    expect(await host.hasAllAfter('another', sequence)).toBe(false);
    const position = await host.position();
    expect(await host.hasAllAfter('default', position)).toBe(true);
    const { sandbox } = await host.create({ namespace: 'default' });
    expect(await host.history('default', sandbox.id)).toMatchObject([{ sequence: position + 1 }]);
    await host.close();
  });

  test('of another start in the mode go on', async () => {
    await use(1);
    copyFileSync(path, join(folder, 'older.db'));
    await use(3);
    copyFileSync(join(folder, 'older.db'), path);
    await use(1, { restored: true });
    const before = readMark(path) as { sequence: number };
    await use(1, { restored: true });
    expect((readMark(path) as { sequence: number }).sequence).toBeLessThan(before.sequence + 10);
  });
});

describe('the mark beside a database', () => {
  test('accepts an older database once with restored, and then remembers that one', async () => {
    await use(1);
    copyFileSync(path, join(folder, 'older.db'));
    await use(3);
    copyFileSync(join(folder, 'older.db'), path);
    await use(0, { restored: true });
    await use(0);
  });

  test('is absent while the database has no history, so that a wrong start leaves no trace', async () => {
    await use(0);
    expect(existsSync(markFileOf(path))).toBe(false);
    rmSync(path);
    await use(1);
    expect(readMark(path)).toMatchObject({ sequence: expect.any(Number) });
  });

  test('follows with the heartbeats, and survives a crash', async () => {
    const clock = virtualClock();
    const store = sqliteStore(path);
    const host = await createHost({ store, driver: fakeDriver(), clock });
    await host.create({ namespace: 'default' });
    await clock.settle();
    await store.recordHeartbeat(clock.now());
    expect(readMark(path)).toEqual({
      identity: (await store.identity?.read())?.id,
      sequence: await store.lastSequence(),
    });
    expect(statSync(markFileOf(path)).mode & 0o777).toBe(0o600);
    await host.close();
  });

  test('that is unreadable does not stop a server with a sound database', async () => {
    await use(1);
    writeFileSync(markFileOf(path), '{');
    await use(1);
    expect(readMark(path)).toMatchObject({ sequence: expect.any(Number) });
  });
});

test('a database that a killed server left with its journal is examined too', async () => {
  const store = sqliteStore(path);
  const host = await createHost({ store, driver: fakeDriver(), clock: virtualClock() });
  for (let index = 0; index < 40; index++) await host.create({ namespace: 'default' });
  const killed = join(folder, 'killed.db');
  for (const suffix of ['', '-wal']) copyFileSync(path + suffix, killed + suffix);
  await host.close();
  await sqliteStore(killed).close();
  expect(statSync(killed).size).toBeGreaterThan(8192);
});
