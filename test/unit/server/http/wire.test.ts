import { describe, expect, test } from 'vitest';
import { apiFixture, origin } from '../../../harness/server/api-fixture.ts';
import { hostFixture } from '../../../harness/server/host-fixture.ts';

const host = hostFixture();
const api = apiFixture(host);
const { call, create } = api;

const ids = async (query = '') => {
  const { body } = await call('GET', `/sandboxes${query}`);
  return body.sandboxes.map(({ id }: { id: string }) => id);
};

describe('the list', () => {
  test('shows the sandboxes that have not ended first, on the first page too', async () => {
    const made: string[] = [];
    for (const name of ['one', 'two', 'three', 'four']) {
      made.push(await create({ name }));
      await host.clock.advance(1_000);
    }
    const [one = '', two = '', three = '', four = ''] = made;
    await call('POST', '/sandboxes/one/suspend');
    for (const id of [three, four]) await call('DELETE', `/sandboxes/${id}`);
    expect(await ids()).toEqual([two, one, four, three]);
    expect(await ids('?limit=2')).toEqual([two, one]);
    const { body } = await call('GET', '/sandboxes?limit=3');
    expect(await ids(`?limit=3&cursor=${body.next_cursor}`)).toEqual([three]);
  });

  test('is filtered by name, terminated sandboxes included', async () => {
    const first = await create({ name: 'ada' });
    await call('DELETE', '/sandboxes/ada');
    await host.clock.advance(1_000);
    const second = await create({ name: 'ada' });
    await create({ name: 'adam' });
    expect(await ids('?name=ada')).toEqual([second, first]);
    expect(await ids('?name=ada&status=running')).toEqual([second]);
    expect(await ids('?name=a')).toEqual([]);
  });

  test('is filtered by metadata, by all pairs of a request', async () => {
    const red = await create({ metadata: { team: 'red', url: 'http://a:1/b' } });
    await create({ metadata: { team: 'blue' } });
    expect(await ids('?metadata=team:red')).toEqual([red]);
    expect(await ids('?metadata=team:red&metadata=url:http://a:1/b')).toEqual([red]);
    expect(await ids('?metadata=team:red&metadata=url:http')).toEqual([]);
    expect(await ids('?metadata=team:')).toEqual([]);
    for (const [query, reason] of [
      ['?metadata=team', 'metadata is "team"; use KEY:VALUE.'],
      ['?metadata=:red', /^metadata is ":red"; use KEY:VALUE/],
      ['?metadata=a:1&metadata=a:2', /two values for the key/],
      [`?${'metadata=a:1&'.repeat(17)}`, /repeated 17 times; use it at most 16 times/],
    ] as const) {
      const answer = await call('GET', `/sandboxes${query}`);
      expect(answer.status, query).toBe(400);
      expect(answer.body.replaceAll('"', '')).toMatch(
        typeof reason === 'string'
          ? reason.replaceAll('"', '')
          : new RegExp(reason.source.replaceAll('"', '')),
      );
    }
  });
});

