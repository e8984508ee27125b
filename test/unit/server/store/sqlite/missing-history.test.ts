import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createApi, createHost, type Host, type HostOptions } from '../../../../../src/server/index.ts';
import { createHistoryReader, isMissing } from '../../../../../src/server/store/history-items.ts';
import { memoryStore } from '../../../../../src/server/store/memory.ts';
import type { HistoryItem, HistoryRow, MissingRow } from '../../../../../src/server/store/records.ts';
import { closeDatabase, openDatabase } from '../../../../../src/server/store/sqlite/database.ts';
import { sqliteStore } from '../../../../../src/server/store/sqlite/index.ts';
import type { Store } from '../../../../../src/server/store/store.ts';
import { createLogger, logObservations } from '../../../../../src/server/telemetry/log.ts';
import type { Observation } from '../../../../../src/server/telemetry/observation.ts';
import {
  commitSandbox,
  snapshotOf,
  step,
  up,
} from '../../../../../src/testing/store-conformance/fixtures.ts';
import { eventReader } from '../../../../harness/server/event-stream.ts';
import { fakeDriver } from '../../../../harness/server/fake-driver.ts';
import { virtualClock } from '../../../../harness/server/virtual-clock.ts';

const namespace = 'default';
const origin = 'http://127.0.0.1';
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'missing-history-'));
  path = join(folder, 'sandboxes.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Commits a sandbox with five versions, and another one, and then runs SQL on the file. */
async function fill(sql: string): Promise<void> {
  const store = sqliteStore(path);
  const suspend = [{ type: 'suspend' }, { type: 'suspend.completed', operation: 2 }] as const;
  await commitSandbox(store, { id: 'a', name: 'ada' }, up, ...suspend, { type: 'terminate' });
  await commitSandbox(store, { id: 'b', name: 'bob' }, up);
  await store.close();
  const database = openDatabase(path);
  database.exec(sql);
  closeDatabase(database);
}

/** Runs a host on the file. */
async function onHost<Result>(
  act: (host: Host, seen: Observation[]) => Promise<Result>,
  options: Partial<HostOptions> = {},
): Promise<Result> {
  const seen: Observation[] = [];
  const driver = fakeDriver(new Map([['b', 'running']]));
  const host = await createHost({
    ...{ store: sqliteStore(path), driver, clock: virtualClock(2_000) },
    observe: (what) => void seen.push(what),
    ...options,
  });
  try {
    return await act(host, seen);
  } finally {
    await host.close();
  }
}

const versionsOf = (rows: readonly HistoryItem[]) =>
  rows.map((row) => (isMissing(row) ? `missing ${row.version}` : row.version));

describe.each([
  ['an event that is not JSON', "UPDATE history SET event = '{' WHERE sequence = 3"],
  ['a record that is not JSON', "UPDATE history SET record = '' WHERE sequence = 3"],
  ['a record of another shape', "UPDATE history SET record = '{}' WHERE sequence = 3"],
  [
    'a record that no sandbox can be in',
    "UPDATE history SET record = json_set(record, '$.operation', null) WHERE sequence = 3",
  ],
  [
    'a record of another version',
    "UPDATE history SET record = json_set(record, '$.version', 9) WHERE sequence = 3",
  ],
  ['an event without a type', "UPDATE history SET event = '[]' WHERE sequence = 3"],
  ['a policy that is missing', 'PRAGMA foreign_keys = 0; UPDATE history SET policy = 99 WHERE sequence = 3'],
])('a row of history with %s', (_, sql) => {
  test('is set aside: the others are read, and it is named once', async () => {
    await fill(sql);
    await onHost(async (host, seen) => {
      expect(versionsOf(await host.history(namespace, 'a'))).toEqual([1, 2, 4, 5]);
      expect(versionsOf(await host.historyItems(namespace, 'a'))).toEqual([1, 2, 'missing 3', 4, 5]);
      expect((await host.get(namespace, 'a')).sandbox.version).toBe(5);
      const broken = seen.flatMap((one) => (one.type === 'broken' ? [one.row] : []));
      expect(broken).toMatchObject([
        { sandboxId: 'a', namespace, version: 3, place: `row 3 of the table history in ${path}` },
      ]);
      expect(seen.filter(({ type }) => type === 'problem')).toEqual([]);
    });
  });
});

test('the log names the row, the sandbox and the file, and not the content', async () => {
  await fill(`UPDATE history SET event = '{"secret' WHERE sequence = 3`);
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line));
  const observe = logObservations(createLogger({ destination: { write } }));
  await onHost((host) => host.history(namespace, 'a'), { observe });
  expect(lines.filter(({ msg }) => msg === 'broken row of history set aside')).toMatchObject([
    { namespace, sandboxId: 'a', version: 3, place: `row 3 of the table history in ${path}` },
  ]);
  expect(JSON.stringify(lines)).not.toContain('secret');
});

