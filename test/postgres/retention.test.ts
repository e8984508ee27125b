import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { StoreBusyError } from '../../src/server/store/errors.ts';
import { postgresStore } from '../../src/server/store/postgres/index.ts';
import { lockKeyOf } from '../../src/server/store/postgres/open.ts';
import type { StoreRetention } from '../../src/server/store/retention.ts';
import type { Store } from '../../src/server/store/store.ts';
import {
  adjustment,
  commitSandbox,
  deletionOf,
  responseOf,
  snapshotOf,
  up,
} from '../../src/testing/store-conformance/fixtures.ts';
import { postgresForTests } from '../harness/postgres/server.ts';

const { url, stop, skipped } = await postgresForTests();
afterAll(stop);

let schemas = 0;
const newSchema = () => `retention_${process.pid}_${schemas++}`;
const ever = 999_999;

async function open(schema: string): Promise<Store & { readonly retention: StoreRetention }> {
  return (await postgresStore({ url, schema })) as Store & { readonly retention: StoreRetention };
}

/** Runs something with a connection of an operator. */
async function withClient<Result>(act: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client(url);
  await client.connect();
  try {
    return await act(client);
  } finally {
    await client.end();
  }
}

const run = (text: string) => withClient(async (client) => (await client.query(text)).rows);

/** Commits a sandbox that has ended and is released. */
async function commitEnded(store: Store, id: string): Promise<void> {
  const entry = await commitSandbox(store, { id }, up, { type: 'terminate' });
  await store.commit({ change: adjustment(entry, { released: true }) });
}

/** Resolves when a statement of a store waits for a lock, or when `ended` has. */
async function untilItWaits(client: Client, ended: Promise<unknown>): Promise<void> {
  let hasEnded = false;
  const end = () => {
    hasEnded = true;
  };
  void ended.then(end, end);
  while (!hasEnded) {
    const { rows } = await client.query(
      "SELECT 1 FROM pg_stat_activity WHERE application_name = 'sandbox-lifecycle' AND wait_event_type = 'Lock'",
    );
    if (rows.length > 0) return;
    await sleep(10);
  }
}

describe.skipIf(skipped)('retention in a race', () => {
  const steps = [
    { step: 'an archiving', rank: 0, act: (retention: StoreRetention) => retention.archive(ever, 5, 99) },
    { step: 'a deletion', rank: -1, act: (retention: StoreRetention) => retention.deleteArchived(ever, 99) },
  ];
  const changes = [
    { event: 'a sandbox is not released any more', change: 'released = 0, unsettled = 1' },
    { event: 'a record is set aside', change: "broken = 'It is broken.'" },
  ];
  const cases = steps.flatMap((step) =>
    changes.flatMap((change) => [true, false].map((isLocked) => ({ ...step, ...change, isLocked }))),
  );

  test.each(cases)('$step changes nothing when meanwhile $event (locked: $isLocked)', async (one) => {
    const { rank, act, change, isLocked } = one;
    const schema = newSchema();
    const store = await open(schema);
    await commitEnded(store, 'a');
    if (rank === -1) await store.retention.archive(ever, 5, 99);
    await withClient(async (client) => {
      await client.query('BEGIN');
      const lock = lockKeyOf(schema, 'commits');
      if (isLocked) await client.query('SELECT pg_advisory_xact_lock($1::bigint)', [lock]);
      else await client.query(`UPDATE ${schema}.sandboxes SET ${change}`);
      // A busy machine may exceed the limit of the wait, and then nothing happens either.
      const acted = act(store.retention).catch((error: unknown) => {
        expect(error).toBeInstanceOf(StoreBusyError);
        return 0;
      });
      await untilItWaits(client, acted);
      if (isLocked) await client.query(`UPDATE ${schema}.sandboxes SET ${change}`);
      await client.query('COMMIT');
      expect(await acted).toBe(0);
    });
    expect(await run(`SELECT rank FROM ${schema}.sandboxes`)).toEqual([{ rank }]);
    expect(await store.history({ sandboxId: 'a', after: 0, limit: 9 })).toHaveLength(3);
    await store.close();
  });
});