describe('metadata', () => {
  test('is kept, replaced and removed, each change as one configuration', async () => {
    const id = await create({ metadata: { team: 'red' } });
    const info = async () => (await call('GET', `/sandboxes/${id}`)).body;
    expect(await info()).toMatchObject({ metadata: { team: 'red' }, generation: 1 });
    await call('PATCH', `/sandboxes/${id}`, { metadata: { tier: '2' } });
    expect(await info()).toMatchObject({ metadata: { tier: '2' }, generation: 2 });
    expect(await ids('?metadata=team:red')).toEqual([]);
    await call('PATCH', `/sandboxes/${id}`, { metadata: { tier: '2' } });
    expect(await info()).toMatchObject({ generation: 2 });
    await call('PATCH', `/sandboxes/${id}`, { metadata: null, exposed_ports: [80] });
    expect(await info()).toMatchObject({ metadata: {}, exposed_ports: [80], generation: 3 });
    const { body } = await call('GET', `/sandboxes/${id}/history`);
    expect(body.history.map(({ event }: { event: { type: string } }) => event.type).slice(2)).toEqual([
      'configure',
      'configure',
    ]);
  });

  test('is empty unless a request sets it', async () => {
    expect((await call('GET', `/sandboxes/${await create()}`)).body.metadata).toEqual({});
  });

  test.each([
    [{ a: 1 }, /^body\.metadata\.a must be a string/],
    [['a'], /^body\.metadata must be an object of strings/],
    ['a', /^body\.metadata must be an object of strings/],
    [{ 'a:b': 'c' }, /^body\.metadata\.a:b is not a key; use 1 to 63 letters/],
    [{ '': 'c' }, /1 to 63 letters/],
    [{ [`a${'b'.repeat(63)}`]: 'c' }, /1 to 63 letters/],
    [{ a: 'x'.repeat(257) }, /^body\.metadata\.a must have at most 256 characters/],
    [Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`k${index}`, ''])), /at most 64 keys/],
  ])('that is %j is rejected with the path', async (metadata, reason) => {
    for (const [method, path] of [
      ['POST', '/sandboxes'],
      ['PATCH', `/sandboxes/${await create()}`],
    ] as const) {
      const answer = await call(method, path, { metadata });
      expect([answer.status, answer.body]).toEqual([422, expect.stringMatching(reason)]);
    }
  });

  test('with a key that is special in JavaScript is kept or rejected, never dropped', async () => {
    expect((await call('POST', '/sandboxes', '{"metadata":{"__proto__":"x"}}')).status).toBe(422);
    const id = await create({ metadata: { constructor: 'x', toString: 'y' } });
    expect((await call('GET', `/sandboxes/${id}`)).body.metadata).toEqual({
      constructor: 'x',
      toString: 'y',
    });
  });
});

describe('sizes at the creation', () => {
  test.each([
    [{ cpus: 0.1 }, 422, 'body.resources.cpus must be at least 0.125.'],
    [{ cpus: 65 }, 422, 'body.resources.cpus must be at most 64.'],
    [{ memory_mb: 524_289 }, 422, 'body.resources.memory_mb must be at most 524288 (512 GiB).'],
    [{ memory_mb: 1 }, 400, /^resources\.memory_mb is 1, but 1 CPU takes 1024 to 8192 MiB/],
    [{ cpus: 2, memory_mb: 2047 }, 400, /^resources\.memory_mb is 2047, but 2 CPUs take 2048 to 16384 MiB/],
    [{ cpus: 1, memory_mb: 8193 }, 400, /^resources\.memory_mb is 8193/],
    [{ ephemeral_disk_mb: 1 }, 422, 'body.resources.ephemeral_disk_mb must be at least 10240 (10 GiB).'],
    [
      { disk_mb: 10_240, ephemeral_disk_mb: 20_480 },
      400,
      'resources.disk_mb is 10240, but resources.ephemeral_disk_mb, its older name, is 20480; send one of them.',
    ],
    [{ gpus: [{ count: 17, model: 'H100' }] }, 422, 'body.resources.gpus.0.count must be at most 16.'],
    [
      { gpus: Array(9).fill({ count: 1, model: 'a' }) },
      422,
      'body.resources.gpus must have at most 8 items.',
    ],
  ])('%j is rejected with %i and the field', async (resources, status, reason) => {
    const matcher = typeof reason === 'string' ? reason : expect.stringMatching(reason);
    expect(await call('POST', '/sandboxes', { resources })).toMatchObject({ status, body: matcher });
  });

  test.each([
    [{}, { cpus: 1, memory_mb: 1024, disk_mb: 10_240 }],
    [{ cpus: 4 }, { cpus: 4, memory_mb: 4096 }],
    [{ cpus: 0.125 }, { cpus: 0.125, memory_mb: 1024 }],
    [
      { cpus: 0.5, memory_mb: 512 },
      { cpus: 0.5, memory_mb: 512 },
    ],
    [
      { cpus: 64, memory_mb: 524_288 },
      { cpus: 64, memory_mb: 524_288 },
    ],
    [
      { disk_mb: 20_480, ephemeral_disk_mb: 20_480 },
      { disk_mb: 20_480, ephemeral_disk_mb: 20_480 },
    ],
  ])('%j is accepted', async (resources, expected) => {
    const id = await create({ resources });
    expect((await call('GET', `/sandboxes/${id}`)).body.resources).toMatchObject(expected);
  });

  test.each([
    [{ image: 'x'.repeat(513) }, 'body.image must have at most 512 characters.'],
    [{ name: 'x'.repeat(257) }, 'body.name must have at most 256 characters.'],
    [{ snapshot_id: 'x'.repeat(257) }, 'body.snapshot_id must have at most 256 characters.'],
    [{ template_id: 'x'.repeat(257) }, 'body.template_id must have at most 256 characters.'],
    [{ entrypoint: Array(1025).fill('a') }, 'body.entrypoint must have at most 1024 items.'],
    [{ entrypoint: ['x'.repeat(32_769)] }, 'body.entrypoint.0 must have at most 32768 characters.'],
    [{ secret_names: Array(129).fill('a') }, 'body.secret_names must have at most 128 items.'],
    [{ exposed_ports: Array(129).fill(80) }, 'body.exposed_ports must have at most 128 items.'],
    [{ network: { allow_out: Array(257).fill('a') } }, 'body.network.allow_out must have at most 256 items.'],
    [
      { network: { deny_out: ['x'.repeat(257)] } },
      'body.network.deny_out.0 must have at most 256 characters.',
    ],
    [{ resources: { gpus: [{ count: 1, model: 'x'.repeat(65) }] } }, /model must have at most 64 characters/],
  ])('text %# that is too long is rejected with the field', async (body, reason) => {
    const matcher = typeof reason === 'string' ? reason : expect.stringMatching(reason);
    expect(await call('POST', '/sandboxes', body)).toMatchObject({ status: 422, body: matcher });
  });
});

