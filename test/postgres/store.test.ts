import { Client } from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { simulatedDriver } from '../../src/server/driver/simulated/index.ts';
import { createHost, NewerRecordError, StoreBusyError } from '../../src/server/index.ts';
import { isTransient } from '../../src/server/store/postgres/connections.ts';
import { postgresStore } from '../../src/server/store/postgres/index.ts';
import type { Store } from '../../src/server/store/store.ts';
import { commitSandbox, creation, up } from '../../src/testing/store-conformance/fixtures.ts';
import { storeConformance } from '../../src/testing/store-conformance/index.ts';
import { postgresForTests } from '../harness/postgres/server.ts';

const { url, stop, skipped } = await postgresForTests();
afterAll(stop);

let schemas = 0;
const newSchema = () => `test_${process.pid}_${schemas++}`;
const open = (schema: string) => postgresStore({ url, schema });

/** Runs a statement as an operator. */
async function run(text: string, values: unknown[] = []): Promise<unknown[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** Ends all connections of the stores, as a restart of the server does. */
const endConnections = () =>
  run(
    "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE application_name = 'sandbox-lifecycle'",
  );

describe.skipIf(skipped)('the PostgreSQL store', () => {
  const names = new WeakMap<Store, string>();
  const openAs = async (schema: string) => {
    const store = await open(schema);
    names.set(store, schema);
    return store;
  };
  const options = {
    open: () => openAs(newSchema()),
    async reopen(store: Store) {
      await store.close();
      return openAs(names.get(store) ?? '');
    },
  };
  for (const { name, run } of storeConformance(options)) test(name, run);
});

describe.skipIf(skipped)('a row of history that cannot be read', () => {
  test('is set aside with its place, and does not shorten a part', async () => {
    const schema = newSchema();
    const store = await open(schema);
    await commitSandbox(store, { id: 'a', name: 'ada' }, up, { type: 'suspend' }, { type: 'terminate' });
    await run(`UPDATE ${schema}.history SET event = '{' WHERE sequence = 2`);
    const query = { after: 0, limit: 2, sandboxId: 'a' };
    expect((await store.history(query)).map(({ version }) => version)).toEqual([1, 3]);
    expect(await store.history({ ...query, evenMissing: true })).toMatchObject([
      { version: 1 },
      {
        ...{ isMissing: true, sequence: 2, sandboxId: 'a', version: 2, to: 'running' },
        place: `row 2 of the table history in the schema ${schema} of PostgreSQL`,
      },
    ]);
    // A history is not cut so that it begins with such a row.
    expect(await store.retention?.cutHistory('a', 3, 99)).toBe(0);
    expect(await store.retention?.cutHistory('a', 1, 99)).toBe(3);
    await store.close();
  });
});

describe.skipIf(skipped)('one server at a time', () => {
  test('a second one is refused, until the first one has closed', async () => {
    const schema = newSchema();
    const first = await open(schema);
    await expect(open(schema)).rejects.toThrow(
      `The schema ${schema} of this database is in use by another server`,
    );
    await first.close();
    const second = await open(schema);
    await second.close();
  });

  test('one that lost its connections, and was replaced, can no longer write', async () => {
    const schema = newSchema();
    const first = await open(schema);
    await endConnections();
    const second = await open(schema);
    await commitSandbox(second, { id: 'a' });
    await expect(first.commit({ change: creation({ id: 'b' }) })).rejects.toThrow(
      'Another server has taken over this database',
    );
    expect(await second.get('b')).toBeUndefined();
    await Promise.all([first.close(), second.close()]);
  });
});

describe.skipIf(skipped)('a server that goes away', () => {
  test('is found again by reads and commits', async () => {
    const store = await open(newSchema());
    await commitSandbox(store, { id: 'a' });
    for (let round = 0; round < 5; round++) {
      await endConnections();
      expect(await store.get('a')).toBeDefined();
      await endConnections();
      await commitSandbox(store, { id: `b${round}` }).catch((error: unknown) => {
        expect(error).toBeInstanceOf(StoreBusyError);
      });
      await commitSandbox(store, { id: `c${round}` });
    }
    await store.close();
  });

  test('makes no host lose a sandbox', async () => {
    const store = await open(newSchema());
    const driver = simulatedDriver();
    const host = await createHost({ store, driver });
    const { sandbox } = await host.create({ namespace: 'default', name: 'my-env' });
    await host.waitFor('default', sandbox.id, ['running'], { timeoutMs: 60_000 });
    await endConnections();
    const terminate = () => host.send('default', 'my-env', { type: 'terminate' });
    await terminate().catch(terminate);
    await host.waitFor('default', sandbox.id, ['terminated'], { timeoutMs: 60_000 });
    const rows = await host.history('default', sandbox.id);
    expect(rows.map(({ version }) => version)).toEqual(rows.map((_, index) => index + 1));
    await host.close();
  });

  test('gives a sentence at the start when it cannot be reached', async () => {
    const unreachable = postgresStore({ url: 'postgres://test@127.0.0.1:1/postgres' });
    await expect(unreachable).rejects.toThrow(
      'Cannot connect to the PostgreSQL database: connect ECONNREFUSED 127.0.0.1:1.',
    );
  });
});

test.skipIf(skipped)(
  'a row of a newer release is neither set aside nor run, and stays as it is',
  async () => {
    const schema = newSchema();
    const store = await open(schema);
    await commitSandbox(store, { id: 'newer', name: 'ada', timeoutMs: 5 }, up);
    await commitSandbox(store, { id: 'work', namespace: 'other' });
    for (const table of ['sandboxes', 'history'])
      await run(`UPDATE ${schema}.${table} SET schema = 99, oldest_reader = 99`);
    const rows = () => run(`SELECT * FROM ${schema}.sandboxes ORDER BY id`);
    const before = await rows();
    for (const read of [() => store.get('newer'), () => store.getByName('default', 'ada')])
      await expect(read()).rejects.toThrow(NewerRecordError);
    expect((await store.list({ namespace: 'default', limit: 9 })).items).toEqual([]);
    expect(await store.history({ after: 0, limit: 9 })).toEqual([]);
    expect(await store.due(Number.MAX_SAFE_INTEGER, 9)).toEqual([]);
    expect(await store.nextTimeoutAt()).toBeNull();
    for (const read of [store.unsettled, store.living, store.livingStates, store.broken])
      expect(await read('', 9)).toEqual([]);
    expect(await rows()).toEqual(before);
    await store.close();
  },
);

test.each([
  Object.assign(new Error('read-only after a failover'), { code: '25006' }),
  Object.assign(new Error('the server starts'), { code: '57P03' }),
  Object.assign(new Error('too many clients'), { code: '53300' }),
  Object.assign(new Error('no name server'), { code: 'EAI_AGAIN' }),
  new Error('Client has encountered a connection error and is not queryable'),
])('$message is worth another attempt', (error) => expect(isTransient(error)).toBe(true));

test.each([
  Object.assign(new Error('unique violation'), { code: '23505' }),
  Object.assign(new Error('no such column'), { code: '42703' }),
  new TypeError('x is not a function'),
])('$message is not', (error) => expect(isTransient(error)).toBe(false));

describe.skipIf(skipped)('a database that cannot be used', () => {
  const asRole = async (setting: string) => {
    const role = newSchema();
    await run(`CREATE ROLE ${role} LOGIN SUPERUSER; ALTER ROLE ${role} SET ${setting}`);
    return postgresStore({ url: url.replace(/\/\/[^@]*@/, `//${role}@`), schema: role });
  };

  test.each([
    ['synchronous_commit = off', 'a crash would lose commits'],
    ['default_transaction_read_only = on', 'the server or its role is read-only'],
  ])('%s is refused', async (setting, sentence) => {
    await expect(asRole(setting)).rejects.toThrow(sentence);
  });

  test('data of a newer release is refused, and stays as it is', async () => {
    const schema = newSchema();
    await (await open(schema)).close();
    await run(`UPDATE ${schema}.layout SET version = 99, oldest_reader = 98`);
    await expect(open(schema)).rejects.toThrow('run the newer release');
    expect(await run(`SELECT version FROM ${schema}.layout`)).toEqual([{ version: 99 }]);
  });

  test('a name of a schema is never part of a statement unchecked', async () => {
    await expect(postgresStore({ url, schema: 'x; DROP TABLE y' })).rejects.toThrow('is not valid');
  });
});
