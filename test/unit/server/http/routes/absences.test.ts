import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { confirmAbsences } from '../../../../../src/cli/confirm-absences/confirm-absences.ts';
import { parseTokens } from '../../../../../src/server/index.ts';
import { createMetrics } from '../../../../../src/server/telemetry/metrics.ts';
import { apiFixture, origin } from '../../../../harness/server/api-fixture.ts';
import { hostFixture } from '../../../../harness/server/host-fixture.ts';

const on = hostFixture();
const api = apiFixture(on);
const { call } = api;
const minute = 60_000;
const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

/** Makes this many of the sandboxes absent, for long enough. */
async function lose(count: number, of: number): Promise<void> {
  const ids: string[] = [];
  for (let made = 0; made < of; made++) ids.push((await on.running(`box-${made}`)).id);
  await on.clock.advance(5 * minute);
  for (const id of ids.slice(0, count)) on.driver.platform.delete(id);
  await on.clock.advance(3 * minute);
}

describe('many absent sandboxes', () => {
  test('are in the text of /readyz, which stays 200 and names none of them', async () => {
    await lose(3, 5);
    const answer = await call('GET', '/readyz');
    expect(answer).toMatchObject({
      status: 200,
      body: expect.stringMatching(/^ok, but 3 of 5 sandboxes are absent .* confirm-absences --count 3$/),
    });
    for (const id of on.host.absences()?.sandboxIds ?? []) expect(answer.body).not.toContain(id);
  });

  test('are in the metrics, until none waits', async () => {
    const metrics = createMetrics();
    await on.restart({ observe: metrics.observe });
    api.use({ metrics });
    await lose(3, 5);
    expect((await call('GET', '/metrics')).body).toContain('sandbox_lifecycle_absences_held 3');
    await on.host.confirmAbsences(3);
    expect((await call('GET', '/metrics')).body).toContain('sandbox_lifecycle_absences_held 0');
  });

  test('are listed, and end by a confirmation of their number', async () => {
    expect((await call('GET', '/absences')).body).toEqual({ count: 0, living: 0, sandbox_ids: [] });
    await lose(3, 5);
    const ids = [...(on.host.absences()?.sandboxIds ?? [])];
    expect((await call('GET', '/absences')).body).toEqual({ count: 3, living: 5, sandbox_ids: ids });
    expect(await call('POST', '/absences/confirm', { count: 2 })).toMatchObject({
      status: 400,
      body: expect.stringMatching(/is for 2 absent sandboxes, but 3/),
    });
    expect(await call('POST', '/absences/confirm', { count: 3 })).toMatchObject({
      status: 200,
      body: { ended: 3 },
    });
    expect(await call('GET', '/readyz')).toMatchObject({ status: 200, body: 'ok' });
    for (const id of ids) expect((await on.record(id)).outcome?.reason).toBe('crashed');
  });

  test.each([{}, { count: 0 }, { count: '3' }, { count: 1.5 }, { count: null }])(
    'are not confirmed by the body %j',
    async (body) => {
      await lose(3, 5);
      expect((await call('POST', '/absences/confirm', body)).status).toBe(422);
    },
  );
});

describe('with tokens', () => {
  const tokens = parseTokens(`${hashOf('team')} default ada\n${hashOf('operator')} * grace`);

  test('only an operator sees absent sandboxes and confirms them', async () => {
    await lose(3, 5);
    api.use({ tokens });
    for (const [method, path, body] of [
      ['GET', '/absences', undefined],
      ['POST', '/absences/confirm', { count: 3 }],
    ] as const) {
      expect((await call(method, path, body)).status).toBe(401);
      expect(await call(method, path, body, bearer('team'))).toMatchObject({
        status: 403,
        body: expect.stringMatching(/requires the token of an operator/),
      });
    }
    expect((await call('GET', '/absences', undefined, bearer('operator'))).body.count).toBe(3);
    const confirmed = await call('POST', '/absences/confirm', { count: 3 }, bearer('operator'));
    expect(confirmed.body).toEqual({ ended: 3 });
  });

  test.each(['/sandboxes', '/v1/namespaces/default/sandboxes', '/v1/namespaces/*/sandboxes'])(
    'the token of an operator does not open %s',
    async (path) => {
      api.use({ tokens });
      expect([403, 404]).toContain((await call('GET', path, undefined, bearer('operator'))).status);
      expect([403, 404]).toContain((await call('POST', path, {}, bearer('operator'))).status);
    },
  );
});

describe('the command confirm-absences', () => {
  /** Sends the requests of the command to the API. */
  function connect(): void {
    const send = globalThis.fetch;
    globalThis.fetch = async (input, init) => api.api(new Request(String(input), init));
    restore = () => {
      globalThis.fetch = send;
    };
  }
  let restore = () => {};

  test('lists them, ends them, and prints the sentence of the server', async () => {
    await lose(3, 5);
    const ids = on.host.absences()?.sandboxIds ?? [];
    connect();
    try {
      const url = `${origin}/`;
      const listed = await confirmAbsences({ url });
      for (const id of ids) expect(listed).toContain(id);
      expect(listed).toMatch(/^3 of 5 .*--count 3\n$/s);
      await expect(confirmAbsences({ url, count: 4 })).rejects.toThrow(/^400: .* for 4 absent sandboxes/);
      on.driver.platform.set(ids[0] ?? '', 'running');
      expect(await confirmAbsences({ url, count: 3 })).toMatch(/^2 of 3 /);
      expect(await confirmAbsences({ url })).toMatch(/^No absent sandbox/);
    } finally {
      restore();
    }
  });
});
