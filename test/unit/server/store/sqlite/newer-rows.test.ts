import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createApi,
  createHost,
  NewerRecordError,
  type Observation,
} from '../../../../../src/server/index.ts';
import { recordSchema } from '../../../../../src/server/store/schemas.ts';
import { closeDatabase, openDatabase } from '../../../../../src/server/store/sqlite/database.ts';
import { sqliteStore } from '../../../../../src/server/store/sqlite/index.ts';
import { commitSandbox, kinds, up } from '../../../../../src/testing/store-conformance/fixtures.ts';
import { fakeDriver } from '../../../../harness/server/fake-driver.ts';
import { virtualClock } from '../../../../harness/server/virtual-clock.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'newer-'));
  path = join(folder, 'sandboxes.db');
  const store = sqliteStore(path);
  await commitSandbox(store, { id: 'newer', name: 'ada', timeoutMs: 5_000 }, up);
  await commitSandbox(store, { id: 'newer-work', namespace: 'other' }, ...kinds.terminated);
  await commitSandbox(store, { id: 'ours', namespace: 'elsewhere', timeoutMs: 5_000 }, up);
  await store.close();
  const database = openDatabase(path);
  for (const table of ['sandboxes', 'history'])
    database.exec(
      `UPDATE ${table} SET schema = ${recordSchema + 1}, oldest_reader = ${recordSchema + 1} WHERE ${table === 'history' ? 'sandbox_id' : 'id'} LIKE 'newer%'`,
    );
  closeDatabase(database);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The rows of the newer release, as they are in the file. */
function rowsOfNewer(): unknown {
  const database = openDatabase(path);
  try {
    return [
      database.prepare("SELECT * FROM sandboxes WHERE id LIKE 'newer%' ORDER BY id").all(),
      database.prepare("SELECT * FROM history WHERE sandbox_id LIKE 'newer%' ORDER BY sequence").all(),
    ];
  } finally {
    closeDatabase(database);
  }
}

describe('a row of a newer release', () => {
  test('is not set aside: reading it says which release to run', async () => {
    const store = sqliteStore(path);
    for (const read of [() => store.get('newer'), () => store.getByName('default', 'ada')]) {
      const error = await read().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(NewerRecordError);
      expect(String(error)).toMatch(/Sandbox newer cannot be read\. .* run the newer release/);
    }
    expect(await store.list({ namespace: 'default', limit: 9 })).toMatchObject({
      items: [],
      leavesOut: true,
    });
    expect(await store.list({ namespace: 'elsewhere', limit: 9 })).not.toHaveProperty('leavesOut');
    const rows = { after: 0, limit: 9, sandboxId: 'newer' };
    expect(await store.history(rows)).toEqual([]);
    expect(await store.history({ ...rows, evenMissing: true })).toMatchObject([
      { version: 1, isMissing: true, isNewer: true },
      { version: 2, isMissing: true, isNewer: true },
    ]);
    expect(await store.broken('', 9)).toEqual([]);
    await store.close();
  });

  test('is left out of the work of a host', async () => {
    const store = sqliteStore(path);
    const ids = (entries: readonly { sandbox: { id: string } }[]) => entries.map(({ sandbox }) => sandbox.id);
    expect(await store.due(Number.MAX_SAFE_INTEGER, 1)).toMatchObject([{ sandboxId: 'ours' }]);
    expect(ids(await store.unsettled('', 9))).toEqual([]);
    expect(ids(await store.living('', 9))).toEqual(['ours']);
    expect(await store.livingStates('', 9)).toMatchObject([{ sandboxId: 'ours' }]);
    await store.close();
  });

  test('stays as it is while a host runs, which serves the other sandboxes', async () => {
    const before = rowsOfNewer();
    const clock = virtualClock(10);
    const platform = new Map([
      ['newer', 'running'],
      ['newer-work', 'running'],
      ['ours', 'running'],
    ] as const);
    const driver = fakeDriver(platform);
    const seen: Observation[] = [];
    const observe = (observation: Observation) => void seen.push(observation);
    const host = await createHost({ store: sqliteStore(path), driver, clock, observe, random: () => 0 });
    const api = createApi(host);
    await clock.advance(200_000);
    for (const [method, where] of [
      ['GET', '/sandboxes/newer'],
      ['GET', '/sandboxes/ada'],
      ['DELETE', '/sandboxes/newer'],
      ['POST', '/sandboxes/newer/suspend'],
    ]) {
      const response = await api(new Request(`http://localhost${where}`, { method: method ?? '' }));
      expect([where, response.status, response.headers.get('x-error-code')]).toEqual([
        where,
        503,
        'newer_record',
      ]);
      expect(response.headers.get('retry-after')).toBe('1');
    }
    expect((await host.get('elsewhere', 'ours')).sandbox.status).toBe('terminated');
    expect(driver.calls.filter(({ job }) => job.sandboxId !== 'ours')).toEqual([]);
    expect(seen.filter(({ type }) => type === 'broken')).toEqual([]);
    await host.close();
    expect(rowsOfNewer()).toEqual(before);
  });

  test('in another namespace is an unknown sandbox', async () => {
    const host = await createHost({
      store: sqliteStore(path),
      driver: fakeDriver(),
      clock: virtualClock(10),
    });
    await expect(host.get('elsewhere', 'newer')).rejects.toThrow('does not exist');
    await host.close();
  });
});
