import { Client } from 'pg';
import { afterAll, describe, test } from 'vitest';
import { createHost, type Store } from '../../src/server/index.ts';
import { postgresStore } from '../../src/server/store/postgres/index.ts';
import { hostConformance } from '../../src/testing/index.ts';
import { postgresForTests } from '../harness/postgres/server.ts';
import { hostsOn } from '../harness/server/hosts-under-test.ts';

const { url, stop, skipped } = await postgresForTests();
afterAll(stop);

const limitMs = 120_000;
let schemas = 0;
const schemaOf = new WeakMap<Store, string>();

async function open(schema: string, hosts: 'one' | 'many'): Promise<Store> {
  const store = await postgresStore({ url, schema, hosts });
  schemaOf.set(store, schema);
  return store;
}

/** A store in a new schema, which a host opens again after the connections of the earlier one have ended. */
const postgres = (hosts: 'one' | 'many') => ({
  open: () => open(`conformance_${process.pid}_${schemas++}`, hosts),
  async reopen(store: Store) {
    await store.close();
    return open(schemaOf.get(store) ?? '', hosts);
  },
});

describe.skipIf(skipped)('a host on PostgreSQL', () => {
  for (const { name, run } of hostConformance({ ...hostsOn(postgres('one')), limitMs })) test(name, run);
});

describe.skipIf(skipped)('hosts that share a PostgreSQL database', () => {
  const another = (store: Store) => open(schemaOf.get(store) ?? '', 'many');
  // A host that has crashed is replaced after this time. A machine may be too busy for heartbeats of a shorter one.
  const hosts = hostsOn({ ...postgres('many'), another }, (setup, store) =>
    createHost({ ...setup, store, aliveSeconds: 10 }),
  );
  for (const { name, run } of hostConformance({ ...hosts, limitMs, ownTime: timeOfDatabase }))
    test(name, run);
});

/** The time of the database, in epoch ms. */
async function timeOfDatabase(): Promise<number> {
  const client = new Client(url);
  await client.connect();
  try {
    const { rows } = await client.query(
      'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
    );
    return rows[0].now;
  } finally {
    await client.end();
  }
}