test.skipIf(skipped)('a server that was replaced archives, deletes, cuts and forgets nothing', async () => {
  const schema = newSchema();
  const first = await open(schema);
  for (const id of ['a', 'b']) await commitEnded(first, id);
  await first.retention.archive(ever, 5, 1);
  await first.commit({ response: responseOf('key', { at: 5 }) });
  await first.commit({ snapshot: snapshotOf('s', { status: 'completed' }) });
  await first.commit(deletionOf('s'));
  await first.snapshotRemoved('s');
  await run(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sandbox-lifecycle'",
  );
  const second = await open(schema);
  const contents = () =>
    Promise.all(
      ['sandboxes', 'history', 'responses', 'snapshots'].map((table) =>
        run(`SELECT * FROM ${schema}.${table} ORDER BY 1, 2`),
      ),
    );
  const before = await contents();
  const acts = (store: typeof first) => [
    () => store.retention.archive(ever, 5, 99),
    () => store.retention.deleteArchived(ever, 2),
    () => store.retention.cutHistory('b', 1, 1),
    () => store.forgetResponses(ever, 99),
    () => store.forgetSnapshots(ever, 99),
  ];
  for (const act of acts(first)) await expect(act()).rejects.toThrow('Another server has taken over');
  expect(await contents()).toEqual(before);
  for (const act of acts(second)) expect(await act()).toBeGreaterThan(0);
  await Promise.all([first.close(), second.close()]);
});

test.skipIf(skipped).each([
  ['is not JSON', "'{'"],
  ['is not an object', "'null'"],
])('a record of a snapshot that %s keeps no other snapshot', async (_, content) => {
  const schema = newSchema();
  const store = await open(schema);
  for (const [index, id] of ['s1', 's2', 's3', 's4'].entries())
    await store.commit({ snapshot: snapshotOf(id, { status: 'completed', createdAt: index }) });
  await run(`UPDATE ${schema}.snapshots SET record = ${content} WHERE id = 's2'`);
  const idsOf = (found: readonly { readonly id: string }[]) => found.map(({ id }) => id);
  expect(idsOf(await store.retention.expiredSnapshots(9, 99))).toEqual(['s1', 's3', 's4']);
  const { snapshots } = await store.retention.surplusSnapshots(1, '', 99);
  expect(idsOf(snapshots)).toEqual(['s3', 's1']);
  await store.close();
});

describe.skipIf(skipped)('a cut of a damaged history', () => {
  test.each([
    ['a row that is missing', 'DELETE FROM history WHERE version = 2', [3, 4, 5]],
    ['a first row that would be missing', 'DELETE FROM history WHERE version = 3', [2, 4, 5]],
    [
      'a record of another version',
      `UPDATE history SET record = '{"version":9}' WHERE version = 3`,
      [2, 3, 4, 5],
    ],
    ['an event that is not an object', `UPDATE history SET event = '5' WHERE version = 3`, [2, 3, 4, 5]],
    [
      'a row of a newer release',
      'UPDATE history SET schema = 99, oldest_reader = 99 WHERE version = 3',
      [2, 3, 4, 5],
    ],
  ])('begins with a row that can be read: %s', async (_, damage, left) => {
    const schema = newSchema();
    const store = await open(schema);
    const suspend = { type: 'suspend' } as const;
    const suspended = { type: 'suspend.completed', operation: 2 } as const;
    await commitSandbox(store, { id: 'a', name: 'n' }, up, suspend, suspended, { type: 'terminate' });
    await run(`SET search_path = ${schema}; ${damage}`);
    expect(await store.retention.cutHistory('a', 3, 99)).toBe(1);
    const rows = await run(`SELECT version, first_kept FROM ${schema}.history ORDER BY version`);
    expect(rows.map(({ version }) => version)).toEqual(left);
    expect(rows[0]).toMatchObject({ first_kept: 1 });
    expect(rows.slice(1).every(({ first_kept }) => first_kept === 0)).toBe(true);
    await store.close();
  });
});
