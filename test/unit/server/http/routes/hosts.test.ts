import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createHostsCommand, type HostsOptions } from '../../../../../src/cli/hosts/command.ts';
import { hosts } from '../../../../../src/cli/hosts/hosts.ts';
import { createApi, createHost, type Host, parseTokens } from '../../../../../src/server/index.ts';
import { sharedMemoryStore } from '../../../../../src/server/store/memory/shared-memory.ts';
import { apiFixture, origin } from '../../../../harness/server/api-fixture.ts';
import { fakeDriver, hang } from '../../../../harness/server/fake-driver.ts';
import { hostFixture } from '../../../../harness/server/host-fixture.ts';
import { virtualClock } from '../../../../harness/server/virtual-clock.ts';

const namespace = 'default';

/** Two hosts, `a` and `b`, on one store, and an API on `a`. Operations of the platform do not end. */
async function twoHosts() {
  const clock = virtualClock();
  const store = sharedMemoryStore({ clock });
  const start = async (hostName: string) => {
    const driver = fakeDriver();
    driver.script('boot', hang);
    const starting = createHost({
      ...{ store: store.another(), clock, hostName, random: () => 0 },
      driver: { ...driver, reach: 'everywhere' },
    });
    await clock.settle();
    return starting;
  };
  const [a, b] = [await start('a'), await start('b')];
  const api = createApi(a, { clock });
  const get = async (path: string) => {
    const response = await api(new Request(origin + path));
    const text = await response.text();
    return { status: response.status, body: response.ok ? JSON.parse(text) : text };
  };
  return { clock, store, a, b, api, get };
}

const createIn = async (host: Host, name: string) => (await host.create({ namespace, name })).sandbox.id;

/** Runs something with an API in the place of the network. */
async function withFetch<Result>(
  api: (request: Request) => Response | Promise<Response>,
  act: () => Promise<Result>,
): Promise<Result> {
  const real = globalThis.fetch;
  globalThis.fetch = async (input, init) => api(new Request(input, init));
  try {
    return await act();
  } finally {
    globalThis.fetch = real;
  }
}

describe('GET /hosts', () => {
  test('lists the hosts in pages: who is alive, since when, and how much each holds', async () => {
    const { clock, store, a, b, get } = await twoHosts();
    const begin = clock.now();
    await createIn(a, 'one');
    await createIn(a, 'two');
    await createIn(b, 'three');
    await store.shared.heartbeat('c', 5_000);
    await clock.advance(9_000);
    const now = clock.now();
    const [started_at, last_heartbeat_at] = [begin, now];
    const common = { alive: true, started_at, last_heartbeat_at, alive_until: now + 15_000 };
    expect((await get('/hosts?limit=2')).body).toEqual({
      ...{ shared: true, responding: 'a', now, living: 2 },
      hosts: [
        { name: 'a', ...common, held: 2 },
        { name: 'b', ...common, held: 1 },
      ],
      next_cursor: 'b',
    });
    expect((await get('/hosts?limit=2&cursor=b')).body).toMatchObject({
      hosts: [{ name: 'c', alive: false, last_heartbeat_at: begin, held: 0 }],
      next_cursor: null,
    });
    expect((await get('/hosts?limit=1001')).status).toBe(400);
  });

  test('lists what each host holds in pages, and since when', async () => {
    const { clock, a, get } = await twoHosts();
    const ids = [await createIn(a, 'one')];
    const begin = clock.now();
    await clock.advance(3_000);
    ids.push(await createIn(a, 'two'));
    const heldSince = new Map([
      [ids[0], begin],
      [ids[1], clock.now()],
    ]);
    const [first = '', second = ''] = [...ids].sort();
    const rowOf = (id: string) => ({ sandbox_id: id, namespace, held_since: heldSince.get(id) });
    expect((await get('/hosts/a/sandboxes?limit=1')).body).toEqual({
      ...{ host: 'a', sandboxes: [rowOf(first)], next_cursor: first },
    });
    expect((await get(`/hosts/a/sandboxes?limit=1&cursor=${first}`)).body).toEqual({
      ...{ host: 'a', sandboxes: [rowOf(second)], next_cursor: null },
    });
    expect((await get('/hosts/b/sandboxes')).body).toEqual({ host: 'b', sandboxes: [], next_cursor: null });
    expect(await get('/hosts/d/sandboxes')).toEqual({
      status: 404,
      body: 'The host "d" is not one of this store; it may have left. List the hosts again.',
    });
  });
});

