import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mostConfigurationBytes } from '../../../../src/server/commands/bounds.ts';
import { createHost, type Host, RuleError, type Store } from '../../../../src/server/index.ts';
import { memoryStore } from '../../../../src/server/store/memory.ts';
import { apiFixture } from '../../../harness/server/api-fixture.ts';
import { fakeDriver } from '../../../harness/server/fake-driver.ts';
import { hostFixture, namespace } from '../../../harness/server/host-fixture.ts';
import { virtualClock } from '../../../harness/server/virtual-clock.ts';

const on = hostFixture();
const api = apiFixture(on);

/** The bytes of JSON of everything that a store keeps of its sandboxes and their history. */
async function storedBytes(store: Store): Promise<number> {
  const rows = await store.history({ after: 0, limit: 1e6 });
  const { items } = await store.list({ namespace, limit: 1e6 });
  return JSON.stringify(rows).length + JSON.stringify(items).length;
}

const wide = (bytes: number) => ({ entrypoint: ['x'.repeat(bytes)] });

describe('the configuration of a sandbox', () => {
  test('of 1 MiB is refused by the API, 600 times, and the store keeps nothing', async () => {
    const parts = Array.from({ length: 31 }, () => 'x'.repeat(32_768));
    const before = await storedBytes(on.store);
    for (let count = 0; count < 600; count++) {
      const body = count % 2 ? { entrypoint: parts } : { entrypoint: [...parts, 'x'.repeat(40_000)] };
      expect([400, 413, 422]).toContain((await api.call('POST', '/sandboxes', body)).status);
    }
    expect(await storedBytes(on.store)).toBe(before);
  });

  test('has at most 64 KiB of JSON, all parts together', async () => {
    const { sandbox } = await on.host.create({ namespace, configuration: wide(60_000) });
    await expect(on.host.create({ namespace, configuration: wide(mostConfigurationBytes) })).rejects.toThrow(
      new RuleError(
        'The configuration of the sandbox is larger than 64 KiB of JSON; shorten its entrypoint, network, secret names or metadata, and keep large data in a file or a secret.',
      ),
    );
    const network = { allowInternetAccess: true, denyOut: [], allowOut: ['x'.repeat(10_000)] };
    const before = await on.host.get(namespace, sandbox.id);
    const update = on.host.update(namespace, sandbox.id, { configuration: { network } });
    await expect(update).rejects.toThrow(RuleError);
    const sent = on.host.send(namespace, sandbox.id, { type: 'configure', configuration: { network } });
    await expect(sent).rejects.toThrow(RuleError);
    expect(await on.host.get(namespace, sandbox.id)).toEqual(before);
  });

  test('counts bytes, not characters', async () => {
    const configuration = { entrypoint: ['\u20ac'.repeat(mostConfigurationBytes / 3)] };
    await expect(on.host.create({ namespace, configuration })).rejects.toThrow(RuleError);
  });

  test.each([
    [
      Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`k${at}`, 'v'])),
      /has 65 keys; use at most 64/,
    ],
    [{ ['k'.repeat(64)]: 'v' }, /^The metadata key "k+" is too long; use at most 63/],
    [{ k: 'v'.repeat(257) }, /^The metadata value of "k" is too long; use at most 256/],
  ])('has metadata within its bounds (%#)', async (metadata, sentence) => {
    await expect(on.host.create({ namespace, configuration: { metadata } })).rejects.toThrow(sentence);
    const { id } = await on.running('ada');
    const update = on.host.update(namespace, id, { configuration: { metadata } });
    await expect(update).rejects.toThrow(sentence);
  });
});

describe('a text that the store would keep', () => {
  const long = 'x'.repeat(257);
  test.each([
    ['namespace', (host: Host) => host.create({ namespace: long })],
    ['name', (host: Host) => host.create({ namespace, name: long })],
    ['name', (host: Host, id: string) => host.update(namespace, id, { name: long })],
    ['name', (host: Host, id: string) => host.send(namespace, id, { type: 'rename', name: long })],
    ['idempotency key', (host: Host) => host.create({ namespace }, { idempotencyKey: long })],
    ['idempotency key', (host: Host) => host.deleteSnapshot(namespace, 's', { idempotencyKey: long })],
    ['actor', (host: Host, id: string) => host.send(namespace, id, { type: 'suspend' }, { actor: long })],
    ['cause', (host: Host, id: string) => host.update(namespace, id, { name: 'b' }, { cause: long })],
  ] as const)('has at most 256 bytes: a longer %s is refused (%#)', async (what, act) => {
    const { id } = await on.running('ada');
    const before = await storedBytes(on.store);
    await expect(act(on.host, id)).rejects.toThrow(new RegExp(`^The ${what} "x+…" is too long`));
    expect(await storedBytes(on.store)).toBe(before);
  });
});

