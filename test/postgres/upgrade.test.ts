import { Client } from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import {
  createApi,
  createHost,
  type Host,
  NewerRecordError,
  type Observation,
} from '../../src/server/index.ts';
import { postgresStore } from '../../src/server/store/postgres/index.ts';
import { creation } from '../../src/testing/store-conformance/fixtures.ts';
import { systemClock } from '../../src/utils/clock.ts';
import { loadNewerRelease } from '../harness/postgres/newer-release.ts';
import { postgresForTests } from '../harness/postgres/server.ts';
import { createSharedPlatform } from '../harness/simulation/hosts/shared-platform.ts';

const { url, stop, skipped } = await postgresForTests();
afterAll(stop);

let schemas = 0;
const newSchema = () => `upgrade_${process.pid}_${schemas++}`;
const namespace = 'default';
const limit = { timeoutMs: 120_000 };

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

/** A host of this release and one of a newer release on one schema and one platform. */
async function startBoth(isReadable: boolean) {
  const schema = newSchema();
  const platform = createSharedPlatform(systemClock(), () => 0);
  const release = await loadNewerRelease({ isReadable });
  const seen: Observation[] = [];
  const older = await createHost({
    store: await postgresStore({ url, schema, hosts: 'many' }),
    driver: platform.driver('older'),
    observe: (observation) => void seen.push(observation),
  });
  const startNewer = async () =>
    release.createHost({ store: await release.open({ url, schema }), driver: platform.driver('newer') });
  return { schema, older, newer: await startNewer(), startNewer, seen };
}

async function createRunning(host: Host, name: string): Promise<string> {
  const { sandbox } = await host.create({ namespace, name });
  await host.waitFor(namespace, sandbox.id, ['running'], limit);
  return sandbox.id;
}

async function namesIn(host: Host): Promise<(string | null)[]> {
  const { items } = await host.list({ namespace, limit: 99 });
  return items.map(({ sandbox }) => sandbox.name).sort();
}

async function end(host: Host, id: string): Promise<void> {
  await host.send(namespace, id, { type: 'terminate' });
  await expect.poll(async () => (await host.get(namespace, id)).released).toBe(true);
}

