import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeBackup } from '../../src/cli/backup/backup.ts';
import { checkData, checkPostgres, describeData } from '../../src/cli/check/check-data.ts';
import { migrateData } from '../../src/cli/migrate/migrate.ts';
import { createHost } from '../../src/server/index.ts';
import { postgresStore } from '../../src/server/store/postgres/index.ts';
import { digestsOf } from '../../src/server/store/postgres/transfer/digests.ts';
import { moveData } from '../../src/server/store/postgres/transfer/index.ts';
import { type TransferredTable, transferredTables } from '../../src/server/store/postgres/transfer/tables.ts';
import { closeDatabase, openDatabase } from '../../src/server/store/sqlite/database.ts';
import { sqliteStore } from '../../src/server/store/sqlite/index.ts';
import type { Store } from '../../src/server/store/store.ts';
import { commitSandbox, up } from '../../src/testing/store-conformance/fixtures.ts';
import { postgresForTests } from '../harness/postgres/server.ts';
import { fakeDriver, hang } from '../harness/server/fake-driver.ts';
import { virtualClock } from '../harness/server/virtual-clock.ts';

const { url, stop, skipped } = await postgresForTests();
afterAll(stop);

let schemas = 0;
const newSchema = () => `transfer_${process.pid}_${schemas++}`;
const namespace = 'default';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'transfer-'));
  path = join(folder, 'sandboxes.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a statement as an operator. */
async function run(text: string): Promise<Record<string, unknown>[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** Writes every kind of data: living, ended and archived sandboxes, snapshots, a cut history, a response, a decision, and usage. */
async function fill(): Promise<void> {
  const clock = virtualClock();
  const driver = fakeDriver();
  driver.script('snapshot', async () => ({ sizeBytes: 5 }), hang);
  const ids = ['running', 'captured', 's1', 's2', 'ended', 'restored'];
  const createId = () => ids.shift() ?? 'more';
  const store = sqliteStore(path);
  const host = await createHost({ store, driver, clock, createId, random: () => 0 });
  const configuration = { metadata: { team: 'red ☂ \\u0000 "' } };
  await host.create({ namespace, name: 'ada', timeoutSeconds: 300, configuration });
  await host.create({ namespace, name: 'bea' });
  await clock.settle();
  await host.send(namespace, 'bea', { type: 'snapshot' });
  await clock.settle();
  await host.send(namespace, 'bea', { type: 'snapshot' });
  await host.create({ namespace: 'other' }, { idempotencyKey: 'key' });
  await clock.settle();
  await host.send('other', 'ended', { type: 'terminate' });
  await clock.settle();
  driver.script('boot', hang);
  await host.create({ namespace, configuration: { snapshotId: 's1' } });
  await store.orphans?.put({ sandboxId: 'lost', decision: 'keep', at: 1, actor: 'operator' });
  expect(await store.retention?.cutHistory('captured', 2, 9)).toBeGreaterThan(0);
  expect(await store.retention?.archive(Number.MAX_SAFE_INTEGER, clock.now(), 9)).toBe(1);
  await host.close();
}

const move = (schema: string, data = path) => migrateData({ data, store: new URL(url) }, schema);

/** Everything that a store returns. */
async function contentOf(store: Store) {
  const pages = await Promise.all([namespace, 'other'].map((of) => store.list({ namespace: of, limit: 99 })));
  return {
    lists: pages,
    archived: await store.retention?.listArchived({ namespace: 'other', limit: 99 }),
    history: await store.history({ after: 0, limit: 999 }),
    last: await store.lastSequence(),
    snapshots: await store.listSnapshots({ namespace, limit: 99 }),
    response: await store.response('other', 'key'),
    decisions: await store.orphans?.list('', 9),
    identity: await store.identity?.read(),
    lastDeleted: await store.retention?.lastDeleted(namespace),
    due: await store.due(Number.MAX_SAFE_INTEGER, 99),
    work: await store.unsettled('', 99),
  };
}

function sourceDigests(of = path) {
  const database = openDatabase(of);
  try {
    return digestsOf(database);
  } finally {
    closeDatabase(database);
  }
}

function tamper(statement: string): void {
  const database = openDatabase(path);
  database.exec(statement);
  closeDatabase(database);
}

/** Moves the data with other rules for one table. */
async function moveWith(schema: string, name: string, change: Partial<TransferredTable> | null) {
  const tables = transferredTables.flatMap((table) =>
    table.name !== name ? [table] : change === null ? [] : [{ ...table, ...change }],
  );
  const database = openDatabase(path);
  try {
    await moveData(database, { url, schema }, tables);
  } finally {
    closeDatabase(database);
  }
}

describe.skipIf(skipped)('a move from SQLite to PostgreSQL', () => {
  test('brings everything, with its sequences and its identity', async () => {
    await fill();
    const schema = newSchema();
    const source = sqliteStore(path);
    const before = await contentOf(source);
    expect(before.archived?.items.length).toBe(1);
    await source.close();
    const digests = sourceDigests();

    const text = await move(schema);
    expect(text).toContain(
      `Copied 4 sandboxes, ${before.history.length} rows of history, 2 snapshots and 1 res`,
    );
    expect(text).toContain('3 sandboxes are on it.');
    expect(sourceDigests()).toEqual(digests);
    const store = await postgresStore({ url, schema, hosts: 'many' });
    expect(await contentOf(store)).toEqual(before);
    // Another change continues the history, under the policies that are there.
    await commitSandbox(store, { id: 'next', name: 'ada2' }, up);
    expect(await store.lastSequence()).toBe(before.last + 2);
    await store.close();
    expect((await checkPostgres(new URL(url), schema)).problems).toEqual([]);
  });

  test('can be made back, by a backup that is a database of a data folder', async () => {
    await fill();
    const first = newSchema();
    await move(first);
    await run(`ALTER SCHEMA ${first} RENAME TO sandbox_lifecycle`);
    const out = join(folder, 'backup.db');
    try {
      expect(await makeBackup({ data: url, out, url: '' })).toMatch(
        /has \d+ bytes, and all changes up to \d+ of/,
      );
    } finally {
      await run(`ALTER SCHEMA sandbox_lifecycle RENAME TO ${first}`);
    }
    expect((await checkData(out)).problems).toEqual([]);
    expect(sourceDigests(out)).toEqual(sourceDigests());
  });

  test('is refused while a server uses the folder, and for a schema that is in use or not empty', async () => {
    await fill();
    const schema = newSchema();
    const server = sqliteStore(path);
    await expect(move(schema)).rejects.toThrow('sandboxes.db is in use by a server; stop that server first.');
    await server.close();
    const other = await postgresStore({ url, schema });
    await expect(move(schema)).rejects.toThrow('is in use by another server');
    await commitSandbox(other, { id: 'there' });
    await other.close();
    await expect(move(schema)).rejects.toThrow(
      'is not empty; use another database, or drop the schema first.',
    );
    const empty = newSchema();
    await (await postgresStore({ url, schema: empty })).close();
    await move(empty);
  });

  test('is refused for a source with faults, and while sandboxes of the process driver are left', async () => {
    await fill();
    tamper("UPDATE facts SET value = 'process' WHERE name = 'driver_kind'");
    tamper("INSERT INTO facts VALUES ('driver_kind', 'process') ON CONFLICT DO NOTHING");
    await expect(move(newSchema())).rejects.toThrow('3 sandboxes of the driver "process" are not released');
    tamper("DELETE FROM facts WHERE name = 'driver_kind'");
    tamper("UPDATE sandboxes SET record = '{' WHERE id = 'running'");
    const schema = newSchema();
    await expect(move(schema)).rejects.toThrow(
      /source has faults.*\nsandbox running: Its record cannot be used/,
    );
    expect(await run(`SELECT to_regclass('${schema}.layout') AS found`)).toEqual([{ found: null }]);
  });

  test.each<[string, string, Partial<TransferredTable> | null, RegExp]>([
    ['a table that is left out', 'responses', null, /The table responses has 1 rows in the source, but 0/],
    ['metadata that is left out', 'metadata', null, /The rows of the sandbox running differ/],
    [
      'an order of the history that is lost',
      'history',
      { toPostgres: ({ sequence }) => ({ sequence: 1_000 - Number(sequence) }) },
      /The rows of the sandbox running differ/,
    ],
    ['a limit that is lost', 'sandboxes', { columns: [] }, /syntax|INSERT/],
    [
      'a snapshot whose deletion is invented',
      'snapshots',
      {
        toPostgres: (row) => ({
          ...transferredTables.find(({ name }) => name === 'snapshots')?.toPostgres?.(row),
          deleted_at: 7,
        }),
      },
      /The rows of the sandbox captured differ/,
    ],
    ['a decision that is lost', 'facts', { omitted: "name LIKE 'orphan:%'" }, /The table facts has \d rows/],
    ['a gap that is forgotten', 'deleted_history', null, /The table deleted_history has 1 rows/],
  ])('finds %s, and keeps nothing', async (_, name, change, sentence) => {
    await fill();
    const schema = newSchema();
    await expect(moveWith(schema, name, change)).rejects.toThrow(sentence);
    expect(await run(`SELECT to_regclass('${schema}.layout') AS found`)).toEqual([{ found: null }]);
    await move(schema);
  });

  test('that is killed leaves the source as it was, the schema empty, and can be repeated', async () => {
    await fill();
    const digests = sourceDigests();
    await (await postgresStore({ url, schema: 'sandbox_lifecycle' })).close();
    const blocker = new Client(url);
    await blocker.connect();
    // The history is written by the time the move waits for this lock.
    await blocker.query('BEGIN; LOCK TABLE sandbox_lifecycle.snapshots IN SHARE MODE');
    const args = ['--import', 'tsx', 'src/cli/bin.ts', 'migrate', folder, url];
    const mover = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    mover.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    const waits = () =>
      run(
        "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT INTO snapshots%'",
      );
    while ((await waits()).length === 0) {
      if (mover.exitCode !== null) throw new Error(`The move ended: ${errors}`);
      await sleep(50);
    }
    const exit = once(mover, 'exit');
    mover.kill('SIGKILL');
    await exit;
    await blocker.query('COMMIT');
    await blocker.end();
    const isFree = async () =>
      (await run("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted")).length === 0;
    while (!(await isFree())) await sleep(50);
    expect(await run('SELECT count(*)::integer AS n FROM sandbox_lifecycle.history')).toEqual([{ n: 0 }]);
    expect(sourceDigests()).toEqual(digests);
    await move('sandbox_lifecycle');
    expect((await checkPostgres(new URL(url))).problems).toEqual([]);
    await run('DROP SCHEMA sandbox_lifecycle CASCADE');
  });
});

describe.skipIf(skipped)('a check of a PostgreSQL database', () => {
  const breakages: readonly [string, (schema: string) => string, RegExp][] = [
    [
      'a record that was changed',
      (s) => `UPDATE ${s}.sandboxes SET record = '{' WHERE id = 'running'`,
      /^sandbox running: Its record cannot be used/,
    ],
    [
      'a row of history that is missing',
      (s) => `SET search_path = ${s}; DELETE FROM history WHERE sandbox_id = 'running' AND version = 2`,
      /^sandbox running: Its history is wrong/,
    ],
    [
      'two sandboxes of one name',
      (s) =>
        `DROP INDEX ${s}.living_names; UPDATE ${s}.sandboxes SET name = 'ada', record = replace(record, '"name":"bea"', '"name":"ada"') WHERE id = 'captured'`,
      /Several living sandboxes share the name "ada"/,
    ],
    [
      'a missing index',
      (s) => `DROP INDEX ${s}.timeouts`,
      /The index or trigger timeouts is missing or not in use/,
    ],
    [
      'a trigger that is switched off',
      (s) => `ALTER TABLE ${s}.sandboxes DISABLE TRIGGER count_living_sandbox`,
      /The index or trigger count_living_sandbox is missing or not in use/,
    ],
    [
      'a wrong count',
      (s) => `UPDATE ${s}.namespace_counts SET living = living + 1 WHERE namespace = 'default'`,
      /The table namespace_counts has 4 living sandboxes and 2 snapshots of namespace default, but there are 3 and 2/,
    ],
    [
      'a wrong number of a status',
      (s) => `UPDATE ${s}.status_counts SET count = count + 1 WHERE status = 'running'`,
      /The table status_counts has \d+ running sandboxes, but there are \d+/,
    ],
    [
      'a snapshot that is not in progress',
      (s) => `UPDATE ${s}.snapshots SET status = 'failed' WHERE status = 'in_progress'`,
      /It captures the snapshot s2, which is not in progress/,
    ],
    [
      'a lost metadata',
      (s) => `DELETE FROM ${s}.metadata`,
      /^sandbox running: A list that is filtered by its metadata is wrong/m,
    ],
  ];

  test.each(breakages)('finds %s', async (_, breakIt, sentence) => {
    await fill();
    const schema = newSchema();
    await move(schema);
    await run(breakIt(schema));
    const report = await checkPostgres(new URL(url), schema);
    expect(describeData(report)).toMatch(sentence);
  });

  test('names a database without data, and never the password', async () => {
    await expect(checkPostgres(new URL(url), 'nothing_here')).rejects.toThrow(
      'The database has no data of a server in the schema nothing_here.',
    );
    const schema = newSchema();
    await (await postgresStore({ url, schema })).close();
    const withPassword = new URL(url);
    withPassword.password = 'secret';
    const text = describeData(await checkPostgres(withPassword, schema));
    expect(text).toContain(
      `Sound: 0 sandboxes, 0 rows of history, 0 snapshots, layout 1, in the schema ${schema} of 127`,
    );
    expect(text).not.toContain('secret');
  });
});

describe.skipIf(skipped)('a restored PostgreSQL database', () => {
  test('continues with sequences that no client has seen, once for all servers', async () => {
    const schema = newSchema();
    const open = (restored: boolean) => postgresStore({ url, schema, hosts: 'many', restored });
    const before = await open(false);
    await commitSandbox(before, { id: 'a' }, up);
    await before.close();
    const first = await open(true);
    const second = await open(true);
    const next = 1_000_000_002;
    expect(await second.lastSequence()).toBe(next);
    expect(await first.retention?.lastDeleted(namespace)).toBe(next);
    await commitSandbox(first, { id: 'b' });
    expect(await second.lastSequence()).toBe(next + 1);
    await Promise.all([first.close(), second.close()]);
  });
});

test('the sources of the transfer name every table of a data folder', () => {
  const layout = readFileSync(new URL('../harness/golden/layout-1.sql', import.meta.url), 'utf8');
  const tables = [...layout.matchAll(/CREATE TABLE (\w+)/g)].map(([, name]) => name);
  // Triggers count these.
  const counted = ['status_counts', 'namespace_counts'];
  expect(tables.filter((name) => !counted.includes(String(name))).sort()).toEqual(
    transferredTables.map(({ name }) => name).sort(),
  );
});