test('a broken record is named with its file too', async () => {
  await fill("UPDATE sandboxes SET record = '{}' WHERE id = 'b'");
  const clock = virtualClock(2_000);
  const read = async (_: Host, seen: Observation[]) => {
    await clock.advance(1_000);
    expect(seen.flatMap((one) => (one.type === 'broken' ? [one.row.place] : []))).toContain(
      `row b of the table sandboxes in ${path}`,
    );
  };
  await onHost(read, { clock });
});

test('broken rows do not shorten a part of the history', async () => {
  await fill("UPDATE history SET event = '{' WHERE sequence IN (1, 3)");
  const store = sqliteStore(path);
  const part = async (query: Parameters<Store['history']>[0]) => versionsOf(await store.history(query));
  expect(await part({ after: 0, limit: 2, sandboxId: 'a' })).toEqual([2, 4]);
  expect(await part({ after: 0, limit: 3, namespace })).toEqual([2, 4, 5]);
  expect(await part({ after: 0, limit: 9 })).toEqual([2, 4, 5, 1, 2]);
  expect(await part({ after: 0, limit: 2, sandboxId: 'a', afterVersion: 2, evenMissing: true })).toEqual([
    'missing 3',
    4,
  ]);
  await store.close();
});

test('rows of history that are all broken leave an empty history', async () => {
  await fill("UPDATE history SET event = '{'");
  await onHost(async (host) => {
    expect(await host.history(namespace, 'a')).toEqual([]);
    expect((await host.historyItems(namespace, 'a')).every(isMissing)).toBe(true);
  });
});

describe('over HTTP', () => {
  const missing = { sequence: 3, sandbox_id: 'a', version: 3, to: 'suspending' };

  async function call<Result>(
    target: string,
    read: (response: Response) => Promise<Result>,
  ): Promise<Result> {
    return onHost(async (host) => {
      const api = createApi(host, { clock: virtualClock(2_000) });
      const result = await read(await api(new Request(origin + target)));
      api.close();
      return result;
    });
  }

  test('a page of the history names what is missing, and the pages go on past it', async () => {
    await fill("UPDATE history SET event = '{' WHERE sequence = 3");
    const page = (query: string) =>
      call(`/sandboxes/a/history?${query}`, async (response) => (await response.json()) as never);
    expect(await page('')).toMatchObject({
      history: [{ version: 1 }, { version: 2 }, { version: 4 }, { version: 5 }],
      missing: [missing],
      next_after: null,
    });
    expect(await page('after=2&limit=1')).toEqual({ history: [], missing: [missing], next_after: 3 });
    expect(await page('after=3&limit=1')).not.toHaveProperty('missing');
  });

  test('the stream of all sandboxes has an event of its own in the place of the row', async () => {
    await fill("UPDATE history SET event = '{' WHERE sequence = 3");
    const blocks = await call('/sandboxes/events?last_event_id=1', (response) =>
      eventReader(response).take(6),
    );
    expect(blocks.slice(1).map((block) => [block?.event, block?.id])).toEqual([
      ['change', 2],
      ['missing', 3],
      ['change', 4],
      ['change', 5],
      ['change', 6],
    ]);
    expect(blocks[2]?.data).toEqual(missing);
  });

  test('the stream of one sandbox sends its state after it, and ends when that was the last change', async () => {
    await fill("UPDATE history SET event = '{' WHERE sequence = 5");
    const blocks = await call('/sandboxes/a/events?last_event_id=4', (response) =>
      eventReader(response).rest(),
    );
    expect(blocks.slice(1).map((block) => block.event)).toEqual(['missing', 'state', 'closed']);
    expect(blocks[1]).toMatchObject({ id: 5, data: { to: 'terminated' } });
    expect(blocks[2]).toMatchObject({ id: 5, data: { sandbox: { status: 'terminated' } } });
    expect(blocks[3]?.data.reason).toMatch(/all its changes were sent/);
  });

  test('a stream that has sent everything before it ends at once', async () => {
    await fill("UPDATE history SET event = '{' WHERE sequence = 5");
    expect(await call('/sandboxes/a/events?last_event_id=5', async ({ status }) => status)).toBe(204);
  });
});

