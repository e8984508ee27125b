import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseQuotas } from '../../../../../src/schema/parse.ts';
import { createWatchers } from '../../../../../src/server/http/events/watchers.ts';
import { createHost } from '../../../../../src/server/index.ts';
import { memoryStore } from '../../../../../src/server/store/memory.ts';
import { apiFixture, origin } from '../../../../harness/server/api-fixture.ts';
import { eventReader } from '../../../../harness/server/event-stream.ts';
import { fakeDriver } from '../../../../harness/server/fake-driver.ts';
import { hostFixture } from '../../../../harness/server/host-fixture.ts';
import { virtualClock } from '../../../../harness/server/virtual-clock.ts';

const on = hostFixture({
  quotas: { livingSandboxes: 3, snapshots: 2, requestsPerSecond: 20, streamsAndWaits: 4 },
});
const api = apiFixture(on);
const { call, create } = api;

describe('the quotas of a namespace', () => {
  test('limit its living sandboxes, and a terminated one makes room', async () => {
    const ids = [await create(), await create(), await create()];
    const refused = await call('POST', '/sandboxes', {});
    expect([refused.status, refused.body]).toEqual([
      403,
      'The namespace has 3 living sandboxes, which is its quota; terminate some, or ask the operator for more.',
    ]);
    expect((await call('POST', '/v1/namespaces/other/sandboxes', {})).status).toBe(200);
    await call('DELETE', `/sandboxes/${ids[0]}`);
    await create();
    expect((await call('POST', '/sandboxes', {})).status).toBe(403);
  });

  test('hold for concurrent creations', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => call('POST', '/sandboxes', {})));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(7);
  });

  test('limit its snapshots, and a refused one changes nothing', async () => {
    const id = await create({ name: 'ada' });
    const snapshots = [];
    for (let taken = 0; taken < 2; taken++) {
      const { status, body } = await call('POST', `/sandboxes/${id}/snapshot`);
      expect(status).toBe(202);
      snapshots.push(body.snapshot_id);
    }
    const before = await on.record(id);
    const refused = await call('POST', `/sandboxes/${id}/snapshot`);
    expect([refused.status, refused.body]).toEqual([
      403,
      expect.stringMatching(/^The namespace has 2 snapshots/),
    ]);
    expect(await on.record(id)).toEqual(before);
    await call('DELETE', `/snapshots/${snapshots[0]}`);
    expect((await call('POST', `/sandboxes/${id}/snapshot`)).status).toBe(202);
  });

  test('limit its rate of requests, whatever tokens send them', async () => {
    const tokenOf = (text: string, namespace: string) => ({
      sha256: createHash('sha256').update(text).digest('hex'),
      namespace,
    });
    api.use({ tokens: [tokenOf('a', 'team'), tokenOf('b', 'team'), tokenOf('c', 'other')] });
    const ask = (token: string) => call('GET', '/sandboxes', undefined, { authorization: `Bearer ${token}` });
    for (let sent = 0; sent < 40; sent++) expect((await ask(sent % 2 ? 'a' : 'b')).status).toBe(200);
    for (const token of ['a', 'b']) {
      const refused = await ask(token);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    }
    expect((await ask('c')).status).toBe(200);
    expect((await ask('unknown')).status).toBe(401);
    await on.clock.advance(1_000);
    expect((await ask('a')).status).toBe(200);
  });

  test('limit its event streams and waits together, and an end of one makes room', async () => {
    const id = await create({ name: 'ada' });
    const get = (path: string) => api.api(new Request(origin + path));
    const streams = [
      eventReader(await get('/sandboxes/events')),
      eventReader(await get(`/sandboxes/${id}/events`)),
    ];
    const waits = [1, 2].map(() => get(`/sandboxes/${id}/wait?status=suspended&timeout=60`));
    await on.clock.settle();
    for (const path of ['/sandboxes/events', `/sandboxes/${id}/wait?status=suspended`]) {
      const { status, body, headers } = await call('GET', path);
      expect([status, body, headers.get('retry-after')]).toEqual([
        429,
        'The namespace has 4 open streams and waits, which is the limit; close some, or try again later.',
        '5',
      ]);
    }
    await call('POST', `/sandboxes/${id}/suspend`);
    expect((await Promise.all(waits)).map(({ status }) => status)).toEqual([200, 200]);
    await streams[0]?.cancel();
    await on.clock.settle();
    const again = [1, 2, 3].map(() => get(`/sandboxes/${id}/wait?status=running&timeout=1`));
    await on.clock.settle();
    await on.clock.advance(1_000);
    expect((await Promise.all(again)).map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});

describe('quotas', () => {
  test('have defaults, and null removes one', () => {
    expect(parseQuotas()).toEqual({
      livingSandboxes: 10_000,
      snapshots: 10_000,
      requestsPerSecond: 10_000,
      streamsAndWaits: 1_000,
    });
    expect(parseQuotas({ streamsAndWaits: null }).streamsAndWaits).toBeNull();
  });

  test.each([
    [{ streamsAndWaits: -1 }, 'quotas.streamsAndWaits must be at least 0.'],
    [{ snapshots: 1.5 }, 'quotas.snapshots must be a whole number.'],
    [{ requestsPerSecond: 0 }, 'quotas.requestsPerSecond must be at least 1.'],
    [{ sandboxes: 1 }, 'quotas.sandboxes is not a field; omit it.'],
  ])('%j are refused at the start of a host', async (quotas: object, sentence) => {
    const options = { store: memoryStore(), driver: fakeDriver(), clock: virtualClock() };
    await expect(createHost({ ...options, quotas })).rejects.toThrow(sentence);
  });
});

describe('the streams and waits of all namespaces', () => {
  test('are at most 5,000, also without a quota', () => {
    const watchers = createWatchers(null);
    const leaves = Array.from({ length: 5_000 }, (_, index) => watchers.enter(`namespace-${index % 7}`));
    expect(leaves.every((leave) => typeof leave === 'function')).toBe(true);
    expect(watchers.enter('last')).toMatchObject({ status: 429 });
    const [first] = leaves;
    // The end of a watcher counts once.
    for (let times = 0; times < 2; times++) if (typeof first === 'function') first();
    expect(watchers.enter('last')).toBeTypeOf('function');
    expect(watchers.enter('last')).toMatchObject({ status: 429 });
  });
});
