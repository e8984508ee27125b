import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { createHost, type Host } from '../../src/server/index.ts';
import { ConflictError } from '../../src/server/store/errors.ts';
import { postgresStore } from '../../src/server/store/postgres/index.ts';
import type { Store } from '../../src/server/store/store.ts';
import { commitSandbox, creation, step, up } from '../../src/testing/store-conformance/fixtures.ts';
import { storeConformance } from '../../src/testing/store-conformance/index.ts';
import { systemClock } from '../../src/utils/clock.ts';
import { postgresForTests } from '../harness/postgres/server.ts';
import { patient } from '../harness/shared/patient.ts';
import { createSharedPlatform } from '../harness/simulation/hosts/shared-platform.ts';

const { url, stop, skipped } = await postgresForTests();
afterAll(stop);

let schemas = 0;
const newSchema = () => `hosts_${process.pid}_${schemas++}`;
const names = new WeakMap<Store, string>();
const schemaOf = (store: Store) => names.get(store) ?? '';

async function open(schema: string): Promise<Store> {
  const store = await postgresStore({ url, schema, hosts: 'many' });
  names.set(store, schema);
  return store;
}

/** Runs a statement as an operator. */
async function run(text: string): Promise<unknown[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** Ends all connections of the stores, as a restart of the server does. */
const endConnections = async () => {
  await run(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sandbox-lifecycle'",
  );
};

const options = {
  open: () => open(newSchema()),
  another: (store: Store) => open(schemaOf(store)),
  async reopen(store: Store) {
    await store.close();
    return open(schemaOf(store));
  },
  async passTime(store: Store, milliseconds: number) {
    // What was noted gets older, which is the same as time that passes.
    const schema = schemaOf(store);
    await run(
      `UPDATE ${schema}.hosts SET started_at = started_at - ${milliseconds}, beat_at = beat_at - ${milliseconds},
         alive_until = alive_until - ${milliseconds};
       UPDATE ${schema}.sandboxes SET held_since = held_since - ${milliseconds};
       UPDATE ${schema}.turns SET next_at = next_at - ${milliseconds}`,
    );
  },
  cut: endConnections,
  async makeNewer(store: Store, sandboxId: string) {
    await run(`UPDATE ${schemaOf(store)}.sandboxes SET oldest_reader = 99 WHERE id = '${sandboxId}'`);
  },
};

describe.skipIf(skipped)('the PostgreSQL store of several hosts', () => {
  for (const { name, run } of storeConformance(options)) test(name, run);
});

describe.skipIf(skipped)('a fault of the database functions', () => {
  const check = (name: string) => {
    const found = storeConformance({ ...options, open: spoiledOpen }).find((one) => one.name === name);
    if (!found) throw new Error(`The suite does not have the check "${name}".`);
    return found;
  };
  let spoil: (schema: string) => Promise<unknown>;
  const spoiledOpen = async () => {
    const store = await open(newSchema());
    await spoil(schemaOf(store));
    return store;
  };
  const replace = async (schema: string, name: string, from: RegExp, to: string) => {
    const [row] = (await run(
      `SELECT pg_get_functiondef(p.oid) AS text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
       WHERE n.nspname = '${schema}' AND p.proname = '${name}'`,
    )) as { text: string }[];
    const text = row?.text ?? '';
    expect(text).toMatch(from);
    await run(text.replace(from, to));
  };

  test('commits in parallel, with numbers outside the lock, is found', async () => {
    spoil = async (schema) => {
      await run(`CREATE SEQUENCE ${schema}.numbers`);
      // The rows of counts and of the usage would let one commit wait for the other.
      await run(`ALTER TABLE ${schema}.sandboxes DISABLE TRIGGER USER`);
      await replace(schema, 'write_usage', /BEGIN\n/, 'BEGIN RETURN;\n');
      await replace(
        schema,
        'write_history',
        /VALUES \(h->>'policy'\)/,
        "VALUES (h->>'policy') ON CONFLICT (policy) DO UPDATE SET policy = excluded.policy",
      );
      await replace(schema, 'must_be_writer', /PERFORM pg_advisory_xact_lock\(lock_key\);/, '');
      await replace(
        schema,
        'write_batch',
        /RETURN results;/,
        'PERFORM pg_sleep(random() / 50); RETURN results;',
      );
      await replace(
        schema,
        'write_history',
        /UPDATE position SET last = last \+ 1 RETURNING last INTO number;/,
        `number := nextval('${schema}.numbers');`,
      );
    };
    const followers = check(
      'never adds a row before one that a follower has read, while several hosts write',
    );
    // Whether a run reveals it depends on chance.
    let found: unknown;
    for (let tries = 0; found === undefined && tries < 10; tries++)
      found = await followers.run().catch((error: unknown) => error);
    expect(String(found)).toContain('a follower must see each row once, in order');
  });

  test('a lease without fencing is found', async () => {
    spoil = (schema) => replace(schema, 'is_alive', /SELECT EXISTS[\s\S]*?\)\n/, 'SELECT false\n');
    const fenced = check('leaves a sandbox with its living holder, whichever host commits');
    await expect(fenced.run()).rejects.toThrow(/'b'[\s\S]*'a'/);
  });
});

