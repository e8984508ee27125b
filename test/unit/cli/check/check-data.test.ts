import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { checkData, describeData, printDataCheck } from '../../../../src/cli/check/check-data.ts';
import { createHost } from '../../../../src/server/create-host.ts';
import type { StoreRetention } from '../../../../src/server/store/retention.ts';
import { closeDatabase, openDatabase } from '../../../../src/server/store/sqlite/database.ts';
import { sqliteStore } from '../../../../src/server/store/sqlite/index.ts';
import { fakeDriver, hang } from '../../../harness/server/fake-driver.ts';
import { virtualClock } from '../../../harness/server/virtual-clock.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'check-data-')), 'a data folder?');
  mkdirSync(folder);
  path = join(folder, 'sandboxes.db');
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  rmSync(join(folder, '..'), { recursive: true });
});

/** Writes a data folder with a running, a captured and a terminated sandbox, and a pending one that restores from a snapshot. */
async function fill(): Promise<void> {
  const clock = virtualClock();
  const driver = fakeDriver();
  driver.script('snapshot', async () => ({ sizeBytes: 5 }), hang);
  const ids = ['running', 'captured', 's1', 's2', 'ended', 'restored'];
  const createId = () => ids.shift() ?? 'more';
  const host = await createHost({ store: sqliteStore(path), driver, clock, createId, random: () => 0 });
  const namespace = 'default';
  await host.create({
    namespace,
    name: 'ada',
    timeoutSeconds: 300,
    configuration: { metadata: { team: 'red' } },
  });
  await host.create({ namespace, name: 'bea' });
  await clock.settle();
  await host.send(namespace, 'bea', { type: 'snapshot' });
  await clock.settle();
  await host.send(namespace, 'bea', { type: 'snapshot' });
  await host.create({ namespace }, { idempotencyKey: 'key' });
  await clock.settle();
  await host.send(namespace, 'ended', { type: 'terminate' });
  await clock.settle();
  driver.script('boot', hang);
  await host.create({ namespace, configuration: { snapshotId: 's1' } });
  await host.close();
}

function tamper(...statements: readonly string[]): void {
  const database = openDatabase(path);
  database.exec('PRAGMA foreign_keys = 0');
  for (const statement of statements) database.exec(statement);
  closeDatabase(database);
}

/** The hash of each file in the folder. */
function contents(): Record<string, string> {
  const hash = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex');
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, `${hash(name)} ${statSync(join(folder, name)).mtimeMs}`]),
  );
}