describe.skipIf(skipped)('a rolling upgrade', () => {
  test('whose records an older release cannot read sets none aside, and can be rolled back', async () => {
    const { schema, older, newer, startNewer, seen } = await startBoth(false);
    const theirs = await createRunning(newer, 'theirs');
    const ours = await createRunning(older, 'ours');
    expect(await namesIn(newer)).toEqual(['ours', 'theirs']);
    expect(await namesIn(older)).toEqual(['ours']);
    // So a client does not take a missing sandbox for one that has ended.
    expect((await older.list({ namespace, limit: 99 })).leavesOut).toBe(true);
    expect((await newer.list({ namespace, limit: 99 })).leavesOut).toBeUndefined();
    const rows = () => run(`SELECT * FROM ${schema}.sandboxes WHERE id = '${theirs}'`);
    const before = await rows();
    expect(before).toMatchObject([{ schema: 2, oldest_reader: 2, broken: null }]);
    expect(String(before[0]?.['record'])).toContain('"region":"north"');
    for (const act of [
      () => older.get(namespace, theirs),
      () => older.send(namespace, theirs, { type: 'terminate' }),
    ])
      await expect(act()).rejects.toThrow(NewerRecordError);
    await expect(older.create({ namespace, name: 'theirs' })).rejects.toThrow('is taken');
    const ended = await createApi(older)(
      new Request(`http://localhost/sandboxes/${theirs}`, { method: 'DELETE' }),
    );
    expect([ended.status, ended.headers.get('x-error-code')]).toEqual([503, 'newer_record']);
    await end(older, ours);
    // The newer release reads and changes what the older one has written, which the older one then leaves alone.
    const handedOver = await createRunning(older, 'handed-over');
    await newer.send(namespace, handedOver, { type: 'suspend' });
    await newer.waitFor(namespace, handedOver, ['suspended'], limit);
    await expect(older.get(namespace, handedOver)).rejects.toThrow(NewerRecordError);

    await newer.close();
    await end(older, await createRunning(older, 'after the rollback'));
    expect(await namesIn(older)).toEqual(['after the rollback', 'ours']);
    expect(await rows()).toEqual(before);
    expect(await run(`SELECT id FROM ${schema}.sandboxes WHERE broken IS NOT NULL`)).toEqual([]);
    expect(seen.filter(({ type }) => type === 'broken' || type === 'problem')).toEqual([]);

    const again = await startNewer();
    expect(await namesIn(again)).toEqual(['after the rollback', 'handed-over', 'ours', 'theirs']);
    await end(again, theirs);
    await Promise.all([again.close(), older.close()]);
  });

  test('whose records an older release can read leaves everything to both', async () => {
    const { schema, older, newer } = await startBoth(true);
    const theirs = await createRunning(newer, 'theirs');
    expect(await namesIn(older)).toEqual(['theirs']);
    expect((await older.list({ namespace, limit: 99 })).leavesOut).toBeUndefined();
    await older.send(namespace, theirs, { type: 'suspend' });
    await newer.waitFor(namespace, theirs, ['suspended'], limit);
    await end(older, theirs);
    expect((await newer.get(namespace, theirs)).sandbox).toMatchObject({ status: 'terminated' });
    expect((await older.history(namespace, theirs)).map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
    expect(await run(`SELECT id FROM ${schema}.sandboxes WHERE broken IS NOT NULL`)).toEqual([]);
    await Promise.all([newer.close(), older.close()]);
  });

  test('passes over the changes of the newer release in a stream of the older one', async () => {
    const { older, newer } = await startBoth(false);
    const stop = new AbortController();
    const items = older.watch({ namespace, after: await older.position(), signal: stop.signal });
    await createRunning(newer, 'theirs');
    const ours = await createRunning(older, 'ours');
    for await (const { sandboxId, to } of items) {
      expect(sandboxId).toBe(ours);
      if (to === 'running') break;
    }
    stop.abort();
    await Promise.all([newer.close(), older.close()]);
  });
});

describe.skipIf(skipped)('a migration of the layout', () => {
  const counted = 'CREATE TABLE IF NOT EXISTS runs (at bigint); INSERT INTO runs VALUES (1)';
  const runsOf = async (schema: string) => (await run(`SELECT * FROM ${schema}.runs`)).length;
  const openOlder = (schema: string) => postgresStore({ url, schema, hosts: 'many' });

  test('is done once by servers that start at once, while older ones go on when it lets them', async () => {
    const schema = newSchema();
    const older = await openOlder(schema);
    const { open } = await loadNewerRelease({
      isReadable: true,
      migrations: [{ sql: counted, isUsableByEarlier: true }],
    });
    const newer = await Promise.all(Array.from({ length: 5 }, () => open({ url, schema })));
    expect(await runsOf(schema)).toBe(1);
    await older.commit({ change: creation({ id: 'a', name: 'ada' }), host: 'older' });
    expect((await newer[0]?.get('a'))?.sandbox.name).toBe('ada');
    // Another older server can also begin now: the rollback of one that was upgraded.
    const rolledBack = await openOlder(schema);
    expect((await rolledBack.get('a'))?.sandbox.name).toBe('ada');
    expect(await run(`SELECT * FROM ${schema}.layout`)).toEqual([{ version: 2, oldest_reader: 1 }]);
    await Promise.all([...newer, older, rolledBack].map((store) => store.close()));
  });

  test('that ends the older servers waits until they have stopped', async () => {
    const schema = newSchema();
    const older = await openOlder(schema);
    const { open } = await loadNewerRelease({
      isReadable: true,
      migrations: [{ sql: counted, isUsableByEarlier: false }],
    });
    await expect(open({ url, schema })).rejects.toThrow(
      `The schema ${schema} of this database must be migrated to layout 2, which the servers that use it now do not support; stop them first.`,
    );
    await older.commit({ change: creation({ id: 'a', name: 'ada' }), host: 'older' });
    await older.close();
    const newer = await Promise.all(Array.from({ length: 5 }, () => open({ url, schema })));
    expect(await runsOf(schema)).toBe(1);
    await expect(openOlder(schema)).rejects.toThrow('run the newer release');
    expect(await run(`SELECT * FROM ${schema}.layout`)).toEqual([{ version: 2, oldest_reader: 2 }]);
    await Promise.all(newer.map((store) => store.close()));
  });

  test('leaves nothing behind when it fails', async () => {
    const schema = newSchema();
    await (await openOlder(schema)).close();
    const { open } = await loadNewerRelease({
      isReadable: true,
      migrations: [{ sql: `${counted}; SELECT 1 / 0`, isUsableByEarlier: false }],
    });
    await expect(open({ url, schema })).rejects.toThrow('division by zero');
    expect(await run(`SELECT to_regclass('${schema}.runs') AS runs`)).toEqual([{ runs: null }]);
    await (await openOlder(schema)).close();
  });
});
