import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Scope, Token } from '../../../../../src/server/index.ts';
import { createMetrics } from '../../../../../src/server/telemetry/metrics.ts';
import { apiFixture, origin } from '../../../../harness/server/api-fixture.ts';
import { eventReader } from '../../../../harness/server/event-stream.ts';
import { hostFixture } from '../../../../harness/server/host-fixture.ts';

const host = hostFixture();
const api = apiFixture(host);
const { call, create } = api;

const tokenOf = (text: string, more: Partial<Token> = {}): Token => ({
  sha256: createHash('sha256').update(text).digest('hex'),
  namespace: 'team',
  ...more,
});
const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
const statusOf = async (text: string, method = 'GET', path = '/sandboxes') =>
  (await call(method, path, undefined, bearer(text))).status;
const revoked = 'The bearer token was revoked or has expired; use another one.';

/** Opens the stream of all sandboxes, and reads its first frames. */
async function openStream(text: string) {
  const stream = eventReader(
    await api.api(new Request(`${origin}/sandboxes/events`, { headers: bearer(text) })),
  );
  expect(await stream.next()).toMatchObject({ retry: 1000 });
  expect(await stream.next()).toMatchObject({ event: 'ready' });
  return stream;
}

describe('a scope', () => {
  const requests = [
    ['read', 'GET', '/sandboxes'],
    ['read', 'GET', '/sandboxes/ada/events'],
    ['write', 'POST', '/sandboxes'],
    ['write', 'DELETE', '/sandboxes/ada'],
    ['write', 'GET', '/sandboxes/ada/proxy/x'],
    ['write', 'DELETE', '/snapshots/none'],
    ['metrics', 'GET', '/metrics'],
  ] as const;

  test.each<Scope>(['read', 'write', 'metrics', 'admin'])('%s opens its own routes only', async (scope) => {
    api.use({ tokens: [tokenOf('a', { scopes: [scope] })], metrics: createMetrics() });
    for (const [needed, method, path] of requests) {
      const answer = await api.api(new Request(origin + path, { method, headers: bearer('a') }));
      await answer.body?.cancel();
      const isOpen = answer.status !== 403;
      expect([scope, method, path, isOpen]).toEqual([scope, method, path, needed === scope]);
    }
  });

  test('that is missing is named, with those that the token has', async () => {
    api.use({ tokens: [tokenOf('a', { scopes: ['read', 'metrics'] })] });
    expect(await call('POST', '/sandboxes', {}, bearer('a'))).toMatchObject({
      status: 403,
      body: 'This request requires a token with the scope write; this token has read, metrics.',
    });
  });

  test('of an operator opens the routes for operators, or the metrics alone', async () => {
    const operator = tokenOf('o', { namespace: '*' });
    const monitoring = tokenOf('m', { namespace: '*', scopes: ['metrics'] });
    api.use({ tokens: [operator, monitoring], metrics: createMetrics() });
    expect([await statusOf('o', 'GET', '/absences'), await statusOf('o', 'GET', '/metrics')]).toEqual([
      200, 200,
    ]);
    expect([await statusOf('m', 'GET', '/absences'), await statusOf('m', 'GET', '/metrics')]).toEqual([
      403, 200,
    ]);
  });

  test('stands in the description of the token', async () => {
    api.use({ tokens: [tokenOf('a', { scopes: ['read'], expiresAt: 5_000_000 }), tokenOf('b')] });
    const path = '/platform/v1/keys/introspect';
    expect((await call('POST', path, undefined, bearer('a'))).body).toMatchObject({
      projectId: 'team',
      scopes: ['read'],
      expiresAt: 5_000_000,
    });
    expect((await call('POST', path, undefined, bearer('b'))).body).toMatchObject({
      scopes: ['read', 'write'],
      expiresAt: null,
    });
  });
});

describe('an expired token', () => {
  test('does not give access, and its streams and waits end', async () => {
    api.use({ tokens: [tokenOf('a', { expiresAt: host.clock.now() + 20_000 }), tokenOf('b')] });
    await create({ name: 'ada' }, bearer('a'));
    const [ending, staying] = [await openStream('a'), await openStream('b')];
    const wait = call('GET', '/sandboxes/ada/wait?status=suspended&timeout=60', undefined, bearer('a'));
    await host.clock.advance(19_999);
    expect(await statusOf('a')).toBe(200);
    await host.clock.advance(1);
    expect(await call('GET', '/sandboxes', undefined, bearer('a'))).toMatchObject({
      status: 401,
      body: revoked,
    });
    expect(await wait).toMatchObject({ status: 401, body: revoked });
    const blocks = await ending.rest();
    expect(blocks.at(-1)).toMatchObject({ event: 'closed', data: { reason: revoked } });
    expect(await statusOf('b')).toBe(200);
    await staying.cancel();
  });

  test('that the wall clock has passed is noticed, and stays expired when the clock is set back', async () => {
    api.use({ tokens: [tokenOf('a', { expiresAt: host.clock.now() + 3_600_000 })] });
    const stream = await openStream('a');
    host.clock.jump(7_200_000);
    expect(await statusOf('a')).toBe(401);
    await host.clock.advance(10_000);
    expect((await stream.rest()).at(-1)).toMatchObject({ event: 'closed' });
    host.clock.jump(-7_200_000);
    expect(await statusOf('a')).toBe(401);
  });
});

