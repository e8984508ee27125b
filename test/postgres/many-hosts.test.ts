import { Client } from 'pg';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { createHost, type Host } from '../../src/server/index.ts';
import { postgresStore } from '../../src/server/store/postgres/index.ts';
import { systemClock } from '../../src/utils/clock.ts';
import { postgresForTests } from '../harness/postgres/server.ts';
import { patient } from '../harness/shared/patient.ts';
import { createSharedPlatform } from '../harness/simulation/hosts/shared-platform.ts';

const { url, stop, skipped } = await postgresForTests();
afterAll(stop);

const namespace = 'default';
const limit = { timeoutMs: patient.timeout };

/** Starts hosts on one schema and one platform. */
async function startHosts(schema: string, names: readonly string[]): Promise<Host[]> {
  const platform = createSharedPlatform(systemClock(), () => 1);
  return Promise.all(
    names.map(async (name) =>
      createHost({
        store: await postgresStore({ url, schema, hosts: 'many' }),
        driver: platform.driver(name),
        hostName: name,
      }),
    ),
  );
}

describe.skipIf(skipped)('four hosts', () => {
  test('apply every one of 100 renames of one sandbox at once', async () => {
    const hosts = await startHosts('renames', ['a', 'b', 'c', 'd']);
    const { sandbox } = await (hosts[0] as Host).create({ namespace, name: 'first' });
    await hosts[0]?.waitFor(namespace, sandbox.id, ['running'], limit);
    const results = await Promise.all(
      hosts.flatMap((host, index) =>
        Array.from({ length: 25 }, (_, n) =>
          host.send(namespace, sandbox.id, { type: 'rename', name: `n${index}-${n}` }),
        ),
      ),
    );
    expect(results.map(({ result }) => result.outcome)).toEqual(Array(100).fill('applied'));
    const rows = await (hosts[3] as Host).history(namespace, sandbox.id, { limit: 1_000 });
    const named = rows.flatMap(({ event }) => (event.type === 'rename' ? [event.name] : []));
    expect(new Set(named).size).toBe(100);
    await Promise.all(hosts.map((host) => host.close()));
  });
});

describe.skipIf(skipped)('two hosts', () => {
  test('read no more for 1,000 watchers than for one', async () => {
    const [a, b] = (await startHosts('watchers', ['a', 'b'])) as [Host, Host];
    const { sandbox } = await a.create({ namespace, name: 'first' });
    await b.waitFor(namespace, sandbox.id, ['running'], limit);
    const ends = new AbortController();
    let received = 0;
    const watching = Array.from({ length: 1_000 }, async (_, n) => {
      for await (const { event } of (n % 2 === 0 ? a : b).watch({ namespace, signal: ends.signal }))
        if (event.type === 'rename') received++;
    });
    const queries: string[] = [];
    const original = Client.prototype.query;
    const query = vi.spyOn(Client.prototype, 'query').mockImplementation(function (
      this: Client,
      ...args: unknown[]
    ) {
      queries.push(String(args[0]));
      return Reflect.apply(original, this, args);
    } as never);
    const commits = 20;
    for (let n = 1; n <= commits; n++) {
      await (n % 2 === 0 ? a : b).send(namespace, sandbox.id, { type: 'rename', name: `n${n}` });
      await expect.poll(() => received, patient).toBe(n * 1_000);
    }
    query.mockRestore();
    const reads = queries.filter((text) => /FROM history/.test(text));
    // Each host reads a change once, and a few times more while its watchers begin.
    expect(reads.length).toBeGreaterThanOrEqual(commits);
    expect(reads.length).toBeLessThanOrEqual(commits * 2 + 4);
    ends.abort();
    await Promise.allSettled(watching);
    await Promise.all([a.close(), b.close()]);
  });
});