describe('a check of data', () => {
  test('finds no fault in the data of a host, given the folder or the file', async () => {
    await fill();
    const report = await checkData(folder);
    expect(report).toEqual({ path, layout: 1, sandboxes: 4, historyRows: 11, snapshots: 2, problems: [] });
    expect(describeData(report)).toBe(
      `Sound: 4 sandboxes, 11 rows of history, 2 snapshots, layout 1, in ${path}`,
    );
    expect((await checkData(path)).problems).toEqual([]);
  });

  test('changes nothing', async () => {
    await fill();
    tamper("UPDATE sandboxes SET record = '{' WHERE id = 'running'");
    const before = contents();
    expect((await checkData(folder)).problems.length).toBe(1);
    expect(contents()).toEqual(before);
  });

  test('reports that a server uses the data, and does not disturb it', async () => {
    await fill();
    const store = sqliteStore(path);
    await store.get('running');
    const before = contents();
    await expect(checkData(folder)).rejects.toThrow(
      /sandboxes\.db is in use by a server\. Make a backup with "sandbox-lifecycle backup"/,
    );
    expect(contents()).toEqual(before);
    await store.forgetResponses(0, 99);
    await store.close();
    expect((await checkData(folder)).problems).toEqual([]);
  });

  test('reads the data of a killed server, and does not change it', async () => {
    const store = sqliteStore(path);
    await store.close();
    await fill();
    const server = sqliteStore(path);
    const entry = await server.get('running');
    if (!entry) throw new Error('The sandbox is missing.');
    await server.commit({ change: { before: entry, after: { ...entry, revision: entry.revision + 1 } } });
    // The files are now as they would be after the server is killed.
    const left = join(folder, '..', 'left');
    cpSync(folder, left, { recursive: true });
    await server.close();
    expect(existsSync(join(left, 'sandboxes.db-wal'))).toBe(true);
    folder = left;
    const before = contents();
    expect((await checkData(left)).problems).toEqual([]);
    expect(contents()).toEqual(before);
  });

  test('rejects data of a pre-release version, and does not change it', async () => {
    tamper('CREATE TABLE sandboxes (id)', 'PRAGMA user_version = 2');
    const before = contents();
    await expect(checkData(folder)).rejects.toThrow(
      /written by a pre-release version, .*start with an empty data folder/,
    );
    expect(contents()).toEqual(before);
  });

  test('names the data that it cannot read, and how to fix that', async () => {
    await expect(checkData(folder)).rejects.toThrow(/sandboxes\.db does not exist\. Pass the --data folder/);
    writeFileSync(path, 'this is a text and not a database '.repeat(50));
    await expect(checkData(folder)).rejects.toThrow(
      /sandboxes\.db cannot be read as a database: .*not a database/,
    );
    writeFileSync(path, '');
    await expect(checkData(folder)).rejects.toThrow(/is not a database of a server/);
    rmSync(path);
    tamper('CREATE TABLE other (id)');
    await expect(checkData(folder)).rejects.toThrow(/is not a database of a server/);
    rmSync(path);
    await fill();
    tamper('PRAGMA user_version = 99', "UPDATE facts SET value = '98' WHERE name = 'oldest_reader'");
    await expect(checkData(folder)).rejects.toThrow(
      /has layout 99, but this release supports layouts up to 1; run the newer release/,
    );
  });

  test('prints the report, and sets the exit code', async () => {
    await fill();
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    const error = vi.spyOn(console, 'error').mockImplementation(() => {});
    await printDataCheck(folder);
    expect([process.exitCode, log.mock.calls[0]?.[0]]).toEqual([0, expect.stringMatching(/^Sound: /)]);
    tamper("UPDATE sandboxes SET record = '{' WHERE id = 'running'");
    await printDataCheck(folder);
    expect([process.exitCode, error.mock.calls[0]?.[0]]).toEqual([
      1,
      expect.stringMatching(/^sandbox running: Its record cannot be used\. .*\n1 problem: 4 sandboxes/),
    ]);
    await printDataCheck(join(folder, 'nowhere'));
    expect([process.exitCode, error.mock.calls[1]?.[0]]).toEqual([
      2,
      expect.stringMatching(/nowhere does not exist/),
    ]);
  });
});

const setRecord = (id: string, field: string, value: string) =>
  `UPDATE sandboxes SET record = json_set(record, '$.${field}', ${value}) WHERE id = '${id}'`;

/** Faults, and the exact problems that the check must report for each. */
const planted: Readonly<
  Record<string, readonly [tampering: string | readonly string[], ...problems: RegExp[]]>
