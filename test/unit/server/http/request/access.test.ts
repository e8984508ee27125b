import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseTokens } from '../../../../../src/server/index.ts';
import { createMetrics } from '../../../../../src/server/telemetry/metrics.ts';
import { apiFixture, origin } from '../../../../harness/server/api-fixture.ts';
import { hang } from '../../../../harness/server/fake-driver.ts';
import { hostFixture } from '../../../../harness/server/host-fixture.ts';

const host = hostFixture();
const api = apiFixture(host);
const { call, create } = api;

const tokenOf = (text: string, namespace: string) => ({
  sha256: createHash('sha256').update(text).digest('hex'),
  namespace,
});
const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
const openPaths = ['/healthz', '/readyz', '/openapi.json', '/docs'];

describe('tokens', () => {
  test('are required for metrics, but not for health, readiness and documents', async () => {
    api.use({
      tokens: [tokenOf('a', 'team'), { ...tokenOf('m', 'team'), scopes: ['metrics'] }],
      metrics: createMetrics(),
    });
    for (const path of openPaths) expect([path, (await call('GET', path)).status]).toEqual([path, 200]);
    const refused = await call('GET', '/metrics');
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect((await call('GET', '/metrics', undefined, bearer('a'))).status).toBe(403);
    expect((await call('GET', '/metrics', undefined, bearer('m'))).status).toBe(200);
    expect((await call('GET', '/sandboxes', undefined, bearer('a'))).status).toBe(200);
  });

  test.each(['Bearer', 'Bearer ', 'Basic YTph', 'bearer b', 'Bearer a, Bearer a', 'a'])(
    'that are malformed or unknown (%j) do not give access',
    async (authorization) => {
      api.use({ tokens: [tokenOf('a', 'team')] });
      expect((await call('GET', '/sandboxes', undefined, { authorization })).status).toBe(401);
    },
  );

  test('may have the name of their owner', () => {
    const { sha256 } = tokenOf('a', '');
    const other = tokenOf('b', '').sha256;
    expect(parseTokens(`${sha256} team ada@example.org # the first\n${other}\tteam`)).toEqual([
      { sha256, namespace: 'team', name: 'ada@example.org' },
      { sha256: other, namespace: 'team' },
    ]);
    for (const name of ['platform', 'clock', 'a b', 'a"b', '-']) {
      expect(() => parseTokens(`\n${sha256} team ${name}`)).toThrow(/^Line 2 of the tokens/);
    }
  });

  test('that occur twice, or are empty, are rejected with their lines', () => {
    const { sha256 } = tokenOf('a', '');
    for (const again of [`${sha256} team`, `${sha256.toUpperCase()} other`, `${sha256} * ada`])
      expect(() => parseTokens(`# all tokens\n${sha256} team\n${again}`)).toThrow(
        'Line 3 of the tokens has the same token as line 2 of the tokens.',
      );
    expect(() => parseTokens(`${tokenOf('', '').sha256} team`)).toThrow(/^Line 1 .* an empty text/);
  });

  test('always give access to their namespace, in uppercase hex too; unknown tokens never do', async () => {
    const { sha256 } = tokenOf('a', 'team');
    api.use({ tokens: [{ sha256: sha256.toUpperCase(), namespace: 'team' }, tokenOf('b', 'other')] });
    for (const round of [1, 2]) {
      for (const [text, statuses] of [
        ['a', [200, 403]],
        ['b', [403, 200]],
        ['c', [401, 401]],
      ] as const) {
        const answers = ['team', 'other'].map((namespace) =>
          call('GET', `/v1/namespaces/${namespace}/sandboxes`, undefined, bearer(text)),
        );
        const seen = (await Promise.all(answers)).map(({ status }) => status);
        expect([round, text, seen]).toEqual([round, text, statuses]);
      }
    }
  });

  test('are compared by their hash; the hash itself does not give access', async () => {
    const token = tokenOf('a', 'team');
    api.use({ tokens: [token] });
    expect((await call('GET', '/sandboxes', undefined, bearer(token.sha256))).status).toBe(401);
  });
});

describe('without tokens', () => {
  test('only this machine has access, on every route', async () => {
    api.use({ metrics: createMetrics() });
    for (const path of [...openPaths, '/metrics', '/sandboxes', '/nothing']) {
      const foreign = await api.api(new Request(`http://evil.example${path}`));
      expect([path, foreign.status]).toEqual([path, 403]);
      const page = await api.api(new Request(origin + path, { headers: { origin: 'https://evil.example' } }));
      expect([path, page.status]).toEqual([path, 403]);
    }
  });
});

