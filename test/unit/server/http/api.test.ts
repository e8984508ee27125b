import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type ApiOptions,
  createApi,
  createHost,
  DriverError,
  type Host,
  parseTokens,
} from '../../../../src/server/index.ts';
import { memoryStore } from '../../../../src/server/store/memory.ts';
import { type FakeDriver, fail, fakeDriver, hang } from '../../../harness/server/fake-driver.ts';
import { expectDocumented } from '../../../harness/server/openapi.ts';
import { type VirtualClock, virtualClock } from '../../../harness/server/virtual-clock.ts';

let clock: VirtualClock;
let driver: FakeDriver;
let host: Host;
let api: ReturnType<typeof createApi>;

beforeEach(async () => {
  clock = virtualClock(1_700_000_000_000);
  driver = fakeDriver();
  host = await createHost({ store: memoryStore(), driver, clock });
  api = createApi(host, { clock });
});
afterEach(() => host.close());

const matching = (message: string | RegExp) =>
  typeof message === 'string' ? message : expect.stringMatching(message);
const origin = 'http://127.0.0.1:8080';

/** Sends a request. Returns the status and the body of the response, parsed if it is JSON. */
async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await api(
    new Request(origin + path, { method, headers, ...(text !== undefined && { body: text }) }),
  );
  await clock.settle();
  const answer = await response.text();
  expectDocumented(method, origin + path, response, answer);
  const isJson = response.headers.get('content-type')?.includes('json');
  return { status: response.status, body: isJson ? JSON.parse(answer) : answer };
}

async function create(body: object = {}): Promise<string> {
  const answer = await call('POST', '/sandboxes', body);
  expect(answer.status).toBe(200);
  return answer.body.sandbox_id;
}