> = {
  'a record that is not JSON': [
    "UPDATE sandboxes SET record = '{' WHERE id = 'running'",
    /^sandbox running: Its record cannot be used\. .*JSON.* Its history is intact and leads to version 2, running/,
  ],
  'a record that breaks an invariant': [
    setRecord('running', 'incarnation', 'NULL'),
    /illegal at incarnation/,
  ],
  'a column that does not agree': [
    "UPDATE sandboxes SET timeout_at = 5 WHERE id = 'running'",
    /^sandbox running: .*column timeout_at is 5/,
  ],
  'a row that was set aside, and is valid now': [
    "UPDATE sandboxes SET broken = 'It was.' WHERE id = 'running'",
  ],
  'a record that was edited, and is legal': [
    setRecord('running', 'updatedAt', '1000007'),
    /^sandbox running: Its history is wrong at version 2\. The history leads to updatedAt 1000000, but the record has 1000007/,
  ],
  'a row of history that is missing': [
    "DELETE FROM history WHERE sandbox_id = 'captured' AND version = 3",
    /^sandbox captured: .* wrong at version 3\. Its row is missing; the next row has version 4/,
  ],
  'a first row of history that is missing': [
    "DELETE FROM history WHERE sandbox_id = 'captured' AND version = 1",
    /^sandbox captured: .* wrong at version 1\. Its row is missing; the next row has version 2/,
  ],
  'the end of a history that is missing': [
    "DELETE FROM history WHERE sandbox_id = 'ended' AND version = 3",
    /^sandbox ended: .* wrong at version 2\. The history ends here, but the record has version 3/,
  ],
  'an event that was edited': [
    `UPDATE history SET event = '{"type":"crashed","incarnation":1,"reason":"x","at":' || at || '}' WHERE sandbox_id = 'ended' AND version = 3`,
    /^sandbox ended: .* wrong at version 3\. Its event crashed leads to outcome/,
  ],
  'an event that is not JSON': [
    "UPDATE history SET event = '{' WHERE sandbox_id = 'ended' AND version = 2",
    /^sandbox ended: Version 2 of its history cannot be read/,
  ],
  'several rows of history that cannot be read': [
    "UPDATE history SET event = '{' WHERE sandbox_id = 'ended' AND version > 1",
    /^sandbox ended: Version 2 of its history cannot be read\. .* It is row \d+ of the table history\. The same holds for version 3 \(row \d+\)\. Its record is intact/,
  ],
  'a row of history out of its order': [
    "UPDATE history SET sequence = 99 WHERE sandbox_id = 'captured' AND version = 2",
    /^sandbox captured: .* wrong at version 3\. Its sequence is \d+, but the sequence of the previous version is 99/,
  ],
  'a policy that was edited': [
    `UPDATE policies SET policy = json_set(policy, '$.operationLimitSeconds.boot', 1)`,
    /^sandbox captured: .*wrong at version 1/,
    /^sandbox ended: .*wrong at version 1/,
    /^sandbox restored: .*wrong at version 1/,
    /^sandbox running: .*wrong at version 1/,
  ],
  'a policy that is missing': [
    'DELETE FROM policies',
    /^sandbox captured: Version 1 of its history cannot be read\. Its policy is missing/,
    /^sandbox ended: Version 1 of its history cannot be read/,
    /^sandbox restored: Version 1 of its history cannot be read/,
    /^sandbox running: Version 1 of its history cannot be read/,
  ],
  'a history without its sandbox': [
    "DELETE FROM sandboxes WHERE id = 'ended'",
    /^sandbox ended: Its history has 3 rows, but the sandbox itself is missing/,
  ],
  'an index that is missing': ['DROP INDEX timeouts', /^The index timeouts is missing/],
  'a name that two sandboxes share': [
    [
      'DROP INDEX living_names',
      `UPDATE sandboxes SET name = 'ada', record = json_set(record, '$.name', 'ada') WHERE id = 'captured'`,
    ],
    /^The index living_names is missing/,
    /^sandbox captured: Its history is wrong at version 5/,
    /^Several living sandboxes share the name "ada" in namespace default: captured, running/,
  ],
  'a snapshot that is not JSON': [
    "UPDATE snapshots SET record = '{' WHERE id = 's1'",
    /^The snapshot s1 cannot be read/,
  ],
  'a snapshot that is missing': [
    "DELETE FROM snapshots WHERE id = 's2'",
    /^sandbox captured: It captures the snapshot s2, which is missing/,
  ],
  'a snapshot whose column is wrong': [
    "UPDATE snapshots SET in_progress = 1 WHERE id = 's1'",
    /^sandbox captured: The snapshot s1 is completed, but its column in_progress is 1/,
  ],
  'a snapshot whose other column is wrong': [
    "UPDATE snapshots SET completed = 0 WHERE id = 's1'",
    /^sandbox captured: The snapshot s1 is completed, but its column completed is 0/,
  ],
  'a snapshot whose owner is another one in its column': [
    "UPDATE snapshots SET sandbox_id = 'running' WHERE id = 's1'",
    /^sandbox captured: The columns of the snapshot s1 do not agree with its record/,
  ],
  'a snapshot in progress without a capture': [
    [
      "UPDATE snapshots SET in_progress = 1, completed = 0, sandbox_id = 'running', record = json_set(record, '$.status', 'in_progress', '$.sandboxId', 'running') WHERE id = 's1'",
    ],
    /^sandbox running: The snapshot s1 is in progress, but its sandbox is running/,
  ],
  'a snapshot of an unknown sandbox': [
    "UPDATE snapshots SET sandbox_id = 'unknown', record = json_set(record, '$.sandboxId', 'unknown') WHERE id = 's1'",
    /^sandbox unknown: The snapshot s1 was taken from it, but the sandbox is missing/,
  ],
  'a snapshot of another namespace': [
    [
      "UPDATE snapshots SET namespace = 'team', record = json_set(record, '$.namespace', 'team') WHERE id = 's1'",
      "UPDATE namespace_counts SET snapshots = snapshots - 1 WHERE namespace = 'default'",
      "INSERT INTO namespace_counts (namespace, snapshots) VALUES ('team', 1)",
    ],
    /^sandbox captured: The snapshot s1 belongs to namespace team, but its sandbox to default/,
  ],
  'a deleted snapshot that stays for ever': [
    "UPDATE snapshots SET deleted_at = 5 WHERE id = 's2'",
    /^sandbox captured: The snapshot s2 is deleted, but its data will never be removed/,
  ],
  'metadata that the table of filters lacks': [
    "DELETE FROM metadata WHERE key = 'team'",
    /^sandbox running: A list that is filtered by its metadata is wrong: the table metadata has \{\}, but its configuration has \{"team":"red"\}/,
  ],
  'metadata of another sandbox': [
    "INSERT INTO metadata VALUES ('default', 'team', 'red', 1, 0, 'captured')",
    /^sandbox captured: A list that is filtered by its metadata is wrong/,
  ],
  'metadata in another place of the list': [
    "UPDATE metadata SET rank = 0 WHERE key = 'team'",
    /^sandbox running: A list that is filtered by its metadata is wrong: .*"in another place of the list"/,
  ],
  'an archived sandbox that is not released': [
    "UPDATE sandboxes SET rank = -1, released = 0, unsettled = 1 WHERE id = 'ended'",
    /^sandbox ended: Its record cannot be used. Its column rank is -1, .* but it is not released/,
  ],
  'a rank that its status does not have': [
    "UPDATE sandboxes SET rank = 0 WHERE id = 'running'",
    /^sandbox running: Its record cannot be used. Its column rank is 0, but its record is running/,
  ],
  'metadata without its sandbox': [
    "INSERT INTO metadata VALUES ('default', 'team', 'red', 1, 0, 'unknown')",
    /^sandbox unknown: Its metadata is in the table of filters, but the sandbox itself is missing/,
  ],
  'a pending sandbox whose snapshot is missing': [
    "DELETE FROM snapshots WHERE id = 's1'",
    /^sandbox restored: It restores from the snapshot s1, which is missing/,
  ],
  'a pending sandbox whose snapshot was removed': [
    "UPDATE snapshots SET deleted_at = 5, garbage = 0 WHERE id = 's1'",
    /^sandbox restored: It restores from the snapshot s1, whose data was removed/,
  ],
  'a pending sandbox that does not protect its snapshot': [
    "UPDATE sandboxes SET restores_from = NULL WHERE id = 'restored'",
    /^sandbox restored: Its record cannot be used\. Its column restores_from is null, but its record has s1/,
  ],
  'a wrong number of sandboxes': [
    "UPDATE status_counts SET count = 5 WHERE status = 'running'",
    /^The table status_counts has 5 running sandboxes, but there are [12]\./,
  ],
  'a wrong number of living sandboxes of a namespace': [
    'UPDATE namespace_counts SET living = 7',
    /^The table namespace_counts has 7 living sandboxes and \d snapshots of namespace default, but there are \d and \d\./,
  ],
  'a wrong number of snapshots of a namespace': [
    'UPDATE namespace_counts SET snapshots = 0',
    /^The table namespace_counts has \d living sandboxes and 0 snapshots of namespace default, but there are \d and [1-9]\./,
  ],
  'a wrong number of sandboxes in the usage': [
    'UPDATE usage SET running = 7',
    /^The usage of namespace default has running 7, but its sandboxes are \d\./,
  ],
  'a usage that its history does not lead to': [
    'UPDATE usage SET running_ms = running_ms + 1',
    /^The usage of namespace default has runningMs \d+, but its history leads to \d+\./,
  ],
  'a stored response that is not JSON': [
    "UPDATE responses SET result = '{'",
    /^The response under the idempotency key "key" cannot be read/,
  ],
};