describe('the rate limit', () => {
  const rateLimit = { perSecond: 2, burst: 3 };

  test('is shared by all clients without tokens, and returns the time to wait', async () => {
    api.use({ rateLimit });
    for (let taken = 0; taken < 3; taken++) expect((await call('GET', '/sandboxes')).status).toBe(200);
    const refused = await call('GET', '/v1/namespaces/other/sandboxes');
    expect([refused.status, refused.body, refused.headers.get('retry-after')]).toEqual([
      429,
      'Too many requests; try again in 1 s.',
      '1',
    ]);
    for (const path of openPaths) expect((await call('GET', path)).status).toBe(200);
    await host.clock.advance(499);
    expect((await call('GET', '/sandboxes')).status).toBe(429);
    await host.clock.advance(1);
    expect((await call('GET', '/sandboxes')).status).toBe(200);
    expect((await call('GET', '/sandboxes')).status).toBe(429);
    await host.clock.advance(60_000);
    for (let taken = 0; taken < 3; taken++) expect((await call('GET', '/sandboxes')).status).toBe(200);
    expect((await call('GET', '/sandboxes')).status).toBe(429);
  });

  test('is separate for each token, and shared by all clients without one', async () => {
    api.use({ rateLimit, tokens: [tokenOf('a', 'team'), tokenOf('b', 'team')] });
    const ask = async (text: string) => (await call('GET', '/sandboxes', undefined, bearer(text))).status;
    const statuses = async (text: string) => [
      await ask(text),
      await ask(text),
      await ask(text),
      await ask(text),
    ];
    expect(await statuses('a')).toEqual([200, 200, 200, 429]);
    expect(await statuses('wrong')).toEqual([401, 401, 401, 429]);
    expect(await statuses('b')).toEqual([200, 200, 200, 429]);
  });

  test('survives a clock that is set back', async () => {
    api.use({ rateLimit: { perSecond: 0.1, burst: 1 } });
    expect((await call('GET', '/sandboxes')).status).toBe(200);
    host.clock.jump(-3_600_000);
    expect((await call('GET', '/sandboxes')).headers.get('retry-after')).toBe('10');
    await host.clock.advance(10_000);
    expect((await call('GET', '/sandboxes')).status).toBe(200);
  });

  test('rejects a request before it changes anything', async () => {
    api.use({ rateLimit: { perSecond: 1, burst: 1 } });
    await create();
    expect((await call('POST', '/sandboxes', {})).status).toBe(429);
    await host.clock.advance(1_000);
    expect((await call('GET', '/sandboxes')).body.sandboxes).toHaveLength(1);
  });
});

describe('pages of other origins', () => {
  const console = 'https://console.example';
  const allowed = (headers: Headers) => headers.get('access-control-allow-origin');
  const preflight = (from: string) =>
    api.api(
      new Request(`${origin}/sandboxes/ada`, {
        method: 'OPTIONS',
        headers: { origin: from, 'access-control-request-method': 'PATCH' },
      }),
    );

  test('get CORS headers only when they are allowed', async () => {
    api.use({ tokens: [tokenOf('a', 'team')] });
    const answer = await call('GET', '/sandboxes', undefined, { ...bearer('a'), origin: console });
    expect([
      answer.status,
      [...answer.headers.keys()].filter((name) => /^access-control|^vary/.test(name)),
    ]).toEqual([200, []]);
    expect((await preflight(console)).status).toBe(405);
  });

  test.each([['with tokens'], ['without']])(
    'may use the API only when they are allowed (%s)',
    async (how) => {
      const tokens = how === 'without' ? undefined : [tokenOf('a', 'team')];
      api.use({ origins: [console], tokens });
      const preflighted = await preflight(console);
      expect(preflighted.status).toBe(204);
      expect(Object.fromEntries(preflighted.headers)).toMatchObject({
        'access-control-allow-origin': console,
        'access-control-allow-methods': 'GET,POST,PATCH,DELETE',
        'access-control-allow-headers': expect.stringContaining('If-Match,Idempotency-Key'),
      });
      expect(preflighted.headers.get('vary')).toContain('Origin');
      const answers = [
        await call('GET', '/sandboxes', undefined, { ...bearer('a'), origin: console }),
        await call('GET', '/sandboxes/none', undefined, { ...bearer('a'), origin: console }),
        await call('GET', '/nothing', undefined, { ...bearer('a'), origin: console }),
      ];
      for (const { headers } of answers) {
        expect([allowed(headers), headers.get('vary')]).toEqual([console, 'Origin']);
        expect(headers.get('access-control-expose-headers')).toBe(
          'ETag,X-Error-Code,X-Refusal-Code,X-Request-Id,Retry-After',
        );
        expect(headers.get('access-control-allow-credentials')).toBeNull();
      }
      for (const other of [
        'https://evil.example',
        'https://console.example.evil',
        'null',
        `${console}:8443`,
      ]) {
        expect(allowed((await preflight(other)).headers)).toBeNull();
        const answer = await call('GET', '/sandboxes', undefined, { ...bearer('a'), origin: other });
        expect(allowed(answer.headers)).toBeNull();
        if (how === 'without') expect(answer.status).toBe(403);
      }
    },
  );

  test('can read a stream', async () => {
    api.use({ origins: [console] });
    const response = await api.api(
      new Request(`${origin}/sandboxes/events`, { headers: { origin: console } }),
    );
    expect([response.status, allowed(response.headers)]).toEqual([200, console]);
    await response.body?.cancel();
  });
});

