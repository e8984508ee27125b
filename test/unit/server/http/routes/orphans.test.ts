import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createOrphansCommand, type OrphansOptions } from '../../../../../src/cli/orphans/command.ts';
import { orphans } from '../../../../../src/cli/orphans/orphans.ts';
import { parseTokens } from '../../../../../src/server/index.ts';
import { apiFixture, origin } from '../../../../harness/server/api-fixture.ts';
import { hostFixture } from '../../../../harness/server/host-fixture.ts';

const on = hostFixture();
const api = apiFixture(on);
const { call } = api;
const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const decide = (body: object) => call('POST', '/orphans/decide', body);

function strays(...ids: string[]): void {
  for (const id of ids) on.driver.platform.set(id, 'running');
}

describe('GET /orphans', () => {
  test('lists sandboxes without a record in pages, with the decisions', async () => {
    strays('a', 'b', 'c');
    await decide({ decision: 'keep', sandbox_ids: ['b'] });
    const at = on.clock.now();
    const undecided = { state: 'running', decision: null, decided_at: null, decided_by: null };
    expect((await call('GET', '/orphans?limit=2')).body).toEqual({
      count: 3,
      orphans: [
        { sandbox_id: 'a', ...undecided },
        {
          sandbox_id: 'b',
          state: 'running',
          decision: 'keep',
          decided_at: at,
          decided_by: expect.any(String),
        },
      ],
      next_cursor: 'b',
    });
    expect((await call('GET', '/orphans?limit=2&cursor=b')).body).toMatchObject({
      orphans: [{ sandbox_id: 'c' }],
      next_cursor: null,
    });
    expect((await call('GET', '/orphans?limit=1001')).status).toBe(400);
  });

  test('responds with 503 and Retry-After while the platform fails or the server stops', async () => {
    on.driver.inventory = async () => {
      throw new Error('secret address');
    };
    for (const answer of [
      await call('GET', '/orphans'),
      await decide({ decision: 'keep', sandbox_ids: ['a'] }),
    ]) {
      expect(answer).toMatchObject({
        status: 503,
        body: expect.stringMatching(/^The platform did not return/),
      });
      expect(answer.headers.get('retry-after')).toBe('5');
      expect(answer.headers.get('x-error-code')).toBe('platform_not_responding');
    }
    await on.host.close();
    const closed = await call('GET', '/orphans');
    expect(closed.status).toBe(503);
    expect(closed.headers.get('retry-after')).toBe('1');
    api.api.close();
    expect((await call('GET', '/orphans')).status).toBe(503);
    expect((await decide({ decision: 'keep', sandbox_ids: ['a'] })).status).toBe(503);
  });
});

describe('POST /orphans/decide', () => {
  test('releases and adopts', async () => {
    strays('a', 'b');
    expect(await decide({ decision: 'release', sandbox_ids: ['a'] })).toMatchObject({
      status: 200,
      body: { decision: 'release', sandbox_ids: ['a'] },
    });
    expect(
      await decide({ decision: 'adopt', sandbox_ids: ['b'], namespace: 'default', names: { b: 'ada' } }),
    ).toMatchObject({
      status: 200,
      body: { decision: 'adopt', sandbox_ids: ['b'] },
    });
    await on.clock.settle();
    expect([...on.driver.platform.keys()]).toEqual(['b']);
    expect((await call('GET', '/sandboxes/ada')).body).toMatchObject({ id: 'b', status: 'running' });
  });

  test.each([
    [{ decision: 'destroy', sandbox_ids: ['a'] }, 422],
    [{ decision: 'keep', sandbox_ids: [] }, 422],
    [{ decision: 'keep', sandbox_ids: [''] }, 422],
    [{ decision: 'keep', sandbox_ids: 'a' }, 422],
    [{ decision: 'keep', sandbox_ids: Array.from({ length: 1_001 }, String) }, 422],
    [{ decision: 'keep', sandbox_ids: ['a'], namespace: 'default' }, 400],
    [{ decision: 'adopt', sandbox_ids: ['a'] }, 400],
    [{ decision: 'adopt', sandbox_ids: ['a'], namespace: 'default', names: { a: 'Not A Label' } }, 400],
    [{ decision: 'adopt', sandbox_ids: ['a'], namespace: '../etc' }, 422],
    [{ decision: 'keep', sandbox_ids: ['gone'] }, 404],
  ])('answers %j with %i, and changes nothing', async (body, status) => {
    strays('a');
    expect((await decide(body)).status).toBe(status);
    expect(await on.store.orphans?.list('', 9)).toEqual([]);
    expect(on.driver.platform.size).toBe(1);
  });

  test('answers 409 for a sandbox with a record', async () => {
    const { id } = await on.running('ada');
    const answer = await decide({ decision: 'release', sandbox_ids: [id] });
    expect(answer).toMatchObject({ status: 409, body: expect.stringMatching(/has a record/) });
    expect(answer.headers.get('x-error-code')).toBe('orphan_has_record');
  });

  test('requires the token of an operator', async () => {
    strays('a');
    api.use({ tokens: parseTokens(`${hashOf('team')} default ada\n${hashOf('operator')} * grace`) });
    const body = { decision: 'release', sandbox_ids: ['a'] };
    for (const [method, path, sent] of [
      ['GET', '/orphans', undefined],
      ['POST', '/orphans/decide', body],
    ] as const) {
      expect((await call(method, path, sent)).status).toBe(401);
      expect((await call(method, path, sent, bearer('team'))).status).toBe(403);
      expect((await call(method, path, sent, bearer('operator'))).status).toBe(200);
    }
  });
});

describe('the command orphans', () => {
  /** Runs the command with arguments, on the API. */
  async function run(...args: string[]): Promise<string> {
    const send = globalThis.fetch;
    globalThis.fetch = async (input, init) => api.api(new Request(String(input), init));
    try {
      let options: OrphansOptions | undefined;
      const command = createOrphansCommand((given) => {
        options = given;
      });
      await command.parseAsync([...args, '--url', origin], { from: 'user' });
      return await orphans(options as OrphansOptions);
    } finally {
      globalThis.fetch = send;
    }
  }

  test('lists, decides, and prints the sentence of the server', async () => {
    expect(await run()).toBe('Every sandbox on the platform has a record.\n');
    strays('a', 'b', 'c', 'd');
    expect(await run('--keep', 'a')).toBe('One sandbox: kept, also across restarts.\n');
    expect(await run('--adopt', 'b=bob', 'c')).toBe('2 sandboxes: adopted in the namespace default.\n');
    expect(await run('--release', 'd')).toMatch(/^One sandbox: the release has begun/);
    await on.clock.settle();
    expect(await run()).toBe(
      '1 on the platform without a record:\na  running  keep\nTo decide about them, run the command again with --keep, --release or --adopt and ids.\n',
    );
    expect((await on.record('b')).name).toBe('bob');
    expect((await on.record('c')).name).toBeNull();
    await expect(run('--release', 'b')).rejects.toThrow(/^409: Sandbox "b" has a record/);
  });

  test('lists more than a page', async () => {
    strays(...Array.from({ length: 1_001 }, (_, index) => `id-${index}`));
    expect(await run()).toMatch(/^1001 on the platform/);
  });

  test('takes one decision at a time', async () => {
    await expect(run('--keep', 'a', '--release', 'b')).rejects.toThrow('Pass only one of');
  });
});
