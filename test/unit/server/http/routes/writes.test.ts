import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { apiFixture } from '../../../../harness/server/api-fixture.ts';
import { hang } from '../../../../harness/server/fake-driver.ts';
import { hostFixture } from '../../../../harness/server/host-fixture.ts';

const host = hostFixture();
const api = apiFixture(host);
const { call, create } = api;

const etagOf = async (id: string) => (await call('GET', `/sandboxes/${id}`)).headers.get('etag');

describe('the version', () => {
  test('is the ETag of every response about one sandbox, as of after the command', async () => {
    const made = await call('POST', '/sandboxes', { name: 'ada' });
    const { sandbox_id: id } = made.body;
    expect(made.headers.get('etag')).toBe(`"${id}-1"`);
    expect(await etagOf('ada')).toBe(`"${id}-2"`);
    expect((await call('PATCH', '/sandboxes/ada', { name: 'grace' })).headers.get('etag')).toBe(`"${id}-3"`);
    expect((await call('POST', '/sandboxes/grace/suspend')).headers.get('etag')).toBe(`"${id}-4"`);
    expect((await call('POST', '/sandboxes/grace/suspend')).headers.get('etag')).toBe(`"${id}-5"`);
    expect((await call('POST', '/sandboxes/grace/resume')).headers.get('etag')).toBe(`"${id}-6"`);
    expect((await call('POST', '/sandboxes/grace/snapshot')).headers.get('etag')).toBe(`"${id}-8"`);
    expect((await call('DELETE', '/sandboxes/grace')).headers.get('etag')).toBe(`"${id}-10"`);
  });

  test('never leads to 304, and is not cached', async () => {
    const id = await create();
    const again = await call('GET', `/sandboxes/${id}`, undefined, { 'if-none-match': '"2"' });
    expect([again.status, again.headers.get('cache-control')]).toEqual([200, 'no-store']);
  });
});

describe('If-Match', () => {
  const writes: [method: string, path: string, body?: object][] = [
    ['PATCH', '', { exposed_ports: [3000] }],
    ['POST', '/suspend'],
    ['POST', '/snapshot'],
    ['DELETE', ''],
  ];

  test.each(writes)('%s %s applies to this version only', async (method, path, body) => {
    const id = await create({ name: 'ada' });
    const before = (await call('GET', `/sandboxes/${id}`)).body;
    const tags = [`"${id}-1"`, `"${id}-3"`, `W/"${id}-2"`, `"${id}-2x"`, `"${id}-1", "${id}-3"`, '"2"', '""'];
    for (const tag of tags) {
      const answer = await call(method, `/sandboxes/${id}${path}`, body, { 'if-match': tag });
      expect([tag, answer.status]).toEqual([tag, 412]);
      expect(answer.body).toMatch(/^The sandbox (is at version 2|has the tag)/);
    }
    expect((await call('GET', `/sandboxes/${id}`)).body).toEqual(before);
    const done = await call(method, `/sandboxes/${id}${path}`, body, {
      'if-match': `W/"${id}-7" , "${id}-1","${id}-2"`,
    });
    expect(done.status).toBeLessThan(300);
  });

  test('never hits the next owner of a name', async () => {
    const first = await create({ name: 'ada' });
    const tag = (await etagOf('ada')) ?? '';
    await call('PATCH', `/sandboxes/${first}`, { name: 'grace' });
    const second = await create({ name: 'ada' });
    for (const given of [tag, `${tag}, "x-1"`]) {
      const answer = await call('DELETE', '/sandboxes/ada', undefined, { 'if-match': given });
      expect([answer.status, answer.body]).toEqual([412, expect.stringContaining(second)]);
    }
    expect((await call('GET', '/sandboxes/ada')).body.status).toBe('running');
  });

  test('a star matches any version', async () => {
    const id = await create({ name: 'ada' });
    expect((await call('POST', `/sandboxes/${id}/suspend`, undefined, { 'if-match': '*' })).status).toBe(202);
    expect((await call('POST', '/sandboxes/none/suspend', undefined, { 'if-match': '*' })).status).toBe(404);
    expect((await call('POST', '/sandboxes/none/suspend', undefined, { 'if-match': '"1"' })).status).toBe(
      404,
    );
    expect((await call('POST', '/sandboxes/none/suspend', undefined, { 'if-match': 'W/"1"' })).status).toBe(
      404,
    );
  });

  test.each(['2', '"2', '"a-1" "a-2"', 'w/"2"', '*, "2"', ',', '', `"2",${' '.repeat(9000)}x`])(
    'that is malformed (%j) is rejected',
    async (tag) => {
      const id = await create({ name: 'ada' });
      const answer = await call('POST', `/sandboxes/${id}/suspend`, undefined, { 'if-match': tag });
      expect(answer).toMatchObject({ status: 400, body: expect.stringMatching(/^If-Match must be/) });
      expect(await etagOf(id)).toBe(`"${id}-2"`);
    },
  );
});