describe('create', () => {
  test('responds as the Tensorlake documentation shows', async () => {
    driver.script('boot', hang);
    expect(
      await call('POST', '/sandboxes', { name: 'my-env', resources: { cpus: 1.0, memory_mb: 1024 } }),
    ).toEqual({
      status: 200,
      body: {
        sandbox_id: expect.stringMatching(/^[0-9a-z]{21}$/),
        status: 'pending',
        name: 'my-env',
        pending_reason: 'scheduling',
      },
    });
  });

  test('stores the fields of the request', async () => {
    const id = await create({
      image: 'ubuntu',
      resources: { cpus: 2, memory_mb: 4096, disk_mb: 20_480, gpus: [{ count: 1, model: 'H100' }] },
      secret_names: ['KEY'],
      timeout_secs: 300,
      entrypoint: ['sleep', '60'],
      network: { allow_internet_access: false, allow_out: ['10.0.0.0/8'] },
      allow_unauthenticated_proxy_access: true,
      exposed_ports: [3000],
      template_id: 'template',
      unknown_field: 'is ignored',
    });
    const network = { allow_internet_access: false, allow_out: ['10.0.0.0/8'], deny_out: [] };
    expect((await call('GET', `/sandboxes/${id}`)).body).toMatchObject({
      id,
      namespace: 'default',
      name: null,
      status: 'running',
      image: 'ubuntu',
      resources: {
        cpus: 2,
        memory_mb: 4096,
        disk_mb: 20_480,
        ephemeral_disk_mb: 20_480,
        gpus: [{ count: 1, model: 'H100' }],
      },
      secret_names: ['KEY'],
      timeout_secs: 300,
      entrypoint: ['sleep', '60'],
      network,
      network_policy: network,
      allow_unauthenticated_access: true,
      exposed_ports: [3000],
      template_id: 'template',
      sandbox_url: `${origin}/v1/namespaces/default/sandboxes/${id}`,
      outcome: null,
      created_at: 1_700_000_000_000,
      terminated_at: null,
      expires_at: 1_700_000_300_000,
      version: 2,
    });
  });

  test.each([
    ['{', 400, 'The body is not JSON.'],
    ['', 400, 'The body is not JSON.'],
    ['[]', 422, 'body must be of type object.'],
    [{ name: '' }, 400, /^The name "" is not valid; use 1 to 63 lowercase letters/],
    [{ name: 'Ada' }, 400, /^The name "Ada" is not valid/],
    [{ name: 'a'.repeat(64) }, 400, /is not valid/],
    [{ name: 'ada-' }, 400, /is not valid/],
    [{ name: 5 }, 422, 'body.name must be a string.'],
    [{ timeout_secs: -1 }, 422, 'body.timeout_secs must be 0 or more.'],
    [{ timeout_secs: 1.5 }, 422, 'body.timeout_secs must be a whole number of seconds.'],
    [{ timeout_secs: '60' }, 422, 'body.timeout_secs must be a whole number of seconds.'],
    [{ timeout_secs: 2 ** 53 }, 422, 'body.timeout_secs must be a whole number of seconds.'],
    [
      { timeout_secs: 2 ** 52 },
      400,
      /^timeout_secs is 4503599627370496, above the 367199254740 seconds that can be counted/,
    ],
    [{ resources: { cpus: 0 } }, 422, 'body.resources.cpus must be at least 0.125.'],
    [{ resources: { disk_mb: 1 } }, 422, 'body.resources.disk_mb must be at least 10240 (10 GiB).'],
    [{ exposed_ports: [70_000] }, 422, 'body.exposed_ports.0 must be at most 65535.'],
    [{ exposed_ports: [9501] }, 400, 'Port 9501 is the management port and cannot be exposed; leave it out.'],
    [{ entrypoint: 'sleep' }, 422, 'body.entrypoint must be an array of strings.'],
    [{ snapshot_id: '' }, 404, 'The snapshot "" does not exist in this namespace.'],
    [{ snapshot_id: 'none' }, 404, 'The snapshot "none" does not exist in this namespace.'],
  ])('rejects %j with %i and a reason', async (body, status, message) => {
    expect(await call('POST', '/sandboxes', body)).toEqual({ status, body: matching(message) });
    expect((await call('GET', '/sandboxes')).body.sandboxes).toEqual([]);
  });

  test('accepts a timeout of 2^31 seconds and of 300 years', async () => {
    for (const timeout_secs of [2 ** 31, 300 * 365 * 86_400]) {
      const id = await create({ timeout_secs });
      expect((await call('GET', `/sandboxes/${id}`)).body.timeout_secs).toBe(timeout_secs);
    }
  });

  test('rejects a name in use with 409', async () => {
    await create({ name: 'ada' });
    expect(await call('POST', '/sandboxes', { name: 'ada' })).toEqual({
      status: 409,
      body: 'The name "ada" is taken by another sandbox; choose another, or terminate that one first.',
    });
  });
});