describe('every response', () => {
  test('has headers against type guessing, framing and referrers', async () => {
    api.use({ metrics: createMetrics() });
    await create({ name: 'ada' });
    for (const path of [
      ...openPaths,
      '/metrics',
      '/sandboxes',
      '/sandboxes/ada',
      '/nothing',
      '/sandboxes/none',
    ]) {
      const { headers } = await call('GET', path);
      expect([path, Object.fromEntries(headers)]).toEqual([
        path,
        expect.objectContaining({
          'cache-control': 'no-store',
          'content-security-policy': expect.stringContaining("default-src 'none'"),
          'referrer-policy': 'no-referrer',
          'x-content-type-options': 'nosniff',
          'x-frame-options': 'DENY',
          'x-request-id': expect.any(String),
        }),
      ]);
    }
  });
});

describe('a forwarded request', () => {
  test('gets 404 without a forward function', async () => {
    await create({ name: 'ada' });
    expect(await call('GET', '/sandboxes/ada/proxy/index.html')).toMatchObject({
      status: 404,
      body: 'No route matches /sandboxes/ada/proxy/index.html.',
    });
  });

  test('is unchanged except for the token', async () => {
    const seen: unknown[] = [];
    api.use({
      tokens: [tokenOf('a', 'team')],
      async forward(request, { sandbox }) {
        const { pathname, search } = new URL(request.url);
        const { method, headers } = request;
        seen.push([
          sandbox.name,
          method,
          pathname + search,
          await request.text(),
          Object.fromEntries(headers),
        ]);
        return Response.redirect('http://127.0.0.1/elsewhere', 307);
      },
    });
    await create({ name: 'ada' }, bearer('a'));
    const path = '/v1/namespaces/team/sandboxes/ada/proxy/deep/index.html?x=1';
    const answer = await call('PUT', path, 'hello', { ...bearer('a'), 'x-request-id': 'r1', 'x-own': 'yes' });
    expect([answer.status, answer.headers.get('location'), answer.headers.get('x-request-id')]).toEqual([
      307,
      'http://127.0.0.1/elsewhere',
      'r1',
    ]);
    const headers = { 'content-type': 'text/plain;charset=UTF-8', 'x-own': 'yes', 'x-request-id': 'r1' };
    expect(seen).toEqual([['ada', 'PUT', path, 'hello', headers]]);
    expect((await call('GET', '/sandboxes/ada/proxy', undefined, bearer('a'))).status).toBe(307);
    expect((await call('GET', '/sandboxes/ada/proxy/')).status).toBe(401);
  });

  test('counts as activity, and is rejected when the sandbox does not run', async () => {
    await host.restart({ policy: { timeoutMeasures: 'idle' } });
    api.use({ forward: () => new Response('from inside') });
    await create({ name: 'ada', timeout_secs: 60 });
    const before = (await call('GET', '/sandboxes/ada')).body.lifecycle.idleAt;
    await host.clock.advance(10_000);
    expect((await call('GET', '/sandboxes/ada/proxy/x')).body).toBe('from inside');
    expect((await call('GET', '/sandboxes/ada')).body.lifecycle.idleAt).toBe(before + 10_000);
    await call('POST', '/sandboxes/ada/suspend');
    expect(await call('GET', '/sandboxes/ada/proxy/x')).toMatchObject({
      status: 409,
      body: 'The sandbox is suspended; it accepts requests only while it is running.',
    });
    host.driver.script('boot', hang);
    await create({ name: 'grace' });
    expect((await call('GET', '/sandboxes/grace/proxy/x')).status).toBe(409);
    expect((await call('GET', '/sandboxes/none/proxy/x')).status).toBe(404);
  });

  test('that fails is reported as a problem of the server', async () => {
    api.use({ forward: () => Promise.reject(new Error('secret detail')) });
    await create({ name: 'ada' });
    expect(await call('GET', '/sandboxes/ada/proxy/x')).toMatchObject({
      status: 500,
      body: 'Internal server error; try again.',
    });
    expect(api.observations.map(({ type }) => type)).toContain('problem');
  });
});