describe('GET /sandboxes/{id}/holder', () => {
  test('names the host that holds a sandbox while it has work', async () => {
    const { clock, a, b, get } = await twoHosts();
    const id = await createIn(b, 'one');
    const since = clock.now();
    await clock.advance(2_000);
    for (const path of ['/sandboxes/one/holder', `/v1/namespaces/default/sandboxes/${id}/holder`])
      expect((await get(path)).body).toEqual({ shared: true, living: 2, host: 'b', held_since: since });
    await a.send(namespace, id, { type: 'terminate' });
    await clock.advance(4_000);
    expect((await get(`/sandboxes/${id}/holder`)).body).toMatchObject({ host: null, held_since: null });
    expect((await get('/sandboxes/unknown/holder')).status).toBe(404);
  });
});

describe('GET /hosts on a store of one process', () => {
  const on = hostFixture({ hostName: 'alone' });
  const { call, use } = apiFixture(on);

  test('lists the one host, and says so', async () => {
    on.driver.script('boot', hang);
    const begin = on.clock.now();
    await on.clock.advance(12_000);
    const { sandbox } = await on.host.create({ namespace, name: 'ada' });
    await on.clock.settle();
    const now = on.clock.now();
    expect((await call('GET', '/hosts')).body).toEqual({
      ...{ shared: false, responding: 'alone', now, living: 1 },
      hosts: [
        {
          ...{ name: 'alone', alive: true, started_at: begin, alive_until: null, held: 1 },
          last_heartbeat_at: expect.any(Number),
        },
      ],
      next_cursor: null,
    });
    expect((await call('GET', '/hosts?cursor=alone')).body).toMatchObject({ hosts: [] });
    expect((await call('GET', '/hosts/alone/sandboxes')).body).toEqual({
      host: 'alone',
      sandboxes: [{ sandbox_id: sandbox.id, namespace, held_since: begin }],
      next_cursor: null,
    });
    expect((await call('GET', '/sandboxes/ada/holder')).body).toEqual({
      ...{ shared: false, living: 1, host: null, held_since: null },
    });
    const unknown = await call('GET', '/hosts/other/sandboxes');
    expect(unknown.status).toBe(404);
    expect(unknown.headers.get('x-error-code')).toBe('host_not_found');
  });

  test('is for operators', async () => {
    const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
    use({ tokens: parseTokens(`${hashOf('team')} default ada\n${hashOf('operator')} * grace`) });
    for (const path of ['/hosts', '/hosts/alone/sandboxes']) {
      const statusFor = async (headers?: Record<string, string>) =>
        (await call('GET', path, undefined, headers)).status;
      expect(await statusFor()).toBe(401);
      expect(await statusFor({ authorization: 'Bearer team' })).toBe(403);
      expect(await statusFor({ authorization: 'Bearer operator' })).toBe(200);
    }
  });
});

describe('the name of a host', () => {
  test.each(['', 'a b', 'a\n', 'é', 'a'.repeat(129)])('%j is refused', async (hostName) => {
    const store = sharedMemoryStore();
    const creating = createHost({ store, driver: { ...fakeDriver(), reach: 'everywhere' }, hostName });
    await expect(creating).rejects.toThrow(/The name of a host is .*use 1 to 128 letters/);
  });
});

describe('the command hosts', () => {
  test('prints the hosts, and with --sandboxes what each holds', async () => {
    const { clock, store, a, api } = await twoHosts();
    await store.shared.heartbeat('c', 1_000);
    const id = await createIn(a, 'one');
    await clock.advance(3_000);
    const started = new Date(clock.now() - 3_000).toISOString();
    const lines = [
      '2 hosts are alive:',
      `a (responds)  alive  started ${started}  last heartbeat 0.0 s ago  holds 1`,
      `b  alive  started ${started}  last heartbeat 0.0 s ago  holds 0`,
      `c  ended  started ${started}  last heartbeat 3.0 s ago  holds 0`,
    ];
    const print = (options: Partial<HostsOptions>) =>
      withFetch(api, () => hosts({ url: origin, ...options }));
    expect(await print({})).toBe(`${lines.join('\n')}\n`);
    lines.splice(2, 0, `  ${id}  namespace default  for 3.0 s`);
    expect(await print({ sandboxes: true })).toBe(`${lines.join('\n')}\n`);
  });

  test('takes the URL as an argument or as --url', () => {
    const given: HostsOptions[] = [];
    const parse = (...args: string[]) =>
      createHostsCommand((options) => void given.push(options)).parse(args, { from: 'user' });
    parse();
    parse('http://one.example');
    parse('--url', 'http://two.example', '--sandboxes', '--token-file', 'operator');
    expect(given).toEqual([
      { url: 'http://127.0.0.1:8080' },
      { url: 'http://one.example' },
      { url: 'http://two.example', sandboxes: true, tokenFile: 'operator' },
    ]);
    expect(() => parse('nonsense')).toThrow(/Use an http or https URL/);
  });
});