describe('a sandbox', () => {
  test('goes through its whole lifecycle, by id or by name', async () => {
    const id = await create({ name: 'ada' });
    expect((await call('POST', '/sandboxes/ada/suspend')).status).toBe(202);
    expect((await call('POST', `/sandboxes/${id}/suspend`)).status).toBe(200);
    expect((await call('GET', '/sandboxes/ada')).body.status).toBe('suspended');
    expect((await call('POST', '/sandboxes/ada/resume')).status).toBe(202);
    expect((await call('POST', '/sandboxes/ada/resume')).status).toBe(200);
    expect(await call('DELETE', '/sandboxes/ada')).toEqual({ status: 200, body: '' });
    expect(await call('DELETE', `/sandboxes/${id}`)).toEqual({ status: 200, body: '' });
    expect((await call('DELETE', '/sandboxes/ada')).status).toBe(404);
    expect((await call('GET', `/sandboxes/${id}`)).body).toMatchObject({
      status: 'terminated',
      outcome: 'Success(UserTerminated)',
      termination_reason: 'UserTerminated',
      terminated_at: 1_700_000_000_000,
      sandbox_url: null,
    });
  });

  test('responds with 202 also while a suspend or resume is in progress', async () => {
    await create({ name: 'ada' });
    driver.script('suspend', hang);
    expect((await call('POST', '/sandboxes/ada/suspend')).status).toBe(202);
    expect((await call('POST', '/sandboxes/ada/suspend')).status).toBe(202);
    expect(await call('POST', '/sandboxes/ada/resume')).toEqual({
      status: 400,
      body: 'Cannot resume a suspending sandbox: its suspend is in progress; try again when it has finished.',
    });
  });

  test('has the reason of its failure', async () => {
    driver.script('boot', fail(new DriverError('The image does not exist.', { retryable: false })));
    const id = await create();
    expect((await call('GET', `/sandboxes/${id}`)).body).toMatchObject({
      outcome: 'Failure(ContainerStartupFailed)',
      termination_reason: 'ContainerStartupFailed',
      error_details: { message: 'The image does not exist.' },
    });
  });

  test('cannot be suspended until it has a name', async () => {
    const id = await create();
    expect(await call('POST', `/sandboxes/${id}/suspend`)).toEqual({
      status: 400,
      body: 'Cannot suspend a running sandbox: it has no name, and only named sandboxes can be suspended; give it a name first.',
    });
    expect((await call('PATCH', `/sandboxes/${id}`, { name: 'ada' })).body.name).toBe('ada');
    expect((await call('POST', `/sandboxes/${id}/suspend`)).status).toBe(202);
  });

  test.each([
    'GET /sandboxes/no',
    'PATCH /sandboxes/no',
    'DELETE /sandboxes/no',
    'POST /sandboxes/no/suspend',
    'POST /sandboxes/no/resume',
    'POST /sandboxes/no/snapshot',
  ])('%s is 404', async (line) => {
    const [method = '', path = ''] = line.split(' ');
    const body = method === 'PATCH' ? { name: 'ada' } : undefined;
    expect(await call(method, path, body)).toEqual({
      status: 404,
      body: 'The sandbox "no" does not exist in this namespace.',
    });
  });
});

describe('update', () => {
  test('changes the fields in the body', async () => {
    const id = await create({ exposed_ports: [3000] });
    const changed = await call('PATCH', `/sandboxes/${id}`, {
      allow_unauthenticated_access: true,
      exposed_ports: [],
      network: {},
    });
    expect(changed.body).toMatchObject({
      allow_unauthenticated_access: true,
      exposed_ports: null,
      network: { allow_internet_access: true },
    });
  });

  test.each([
    [{}, 400, /^The body changes nothing; set name, /],
    [{ colour: 'red' }, 400, /^The body changes nothing/],
    [{ name: null }, 422, 'body.name must be a string; a name can be changed, but not removed.'],
    [{ name: '' }, 400, /^The name "" is not valid/],
    [{ exposed_ports: [9501] }, 400, /^Port 9501/],
  ])('rejects %j with %i', async (body, status, message) => {
    const id = await create();
    expect(await call('PATCH', `/sandboxes/${id}`, body)).toEqual({
      status,
      body: expect.stringMatching(message),
    });
  });

  test('rejects a name in use with 409 and a terminated sandbox with 400', async () => {
    await create({ name: 'ada' });
    const id = await create();
    expect((await call('PATCH', `/sandboxes/${id}`, { name: 'ada' })).status).toBe(409);
    await call('DELETE', `/sandboxes/${id}`);
    expect((await call('PATCH', `/sandboxes/${id}`, { exposed_ports: [1] })).status).toBe(400);
    expect((await call('PATCH', `/sandboxes/${id}`, { name: 'grace' })).status).toBe(400);
  });
});