describe.skipIf(skipped)('several servers', () => {
  test('that open a new schema at once prepare it once', async () => {
    const schema = newSchema();
    const stores = await Promise.all(Array.from({ length: 4 }, () => open(schema)));
    const identities = await Promise.all(stores.map((store) => store.identity?.read()));
    expect(new Set(identities.map((identity) => identity?.id)).size).toBe(1);
    await Promise.all(stores.map((store, index) => commitSandbox(store, { id: `s${index}` }, up)));
    expect(await stores[0]?.lastSequence()).toBe(8);
    for (const store of stores) await store.close();
  });

  test('that ask for a turn while another one takes it get none', async () => {
    const schema = newSchema();
    const store = await open(schema);
    expect(await store.shared?.turn('drift', 0)).toBe(true);
    const client = new Client(url);
    await client.connect();
    await client.query(`SET search_path = ${schema}; BEGIN; SELECT * FROM turns FOR UPDATE`);
    const asked = store.shared?.turn('drift', 600_000);
    await expect.poll(() => run('SELECT * FROM pg_locks WHERE NOT granted'), patient).toHaveLength(1);
    await client.query('UPDATE turns SET next_at = now_ms() + 600000; COMMIT');
    expect(await asked).toBe(false);
    await client.end();
    await store.close();
  });

  test('that share a schema, and one that does not, refuse each other', async () => {
    const schema = newSchema();
    const shared = [await open(schema), await open(schema)];
    await expect(postgresStore({ url, schema })).rejects.toThrow('in use by another server');
    for (const store of shared) await store.close();
    const alone = await postgresStore({ url, schema });
    await expect(open(schema)).rejects.toThrow('in use by a server that does not share it');
    await alone.close();
    await (await open(schema)).close();
  });

  test('find each other again after the database has ended all their connections', async () => {
    const schema = newSchema();
    const [a, b] = [await open(schema), await open(schema)];
    const heard: string[] = [];
    a.shared?.onHint((ids) => heard.push(...ids));
    for (let round = 0; round < 3; round++) {
      await endConnections();
      // The history is polled until the connection listens again.
      await commitUntilKept(b, `s${round}`);
      await expect.poll(() => heard, { timeout: 60_000 }).toContain(`s${round}`);
    }
    await expect
      .poll(() => postgresStore({ url, schema }).then(closed, String), { timeout: 60_000 })
      .toMatch('in use by another server');
    await Promise.all([a.close(), b.close()]);
  });

  test('ignore a notification of another program', async () => {
    const schema = newSchema();
    const [a, b] = [await open(schema), await open(schema)];
    const heard: unknown[] = [];
    a.shared?.onHint((ids) => heard.push(...ids));
    for (const text of ['', 'vacuum', 'null', '{"ids":["one"]}', '{"from":"x","ids":[1]}', '{"from":"x"}'])
      await run(`NOTIFY hints_${schema}, '${text}'`);
    await commitUntilKept(b, 's');
    await expect.poll(() => heard, { timeout: 60_000 }).toContain('s');
    expect(new Set(heard)).toEqual(new Set(['s']));
    await Promise.all([a.close(), b.close()]);
  });

  test('hear of a change that no notification carried, when they cannot listen', async () => {
    const schema = newSchema();
    const [a, b] = [await open(schema), await open(schema)];
    const heard: string[] = [];
    a.shared?.onHint((ids) => heard.push(...ids));
    // A pooler accepts LISTEN and delivers nothing: here the connections end again and again.
    let rounds = 0;
    await commitUntilKept(b, 'quiet');
    while (!heard.includes('quiet') && rounds++ < 100) {
      await endConnections();
      await sleep(50);
    }
    expect(heard).toContain('quiet');
    await Promise.all([a.close(), b.close()]);
  });
});