describe('a page', () => {
  test('of large sandboxes ends early, and the pages together have all of them', async () => {
    const many = 100;
    for (let count = 0; count < many; count++)
      await on.host.create({ namespace, configuration: wide(60_000) });
    const found = new Set<string>();
    let pages = 0;
    let cursor = '';
    do {
      const { body } = await api.call('GET', `/sandboxes?limit=1000&cursor=${cursor}`);
      expect(JSON.stringify(body).length).toBeLessThan(6 * 1024 * 1024);
      for (const { id } of body.sandboxes) found.add(id);
      cursor = body.next_cursor;
      pages += 1;
    } while (cursor);
    expect([found.size, pages]).toEqual([many, 2]);
  });

  test('of a long history ends early too', async () => {
    const { id } = await on.running('ada');
    const rows = await on.host.history(namespace, id);
    const large = { ...rows[1], cause: 'x'.repeat(1024 * 1024) };
    const historyItems = async () => [2, 3, 4, 5, 6].map((version) => ({ ...large, version }));
    Object.assign(on.host, { historyItems });
    const { body } = await api.call('GET', `/sandboxes/${id}/history?limit=5`);
    expect([body.history.length, body.next_after]).toEqual([1, 2]);
  });
});

describe('the response that the store keeps under an idempotency key', () => {
  let host: Host;
  let store: Store;
  let kept: number[];

  beforeEach(async () => {
    store = memoryStore();
    kept = [];
    const counted: Store = {
      ...store,
      commit(commit) {
        if (commit.response) kept.push(JSON.stringify(commit.response.result).length);
        return store.commit(commit);
      },
    };
    host = await createHost({ store: counted, driver: fakeDriver(), clock: virtualClock() });
  });
  afterEach(() => host.close());

  test('is a version and an outcome, however large the configuration is', async () => {
    const create = await host.create(
      { namespace, name: 'ada', configuration: wide(60_000) },
      { idempotencyKey: 'c' },
    );
    const { id } = create.sandbox;
    for (let count = 0; count < 100; count++) {
      await host.send(namespace, id, { type: 'keepalive' }, { idempotencyKey: `s${count}` });
      await host.update(namespace, id, { name: `a${count}` }, { idempotencyKey: `u${count}` });
    }
    expect(kept).toHaveLength(201);
    expect(Math.max(...kept)).toBeLessThan(1_024);
  });

  test('of an update is the sandbox as it is now, when its configuration has changed since', async () => {
    await host.create({ namespace, name: 'ada' });
    const first = { configuration: { metadata: { team: 'red' } } };
    const then = await host.update(namespace, 'ada', first, { idempotencyKey: 'k' });
    await host.update(namespace, 'ada', { name: 'eve' });
    expect(await host.update(namespace, 'ada', first, { idempotencyKey: 'k' })).toEqual(then);
    const now = await host.update(namespace, 'eve', { configuration: { metadata: { team: 'blue' } } });
    expect(await host.update(namespace, 'ada', first, { idempotencyKey: 'k' })).toEqual(now);
  });

  test('has the record as it is now, when the history of its version was deleted', async () => {
    const created = await host.create({ namespace, name: 'ada' }, { idempotencyKey: 'k' });
    const renamed = await host.send(
      namespace,
      'ada',
      { type: 'rename', name: 'eve' },
      { idempotencyKey: 'r' },
    );
    Object.assign(store, { history: async () => [] });
    const again = await createHost({ store: { ...store }, driver: fakeDriver(), clock: virtualClock() });
    const now = await again.get(namespace, created.sandbox.id);
    const repeated = await again.create({ namespace, name: 'ada' }, { idempotencyKey: 'k' });
    expect(repeated.sandbox).toEqual(now.sandbox);
    const resent = await again.send(
      namespace,
      'ada',
      { type: 'rename', name: 'eve' },
      { idempotencyKey: 'r' },
    );
    expect(resent.result.outcome).toBe(renamed.result.outcome);
    expect(resent.entry.sandbox.name).toBe('eve');
    await again.close();
  });
});