describe('replaced tokens', () => {
  test('revoke what is absent or has other rights, and keep the rest', async () => {
    const changes: Readonly<Record<string, Token | undefined>> = {
      absent: undefined,
      moved: tokenOf('moved', { namespace: 'other' }),
      reduced: tokenOf('reduced', { scopes: ['read'] }),
      renamed: tokenOf('renamed', { name: 'bob' }),
      same: tokenOf('same', { scopes: ['write', 'read'] }),
      extended: tokenOf('extended', { expiresAt: host.clock.now() + 1e9 }),
    };
    api.use({ tokens: Object.keys(changes).map((text) => tokenOf(text)) });
    await create({ name: 'ada' }, bearer('same'));
    const streams = new Map<string, Awaited<ReturnType<typeof openStream>>>();
    for (const text of Object.keys(changes)) streams.set(text, await openStream(text));
    const wait = call('GET', '/sandboxes/ada/wait?status=suspended&timeout=60', undefined, bearer('absent'));
    await host.clock.settle();
    api.api.replaceTokens([...Object.values(changes).filter((token) => token !== undefined), tokenOf('new')]);
    expect(await wait).toMatchObject({ status: 401, body: revoked });
    for (const text of ['absent', 'moved', 'reduced', 'renamed'])
      expect([text, (await streams.get(text)?.rest())?.at(-1)]).toMatchObject([
        text,
        { data: { reason: revoked } },
      ]);
    await create({}, bearer('new'));
    for (const text of ['same', 'extended']) {
      expect([text, await streams.get(text)?.next()]).toMatchObject([text, { event: 'change' }]);
      await streams.get(text)?.cancel();
    }
    expect([await statusOf('absent'), await statusOf('moved'), await statusOf('new')]).toEqual([
      401, 200, 200,
    ]);
    expect(await statusOf('reduced', 'DELETE', '/sandboxes/ada')).toBe(403);
    expect(api.observations.filter(({ type }) => type === 'tokens')).toEqual([
      { type: 'tokens', tokens: 6, revoked: 4 },
    ]);
  });

  test('that are invalid change nothing', async () => {
    api.use({ tokens: [tokenOf('a')] });
    const invalid = [tokenOf('b'), { sha256: 'x', namespace: 'team' }];
    expect(() => api.api.replaceTokens(invalid)).toThrow(/^Token 2 does not have a SHA-256/);
    expect([await statusOf('a'), await statusOf('b')]).toEqual([200, 401]);
    api.use({});
    expect(() => api.api.replaceTokens([tokenOf('a')])).toThrow(/^The API was created without tokens/);
    expect((await call('GET', '/sandboxes')).status).toBe(200);
  });

  test('end a response that a sandbox still sends', async () => {
    api.use({
      tokens: [tokenOf('a')],
      forward: () => new Response(new ReadableStream({ start: (on) => on.enqueue(new Uint8Array(3)) })),
    });
    await create({ name: 'ada' }, bearer('a'));
    const response = await api.api(new Request(`${origin}/sandboxes/ada/proxy/x`, { headers: bearer('a') }));
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value).toHaveLength(3);
    const next = expect(reader?.read()).rejects.toThrow();
    api.api.replaceTokens([tokenOf('b')]);
    await next;
  });
});

test('the owner of a token is the actor of every change, also of activity', async () => {
  await host.restart({ policy: { timeoutMeasures: 'idle' } });
  api.use({ tokens: [tokenOf('a', { name: 'ada' })], forward: () => new Response('') });
  await create({ name: 'env', timeout_secs: 60 }, bearer('a'));
  await host.clock.advance(10_000);
  await call('GET', '/sandboxes/env/proxy/x', undefined, bearer('a'));
  await call('PATCH', '/sandboxes/env', { name: 'new' }, bearer('a'));
  for (const command of ['keepalive', 'snapshot', 'suspend', 'resume']) {
    await host.clock.advance(10_000);
    await call('POST', `/sandboxes/new/${command}`, undefined, bearer('a'));
  }
  const { id } = (await call('GET', '/sandboxes/new', undefined, bearer('a'))).body;
  await call('DELETE', '/sandboxes/new', undefined, bearer('a'));
  const { history } = (await call('GET', `/sandboxes/${id}/history`, undefined, bearer('a'))).body;
  const actors = history.map((row: { event: { type: string }; actor: string; cause: string }) => [
    row.event.type,
    row.actor,
  ]);
  const byUser = actors.filter(([, actor]: [string, string]) => actor !== 'platform');
  expect(new Set(byUser.map(([type]: [string]) => type))).toEqual(
    new Set(['created', 'keepalive', 'rename', 'snapshot', 'suspend', 'resume', 'terminate']),
  );
  expect(new Set(byUser.map(([, actor]: [string, string]) => actor))).toEqual(new Set(['ada']));
});