describe('list', () => {
  test('pages, filters, and names the problem of an invalid query', async () => {
    const ids = [await create(), await create(), await create()];
    await call('DELETE', `/sandboxes/${ids[0]}`);
    const first = (await call('GET', '/sandboxes?limit=2')).body;
    const second = (await call('GET', `/sandboxes?limit=2&cursor=${first.next_cursor}`)).body;
    expect([...first.sandboxes, ...second.sandboxes].map(({ id }: { id: string }) => id).sort()).toEqual(
      [...ids].sort(),
    );
    expect([first.prev_cursor, second.next_cursor]).toEqual([null, null]);
    expect((await call('GET', '/sandboxes?status=terminated')).body.sandboxes).toHaveLength(1);
    expect(await call('GET', '/sandboxes?limit=0')).toEqual({
      status: 400,
      body: 'limit is 0; use a whole number from 1 to 1000.',
    });
    expect((await call('GET', '/sandboxes?status=asleep')).body).toMatch(
      /^status is asleep; use one of pending/,
    );
    expect((await call('GET', '/sandboxes?direction=up')).status).toBe(400);
    expect((await call('GET', '/sandboxes?cursor=x')).status).toBe(400);
  });
});

describe('snapshots', () => {
  test('are taken, shown, restored and deleted', async () => {
    const id = await create();
    driver.script('snapshot', async () => ({ sizeBytes: 7, uri: 'file:///s' }));
    const taken = await call('POST', `/sandboxes/${id}/snapshot`);
    const { snapshot_id } = taken.body;
    expect(taken).toEqual({
      status: 202,
      body: { snapshot_id: expect.stringMatching(/^[0-9a-z]{21}$/), status: 'in_progress' },
    });
    const shown = {
      id: snapshot_id,
      namespace: 'default',
      sandbox_id: id,
      status: 'completed',
      snapshot_type: 'filesystem',
      snapshot_uri: 'file:///s',
      size_bytes: 7,
      created_at: 1_700_000_000_000,
    };
    expect((await call('GET', `/snapshots/${snapshot_id}`)).body).toEqual(shown);
    expect((await call('GET', '/snapshots')).body).toEqual({
      snapshots: [shown],
      prev_cursor: null,
      next_cursor: null,
    });
    expect((await call('POST', '/sandboxes', { snapshot_id })).status).toBe(200);
    expect(await call('DELETE', `/snapshots/${snapshot_id}`)).toEqual({ status: 200, body: '' });
    expect(await call('DELETE', `/snapshots/${snapshot_id}`)).toEqual({ status: 200, body: '' });
    expect((await call('DELETE', '/snapshots/unknown')).status).toBe(404);
    expect((await call('GET', `/snapshots/${snapshot_id}`)).status).toBe(404);
    expect((await call('POST', '/sandboxes', { snapshot_id })).status).toBe(404);
  });

  test('have a type, and are refused where the machine refuses them', async () => {
    const id = await create({ name: 'ada' });
    expect((await call('POST', `/sandboxes/${id}/snapshot`, { snapshot_type: 'tape' })).body).toBe(
      'body.snapshot_type must be one of memory, filesystem.',
    );
    driver.script('snapshot', hang);
    expect((await call('POST', `/sandboxes/${id}/snapshot`, { snapshot_type: 'memory' })).status).toBe(202);
    expect((await call('GET', '/snapshots')).body.snapshots[0]).toMatchObject({
      snapshot_type: 'memory',
      status: 'in_progress',
    });
    expect(await call('POST', `/sandboxes/${id}/snapshot`)).toEqual({
      status: 400,
      body: 'Cannot snapshot a snapshotting sandbox: its snapshot is in progress; try again when it has finished.',
    });
  });
});

describe('paths', () => {
  test('are flat or namespaced, and may begin with a doubled slash', async () => {
    const made = await call('POST', '/v1/namespaces/team/sandboxes', { name: 'ada' });
    const id = made.body.sandbox_id;
    expect((await call('GET', `//v1/namespaces/team/sandboxes/${id}`)).body.namespace).toBe('team');
    expect((await call('GET', `/sandboxes/${id}`)).status).toBe(404);
    expect((await call('GET', '/v1/namespaces/team/sandboxes')).body.sandboxes).toHaveLength(1);
    expect((await call('GET', '//sandboxes')).body.sandboxes).toEqual([]);
    expect(await call('GET', '/nothing')).toEqual({ status: 404, body: 'No route matches /nothing.' });
  });
});