describe.each(Object.entries(planted))('%s', (_, [tampering, ...problems]) => {
  test('is reported, without other problems', async () => {
    await fill();
    tamper(...[tampering].flat());
    const lines = describeData(await checkData(folder)).split('\n');
    expect(lines.length, lines.join('\n')).toBe(problems.length + 1);
    for (const sentence of problems) expect(lines.join('\n')).toMatch(new RegExp(sentence.source, 'm'));
  });
});

test('an overwritten page of the file is reported', async () => {
  await fill();
  const bytes = readFileSync(path);
  const pageSize = bytes.readUInt16BE(16);
  const database = openDatabase(path);
  const page = Number(
    database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'oldest_responses'").get()?.[
      'rootpage'
    ],
  );
  closeDatabase(database);
  bytes.fill(0xff, (page - 1) * pageSize, page * pageSize);
  writeFileSync(path, bytes);
  const report = await checkData(folder);
  expect(report.problems[0]?.problem).toMatch(/^The file is damaged: /);
});

test('a database from which retention has deleted is sound, also in the middle of a deletion', async () => {
  await fill();
  const rowsOf = async (act: (retention: StoreRetention) => Promise<number>) => {
    const store = sqliteStore(path);
    const rows = await act(store.retention as StoreRetention);
    await store.close();
    return rows;
  };
  expect(await rowsOf((retention) => retention.cutHistory('captured', 2, 99))).toBe(3);
  expect(await rowsOf((retention) => retention.archive(Number.MAX_SAFE_INTEGER, 0, 99))).toBe(1);
  do expect((await checkData(folder)).problems).toEqual([]);
  while ((await rowsOf((retention) => retention.deleteArchived(Number.MAX_SAFE_INTEGER, 1))) > 0);
  expect(await checkData(folder)).toMatchObject({ sandboxes: 3, problems: [] });
});

test('a snapshot may outlive its sandbox', async () => {
  await fill();
  tamper(
    "UPDATE snapshots SET sandbox_id = 'ended', record = json_set(record, '$.sandboxId', 'ended') WHERE id = 's1'",
  );
  const store = sqliteStore(path);
  await store.retention?.archive(Number.MAX_SAFE_INTEGER, 0, 99);
  expect(await store.retention?.deleteArchived(Number.MAX_SAFE_INTEGER, 99)).toBeGreaterThan(0);
  await store.close();
  expect((await checkData(folder)).problems).toEqual([]);
});