describe.skipIf(skipped)('two hosts on one schema', () => {
  test('leave a record that one of them cannot read to the other', async () => {
    const schema = newSchema();
    const [older, newer] = [await open(schema), await open(schema)];
    await older.shared?.heartbeat('older', 60_000);
    for (const id of ['newer', 'broken', 'ours'])
      await older.commit({ change: creation({ id, name: id }), host: 'older' });
    await run(`UPDATE ${schema}.sandboxes SET oldest_reader = 99 WHERE id = 'newer';
      UPDATE ${schema}.sandboxes SET broken = 'It is damaged.' WHERE id = 'broken'`);
    const beat = await older.shared?.heartbeat('older', 60_000);
    expect([...(beat?.holds.keys() ?? [])]).toEqual(['ours']);
    const rows = await run(`SELECT id, holder FROM ${schema}.sandboxes ORDER BY id`);
    expect(rows).toEqual([
      { id: 'broken', holder: null },
      { id: 'newer', holder: null },
      { id: 'ours', holder: 'older' },
    ]);
    for (const store of [older, newer]) await store.close();
  });

  test('leave the work of a sandbox to its holder, and see the changes of each other', async () => {
    const schema = newSchema();
    const platform = createSharedPlatform(systemClock(), () => 300);
    const hosts: Host[] = [];
    for (const name of ['a', 'b'])
      hosts.push(
        await createHost({ store: await open(schema), driver: platform.driver(name), hostName: name }),
      );
    const [a, b] = hosts as [Host, Host];
    const { sandbox } = await a.create({ namespace: 'default', name: 'ada' });
    const limit = { timeoutMs: 60_000 };
    await b.waitFor('default', sandbox.id, ['running'], limit);
    await b.send('default', 'ada', { type: 'suspend' });
    await a.waitFor('default', sandbox.id, ['suspended'], limit);
    await a.send('default', 'ada', { type: 'resume' });
    await b.send('default', 'ada', { type: 'terminate' });
    await expect
      .poll(async () => (await b.get('default', sandbox.id)).released, { timeout: 60_000 })
      .toBe(true);
    const log = platform.calls.map(({ host, kind }) => `${kind} by ${host}`);
    // The host whose command left the work does it, and a living holder keeps it.
    expect(log).toEqual(['boot by a', 'suspend by b', 'resume by a', 'release by a']);
    expect(platform.sandboxes.size).toBe(0);
    const rows = await b.history('default', sandbox.id);
    expect(rows.map(({ version }) => version)).toEqual(rows.map((_, index) => index + 1));
    for (const host of hosts) await host.close();
  });
});

const closed = (store: Store) => store.close().then(() => 'opened');

/** Commits a sandbox, again when the connection ended before it was kept. */
async function commitUntilKept(store: Store, id: string): Promise<void> {
  for (let tries = 0; tries < 20; tries++) {
    try {
      const change = creation({ id });
      await store.commit({ change });
      await store.commit({ change: step(change.after, up) });
      return;
    } catch (error) {
      if (error instanceof ConflictError) return;
    }
  }
  throw new Error('The commit was never kept.');
}

test.skipIf(skipped)('two hosts count usage and sandboxes together, and delete a namespace', async () => {
  const schema = newSchema();
  const platform = createSharedPlatform(systemClock({ unref: true }), () => 10);
  const hosts = await Promise.all(
    ['a', 'b'].map(async (hostName) =>
      createHost({ store: await open(schema), driver: platform.driver(hostName), hostName }),
    ),
  );
  const [a, b] = hosts as [Host, Host];
  const until = async (isSo: () => Promise<boolean>) => {
    for (let look = 0; !(await isSo()); look++) {
      if (look > 1_200) throw new Error('It is not so after 120 s.');
      await sleep(100);
    }
  };
  for (const [host, name] of [
    [a, 'ada'],
    [b, 'bea'],
  ] as const) {
    const { sandbox } = await host.create({ namespace: 'team', name });
    await host.waitFor('team', sandbox.id, ['running'], { timeoutMs: 120_000 });
  }
  await until(async () => (await a.stats()).store?.sandboxes.running === 2);
  const { items } = await b.usage({ limit: 9 });
  expect(items).toMatchObject([{ namespace: 'team' }]);
  expect(items[0]?.runningMs).toBeGreaterThan(0);
  expect((await a.stats()).store).toMatchObject({ kind: 'postgres', sizeBytes: expect.any(Number) });
  await a.deleteNamespace('team', { actor: 'ada' });
  const creating = b.create({ namespace: 'team', name: 'new' });
  await expect(creating).rejects.toThrow('The namespace team is being deleted');
  await until(async () => (await b.namespaceDeletion('team')) === undefined);
  expect((await b.list({ namespace: 'team', limit: 9 })).items).toEqual([]);
  expect((await a.stats()).store?.sandboxes.terminated).toBe(0);
  expect((await b.usage({ limit: 9 })).items[0]?.runningMs).toBeGreaterThan(0);
  await until(async () => {
    const created = await b.create({ namespace: 'team', name: 'new' }).catch(() => undefined);
    return created !== undefined;
  });
  await Promise.all(hosts.map((host) => host.close()));
});