describe('a known field that cannot be honoured', () => {
  test.each([
    [{ file_systems: [{ file_system_id: 'a', mount_path: '/a' }] }, /^body\.file_systems is not supported/],
    [{ volumes: { a: '/a' } }, /^body\.volumes is not supported/],
    [{ env: { KEY: 'secret' } }, /^body\.env is not supported/],
    [{ status: 'running' }, /^body\.status cannot be set by a create request/],
    [{ pool_id: 'p' }, /^body\.pool_id cannot be set/],
    [{ network_policy: {} }, /^body\.network_policy .* send it as network\./],
  ])('is 400 in a create request: %j', async (body, reason) => {
    expect(await call('POST', '/sandboxes', body)).toMatchObject({
      status: 400,
      body: expect.stringMatching(reason),
    });
    expect(await ids()).toEqual([]);
  });

  test.each([
    [{ resources: { cpus: 2 } }, /^body\.resources is fixed at the creation/],
    [{ image: 'debian', name: 'ada' }, /^body\.image is fixed/],
    [{ secret_names: ['a'] }, /^body\.secret_names is fixed/],
    [{ snapshot_id: 'a' }, /^body\.snapshot_id is fixed/],
    [{ expires_at: 5 }, /^body\.expires_at cannot be changed/],
    [{ file_systems: ['a'] }, /^body\.file_systems is not supported/],
    [{ allow_unauthenticated_proxy_access: true }, /send it as allow_unauthenticated_access/],
  ])('is 400 in a PATCH: %j', async (body, reason) => {
    const id = await create();
    expect(await call('PATCH', `/sandboxes/${id}`, body)).toMatchObject({
      status: 400,
      body: expect.stringMatching(reason),
    });
    expect((await call('GET', `/sandboxes/${id}`)).body).toMatchObject({ version: 2, name: null });
  });

  test('is accepted when it asks for nothing, and an unknown one is ignored', async () => {
    await create({ file_systems: [], volumes: null, future_field: 5 });
  });
});