/** A store whose history cannot read the rows of these sequences. */
function unreadable(store: Store, sequences: readonly number[]): Store {
  const damage = (row: HistoryRow): HistoryItem =>
    sequences.includes(row.sequence)
      ? ({ ...row, isMissing: true, problem: 'It is damaged.', place: 'memory' } satisfies MissingRow)
      : row;
  return {
    ...store,
    async history(query) {
      const items = (await store.history(query)).map(damage);
      return (query.evenMissing ? items : items.filter((item) => !isMissing(item))) as readonly HistoryRow[];
    },
  };
}

describe('a wait and a watch of a host', () => {
  test('go on past a row that another server has written and this one cannot read', async () => {
    const store = memoryStore();
    const entry = await commitSandbox(store, { id: 'b', name: 'bob' }, up);
    const clock = virtualClock(2_000);
    const driver = fakeDriver(new Map([['b', 'running']]));
    const host = await createHost({ store: unreadable(store, [3]), driver, clock, random: () => 0 });
    const watched: (string | number)[] = [];
    const ending = new AbortController();
    const watching = (async () => {
      for await (const row of host.watch({ namespace, after: 0, signal: ending.signal }))
        watched.push(row.version);
    })();
    const waiting = host.waitFor(namespace, 'bob', ['suspended', 'suspending'], { timeoutMs: 60_000 });
    await clock.settle();
    const suspending = step(entry, { type: 'suspend', at: 2_000 });
    await store.commit({ change: suspending });
    await clock.advance(6_000);
    expect(await waiting).toMatchObject({ outcome: 'reached', entry: { sandbox: { version: 3 } } });
    await store.commit({ change: step(suspending.after, { type: 'terminate', at: 2_001 }) });
    await clock.advance(6_000);
    expect(watched).toEqual([1, 2, 4]);
    ending.abort();
    await watching;
    await host.close();
  });

  test('report each missing row once', async () => {
    const store = memoryStore();
    await commitSandbox(store, { id: 'b', name: 'bob' }, up);
    const reported: number[] = [];
    const read = createHistoryReader(unreadable(store, [2]), ({ sequence }) => reported.push(sequence));
    for (let time = 0; time < 3; time++) await read({ after: 0, limit: 9 });
    expect(reported).toEqual([2]);
  });
});

test.each([
  [
    'a record that is not JSON',
    "UPDATE history SET record = '{' WHERE sandbox_id = 'a' AND version = 3",
    [2, 3, 4, 5],
  ],
  [
    'an event that is not an object',
    "UPDATE history SET event = '5' WHERE sandbox_id = 'a' AND version = 3",
    [2, 3, 4, 5],
  ],
  [
    'a record of another version',
    "UPDATE history SET record = json_set(record, '$.version', 9) WHERE sandbox_id = 'a' AND version = 3",
    [2, 3, 4, 5],
  ],
  [
    'a row of a newer release',
    "UPDATE history SET schema = 99, oldest_reader = 99 WHERE sandbox_id = 'a' AND version = 3",
    [2, 3, 4, 5],
  ],
  [
    'the row after the cut is deleted',
    "DELETE FROM history WHERE sandbox_id = 'a' AND version = 3",
    [2, 4, 5],
  ],
  ['a row before it is deleted', "DELETE FROM history WHERE sandbox_id = 'a' AND version = 2", [3, 4, 5]],
])('a cut history begins with a row that can be read: %s', async (_, damage, left) => {
  await fill(damage);
  const store = sqliteStore(path);
  expect(await store.retention?.cutHistory('a', 3, 99)).toBe(1);
  await store.close();
  const database = openDatabase(path);
  const rows = database
    .prepare("SELECT version, first_kept FROM history WHERE sandbox_id = 'a' ORDER BY version")
    .all();
  closeDatabase(database);
  expect(rows.map((row) => row['version'])).toEqual(left);
  expect(rows.map((row) => row['first_kept'])).toEqual([1, ...left.slice(1).map(() => 0)]);
});

test('a record of a snapshot that is not an object keeps no other snapshot', async () => {
  const first = sqliteStore(path);
  for (const [index, id] of ['s1', 's2', 's3', 's4', 's5'].entries())
    await first.commit({ snapshot: snapshotOf(id, { status: 'completed', createdAt: index }) });
  await first.close();
  const database = openDatabase(path);
  database.exec("UPDATE snapshots SET record = '{' WHERE id = 's2'");
  database.exec("UPDATE snapshots SET record = 'null' WHERE id = 's3'");
  closeDatabase(database);
  const store = sqliteStore(path);
  const expired = await store.retention?.expiredSnapshots(9, 99);
  expect(expired?.map(({ id }) => id)).toEqual(['s1', 's4', 's5']);
  const surplus = await store.retention?.surplusSnapshots(1, '', 99);
  expect(surplus?.snapshots.map(({ id }) => id)).toEqual(['s4', 's1']);
  await store.close();
});