describe('access', () => {
  const token = 'secret-token';
  const use = (options: ApiOptions) => {
    api = createApi(host, options);
  };
  const hash = createHash('sha256').update(token).digest('hex');

  test('without tokens is for requests of this machine, not for pages of other origins', async () => {
    const ask = async (url: string, headers: Record<string, string> = {}) =>
      (await api(new Request(url, { headers }))).status;
    expect(await ask('http://localhost:8080/sandboxes')).toBe(200);
    expect(await ask('http://[::1]:8080/sandboxes', { origin: 'http://[::1]:8080' })).toBe(200);
    expect(await ask('http://localhost:8080/sandboxes', { origin: 'http://localhost:3000' })).toBe(403);
    expect(await ask('http://evil.example/sandboxes')).toBe(403);
    expect(await ask(`${origin}/sandboxes`, { origin: 'https://evil.example' })).toBe(403);
    expect(await ask(`${origin}/v1/namespaces/x/sandboxes`, { origin: 'null' })).toBe(403);
    use({ allowedHosts: ['sandboxes.internal'] });
    expect(await ask('http://sandboxes.internal/sandboxes')).toBe(200);
  });

  test('with tokens is for the namespace of the token', async () => {
    use({ tokens: [{ sha256: hash, namespace: 'team' }] });
    const bearer = { authorization: `Bearer ${token}` };
    expect((await call('GET', '/sandboxes')).status).toBe(401);
    expect((await call('GET', '/sandboxes', undefined, { authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await call('POST', '/sandboxes', { name: 'ada' }, bearer)).status).toBe(200);
    expect((await call('GET', '/v1/namespaces/team/sandboxes/ada', undefined, bearer)).body.namespace).toBe(
      'team',
    );
    expect(await call('GET', '/v1/namespaces/default/sandboxes', undefined, bearer)).toEqual({
      status: 403,
      body: 'The bearer token does not give access to this namespace.',
    });
  });

  test('parseTokens names the line of an error', () => {
    expect(parseTokens(`# ours\n${hash} team # the team\n\n`)).toEqual([{ sha256: hash, namespace: 'team' }]);
    expect(() => parseTokens(`${hash} team\n${token} team`)).toThrow(
      'Line 2 of the tokens does not have a SHA-256 in hex and a namespace, or * for an operator.',
    );
  });
});

describe('errors', () => {
  test('reject input that is too large or hostile', async () => {
    expect(await call('POST', '/sandboxes', `{"name":"${'a'.repeat(1024 * 1024)}"}`)).toEqual({
      status: 413,
      body: 'The body is larger than 1 MiB.',
    });
    expect((await call('POST', '/sandboxes', '{"__proto__":{"polluted":true}}')).status).toBe(200);
    expect('polluted' in {}).toBe(false);
    expect((await call('GET', '/sandboxes/constructor')).status).toBe(404);
    const id = await create({ name: 'ada' });
    for (const path of ['%00', `${id}%00zzz`, 'ada%00zzz']) {
      expect((await call('GET', `/sandboxes/${path}`)).status).toBe(404);
    }
    expect((await call('POST', '/v1/namespaces/a%00b/sandboxes', {})).status).toBe(404);
    expect((await call('POST', '/sandboxes', '['.repeat(20_000))).status).toBe(400);
  });

  test('of the server are reported to the operator, not to the client', async () => {
    const problems: unknown[] = [];
    const broken = { ...host, list: () => Promise.reject(new Error('secret detail')) };
    api = createApi(broken, {
      observe: (observation) => observation.type === 'problem' && problems.push(observation.error),
    });
    expect(await call('GET', '/sandboxes')).toEqual({
      status: 500,
      body: 'Internal server error; try again.',
    });
    expect(String(problems)).toContain('secret detail');
  });
});
