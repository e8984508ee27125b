import { describe, expect, test } from 'vitest';
import { parseTokens } from '../../../../src/server/index.ts';
import { sha256Of } from '../../../../src/utils/sha256.ts';
import { apiFixture } from '../../../harness/server/api-fixture.ts';
import { hostFixture } from '../../../harness/server/host-fixture.ts';

const fixture = hostFixture();
const api = apiFixture(fixture);

/** The virtual clock begins on this day. */
const today = () => new Date(fixture.clock.now()).toISOString().slice(0, 10);
const dayAfter = (day: string, days = 1) =>
  new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);

const total = async (namespace?: string) => {
  const { items } = await fixture.host.usage({ namespace, from: today(), to: dayAfter(today()), limit: 9 });
  return items.map(({ runningMs, suspendedMs }) => [runningMs, suspendedMs]);
};

describe('usage', () => {
  test('counts a running sandbox until now, and a suspended one apart', async () => {
    await fixture.running('ada');
    await fixture.clock.advance(10_000);
    expect(await total('default')).toEqual([[10_000, 0]]);
    await fixture.host.send('default', 'ada', { type: 'suspend' });
    await fixture.clock.settle();
    await fixture.clock.advance(5_000);
    expect(await total('default')).toEqual([[10_000, 5_000]]);
    expect(await fixture.host.totalUsage('default')).toEqual({ runningMs: 10_000, suspendedMs: 5_000 });
    await fixture.host.send('default', 'ada', { type: 'terminate' });
    await fixture.clock.advance(5_000);
    expect(await total('default')).toEqual([[10_000, 5_000]]);
  });

  test('divides a time at midnight, and ends with the last day of the query', async () => {
    const first = today();
    await fixture.restart({ driftIntervalSeconds: 86_400 });
    await fixture.running('ada');
    const startedAt = fixture.clock.now();
    await fixture.clock.advance(2 * 86_400_000);
    const { items } = await fixture.host.usage({ from: first, to: dayAfter(first, 2), limit: 9 });
    const firstMs = Date.parse(dayAfter(first)) - startedAt;
    expect(items).toEqual([
      {
        namespace: 'default',
        runningMs: firstMs + 86_400_000,
        suspendedMs: 0,
        days: [
          { day: first, runningMs: firstMs, suspendedMs: 0 },
          { day: dayAfter(first), runningMs: 86_400_000, suspendedMs: 0 },
        ],
      },
    ]);
  });

  test('is that of this month without days, in pages by namespace', async () => {
    for (const namespace of ['a', 'b', 'c']) await fixture.host.create({ namespace });
    await fixture.clock.settle();
    await fixture.clock.advance(1_000);
    const first = await fixture.host.usage({ limit: 2 });
    expect(first).toMatchObject({
      from: `${today().slice(0, 7)}-01`,
      to: dayAfter(today()),
      nextCursor: 'b',
    });
    expect(first.items.map(({ namespace }) => namespace)).toEqual(['a', 'b']);
    const second = await fixture.host.usage({ limit: 2, cursor: 'b' });
    expect(second.items.map(({ namespace, runningMs }) => [namespace, runningMs])).toEqual([['c', 1_000]]);
    expect(second.nextCursor).toBeNull();
  });

  test.each([
    [{ from: 'yesterday' }, /^from is yesterday; use a day such as 2026-11-01\.$/],
    [{ to: '2026-02-31' }, /^to is 2026-02-31; use a day/],
    [{ from: '2026-02-01', to: '2026-02-01' }, /has 0 days; use 1 to 366 days/],
    [{ from: '2026-02-02', to: '2026-02-01' }, /has -1 days/],
    [{ from: '2024-01-01', to: '2026-01-01' }, /has 731 days/],
  ])('rejects the days %o', async (days, sentence) => {
    await expect(fixture.host.usage({ ...days, limit: 1 })).rejects.toThrow(sentence);
    const query = new URLSearchParams(days as Record<string, string>);
    expect(await api.call('GET', `/usage?${query}`)).toMatchObject({
      status: 400,
      body: expect.stringMatching(sentence),
    });
  });
});

describe('GET /usage', () => {
  const hashOf = async (token: string) => Buffer.from(await sha256Of(token)).toString('hex');
  const as = (token: string) => ({ authorization: `Bearer ${token}` });

  test('has seconds', async () => {
    await api.create();
    await fixture.clock.advance(1_500);
    expect((await api.call('GET', '/usage')).body).toEqual({
      from: `${today().slice(0, 7)}-01`,
      to: dayAfter(today()),
      namespaces: [
        {
          namespace: 'default',
          running_secs: 1.5,
          suspended_secs: 0,
          days: [{ day: today(), running_secs: 1.5, suspended_secs: 0 }],
        },
      ],
      next_cursor: null,
    });
  });

  test('shows an operator all namespaces, and another token its own', async () => {
    for (const namespace of ['acme', 'globex']) await fixture.host.create({ namespace });
    await fixture.clock.settle();
    await fixture.clock.advance(1_000);
    const lines = [
      `${await hashOf('ops')} *`,
      `${await hashOf('admin')} * root scopes=admin`,
      `${await hashOf('acme')} acme`,
      `${await hashOf('writer')} acme ci scopes=write`,
    ];
    api.use({ tokens: parseTokens(lines.join('\n')) });
    const names = async (token: string, query = '') => {
      const { status, body } = await api.call('GET', `/usage${query}`, undefined, as(token));
      return status === 200
        ? body.namespaces.map(({ namespace }: { namespace: string }) => namespace)
        : status;
    };
    expect(await names('ops')).toEqual(['acme', 'globex']);
    expect(await names('ops', '?namespace=globex')).toEqual(['globex']);
    expect(await names('acme')).toEqual(['acme']);
    expect(await names('acme', '?namespace=acme')).toEqual(['acme']);
    expect(await names('acme', '?namespace=globex')).toBe(403);
    expect(await names('acme', '?cursor=z')).toEqual(['acme']);
    expect([await names('admin'), await names('writer')]).toEqual([403, 403]);
  });
});