describe('an idempotency key', () => {
  const key = (text: string) => ({ 'idempotency-key': text });

  test('runs a request once, and returns the same response', async () => {
    host.driver.script('boot', hang);
    const body = { name: 'ada' };
    const first = await call('POST', '/sandboxes', body, key('k1'));
    const second = await call('POST', '/sandboxes', body, key('k1'));
    expect([second.status, second.body, second.headers.get('etag')]).toEqual([
      200,
      first.body,
      first.headers.get('etag'),
    ]);
    expect((await call('GET', '/sandboxes')).body.sandboxes).toHaveLength(1);
  });

  test.each([
    ['suspend', 202],
    ['snapshot', 202],
    ['keepalive', 200],
  ])('works for %s', async (command, status) => {
    const id = await create({ name: 'ada' });
    const first = await call('POST', `/sandboxes/${id}/${command}`, undefined, key('k'));
    await call('POST', `/sandboxes/${id}/resume`);
    const etag = await etagOf(id);
    const second = await call('POST', `/sandboxes/${id}/${command}`, undefined, key('k'));
    expect([first.status, second.status]).toEqual([status, status]);
    expect([second.body, second.headers.get('etag')]).toEqual([first.body, first.headers.get('etag')]);
    expect(await etagOf(id)).toBe(etag);
  });

  test('works for an update, a termination, and the deletion of a snapshot', async () => {
    const id = await create({ name: 'ada' });
    const { snapshot_id } = (await call('POST', `/sandboxes/${id}/snapshot`)).body;
    const requests: [string, string, object?][] = [
      ['PATCH', `/sandboxes/${id}`, { name: 'grace' }],
      ['DELETE', `/snapshots/${snapshot_id}`],
      ['DELETE', `/sandboxes/${id}`],
    ];
    for (const [method, path, body] of requests) {
      const first = await call(method, path, body, key(method + path));
      const second = await call(method, path, body, key(method + path));
      expect([second.status, second.body, second.headers.get('etag')]).toEqual([
        200,
        first.body,
        first.headers.get('etag'),
      ]);
    }
  });

  test('of another request is a conflict', async () => {
    await create({ name: 'ada' }, key('k'));
    expect(await call('POST', '/sandboxes', { name: 'grace' }, key('k'))).toMatchObject({
      status: 409,
      body: 'The idempotency key "k" was used for another request; use a new key for each request.',
    });
    expect((await call('DELETE', '/sandboxes/ada', undefined, key('k'))).status).toBe(409);
  });

  test.each(['', 'ü', 'a'.repeat(256), 'tab\there'])('that is malformed (%j) is rejected', async (text) => {
    expect(await call('POST', '/sandboxes', {}, key(text))).toMatchObject({
      status: 400,
      body: 'The Idempotency-Key must be 1 to 255 printable ASCII characters.',
    });
    expect((await call('GET', '/sandboxes')).body.sandboxes).toEqual([]);
  });
});

describe('a refusal', () => {
  test('has its code in a header', async () => {
    const id = await create();
    const code = async (path: string) =>
      (await call('POST', `/sandboxes/${id}${path}`)).headers.get('x-refusal-code');
    expect(await code('/suspend')).toBe('ephemeral');
    expect(await code('/keepalive')).toBeNull();
    host.driver.script('snapshot', hang);
    expect(await code('/snapshot')).toBeNull();
    expect(await code('/snapshot')).toBe('busy');
    await call('DELETE', `/sandboxes/${id}`);
    expect(await code('/resume')).toBe('terminal');
  });
});

describe('the id of a request', () => {
  test('is the one of the request or a new one, and every response has it', async () => {
    const idOf = async (headers: Record<string, string>, path = '/sandboxes') =>
      (await call('GET', path, undefined, headers)).headers.get('x-request-id');
    expect(await idOf({ 'x-request-id': 'a.b-c_1' })).toBe('a.b-c_1');
    expect(await idOf({ 'x-request-id': 'a.b' }, '/nothing')).toBe('a.b');
    expect(await idOf({ 'x-request-id': 'a.b' }, '/sandboxes/none')).toBe('a.b');
    for (const bad of ['a b', '', 'x'.repeat(129), 'ü']) {
      expect(await idOf({ 'x-request-id': bad })).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test('is the cause of its changes, and the owner of the token is the actor', async () => {
    const sha256 = createHash('sha256').update('secret').digest('hex');
    api.use({ tokens: [{ sha256, namespace: 'team', name: 'ada' }] });
    const headers = { authorization: 'Bearer secret', 'x-request-id': 'request-1' };
    const id = await create({}, headers);
    const { history } = (await call('GET', `/sandboxes/${id}/history`, undefined, headers)).body;
    expect(history.map(({ actor, cause }: Record<string, string>) => [actor, cause])).toEqual([
      ['ada', 'request-1'],
      ['platform', 'operation 1'],
    ]);
  });

  test('without tokens, the actor is user', async () => {
    const id = await create();
    expect((await call('GET', `/sandboxes/${id}/history?limit=1`)).body.history[0].actor).toBe('user');
  });
});