describe('the URL of a sandbox', () => {
  test('has the origin of the request, or the configured public URL', async () => {
    await create({ name: 'ada' });
    const urlOf = async () => (await call('GET', '/sandboxes/ada')).body.sandbox_url;
    const id = (await call('GET', '/sandboxes/ada')).body.id;
    expect(await urlOf()).toBe(`${origin}/v1/namespaces/default/sandboxes/${id}`);
    api.use({ publicUrl: 'https://api.example/sandboxes-api/' });
    expect(await urlOf()).toBe(`https://api.example/sandboxes-api/v1/namespaces/default/sandboxes/${id}`);
  });
});

describe('requests of pages of other sites', () => {
  const from = (site: string, more: Record<string, string> = {}) => ({
    'sec-fetch-site': site,
    'sec-fetch-mode': 'no-cors',
    'sec-fetch-dest': 'image',
    ...more,
  });
  const status = async (path: string, headers: Record<string, string>) =>
    (await call('GET', path, undefined, headers)).status;

  test('are refused without tokens, whether or not the sandbox exists', async () => {
    api.use({});
    await create({ name: 'ada' });
    for (const site of ['cross-site', 'same-site']) {
      for (const path of ['/sandboxes/ada', '/sandboxes/missing', '/metrics', '/readyz'])
        expect([site, path, await status(path, from(site))]).toEqual([site, path, 403]);
    }
    for (const site of ['same-origin', 'none']) expect(await status('/sandboxes/ada', from(site))).toBe(200);
  });

  test('may be a link to the page of the API, and to nothing else', async () => {
    api.use({});
    await create({ name: 'ada' });
    const link = from('cross-site', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' });
    expect(await status('/docs', link)).toBe(200);
    expect(await status('/sandboxes/ada', link)).toBe(403);
    expect(await status('/docs', { ...link, 'sec-fetch-dest': 'iframe' })).toBe(403);
  });

  test('are allowed for the origins that the server lists', async () => {
    const console = 'https://console.example';
    api.use({ origins: [console] });
    expect(await status('/sandboxes', from('cross-site', { origin: console }))).toBe(200);
    expect(await status('/sandboxes', from('cross-site', { origin: 'https://evil.example' }))).toBe(403);
  });

  test('cannot load any response, with tokens too', async () => {
    api.use({ tokens: [tokenOf('a', 'team')] });
    for (const path of [...openPaths, '/sandboxes', '/sandboxes/missing', '/nothing']) {
      const { headers } = await call('GET', path, undefined, bearer('a'));
      expect([path, headers.get('cross-origin-resource-policy')]).toEqual([path, 'same-origin']);
    }
  });
});

test('the id of a request is the cause of a change, but not one of the causes of the host', async () => {
  api.use({});
  const causeOf = async (requestId: string) => {
    const id = await create({}, { 'x-request-id': requestId });
    return (await call('GET', `/sandboxes/${id}/history`)).body.history[0].cause;
  };
  expect(await causeOf('request-7')).toBe('request-7');
  for (const forged of ['deadline', 'drift', 'downtime', 'activity', 'operation', 'operation 1', 'request'])
    expect(await causeOf(forged)).toMatch(/^[0-9a-f-]{36}$/);
});