describe('what official clients ask for beside sandboxes', () => {
  test('is answered without tokens', async () => {
    expect(await call('POST', '/platform/v1/keys/introspect')).toMatchObject({
      status: 200,
      body: { id: 'key_local', organizationId: 'sandbox-lifecycle', projectId: 'default' },
    });
  });

  test('is answered by the token, and needs one when there are any', async () => {
    const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'; // of "abc"
    api.use({ tokens: [{ sha256, namespace: 'team' }] });
    expect((await call('POST', '/platform/v1/keys/introspect')).status).toBe(401);
    const answer = await call('POST', '/platform/v1/keys/introspect', undefined, {
      authorization: 'Bearer abc',
    });
    expect(answer.body).toEqual({
      id: `key_${sha256.slice(0, 20)}`,
      organizationId: 'sandbox-lifecycle',
      projectId: 'team',
      scopes: ['read', 'write'],
      expiresAt: null,
    });
  });

  test('finds no archived sandbox', async () => {
    const id = await create();
    const empty = { sandboxes: [], prev_cursor: null, next_cursor: null };
    for (const root of ['', '/v1/namespaces/default']) {
      expect((await call('GET', `${root}/archived-sandboxes?limit=10`)).body).toEqual(empty);
      expect((await call('GET', `${root}/archived-sandboxes/${id}`)).status).toBe(404);
    }
  });

  test.each([
    ['POST', '/sandbox-pools'],
    ['GET', '/sandbox-pools'],
    ['PUT', '/v1/namespaces/default/sandbox-pools/p'],
    ['POST', '/v1/namespaces/default/sandbox-pools/p/sandboxes'],
    ['POST', '/sandboxes/ada/copy?times=2'],
    ['POST', '/v1/namespaces/default/sandbox/ada/copy?times=2'],
    ['GET', '/sandboxes/ada/api/v1/health'],
    ['POST', '/api/v1/processes'],
    ['POST', '/v1/namespaces/default/sandboxes/ada/file_systems'],
    ['GET', '/sandbox-templates'],
    ['GET', '/platform/v1/organizations/o/projects/p/sandbox-templates'],
  ])('%s %s is 501 with a sentence', async (method, path) => {
    const answer = await call(method, path);
    expect([answer.status, answer.body]).toEqual([501, expect.stringMatching(/^This server .*\.$/)]);
  });

  test('an address of a process by a host name or a header is 501', async () => {
    const id = await create();
    const byHost = await api.api(new Request(`http://${id}.local/processes`));
    expect([byHost.status, await byHost.text()]).toEqual([501, expect.stringMatching(/processes/)]);
    const byHeader = await api.api(
      new Request(`${origin}/files/list`, { headers: { 'x-tensorlake-sandbox-id': id } }),
    );
    expect(byHeader.status).toBe(501);
    // Other names that end in .local are hosts of a network.
    expect((await api.api(new Request('http://server.local/sandboxes'))).status).toBe(403);
  });
});

test('snapshots are listed in pages', async () => {
  const id = await create();
  const taken: string[] = [];
  for (let count = 0; count < 3; count++) {
    taken.unshift((await call('POST', `/sandboxes/${id}/snapshot`)).body.snapshot_id);
    await host.clock.advance(1_000);
  }
  const page = async (query: string) => {
    const { body } = await call('GET', `/snapshots${query}`);
    return { ids: body.snapshots.map(({ id: each }: { id: string }) => each), body };
  };
  const first = await page('?limit=2');
  expect(first.ids).toEqual(taken.slice(0, 2));
  const second = await page(`?limit=2&cursor=${first.body.next_cursor}`);
  expect([second.ids, second.body.next_cursor]).toEqual([taken.slice(2), null]);
  expect((await page(`?cursor=${second.body.prev_cursor}&direction=backward`)).ids).toEqual(
    taken.slice(0, 2),
  );
  expect((await page('')).ids).toEqual(taken);
  expect((await call('GET', '/snapshots?cursor=x')).status).toBe(400);
});
