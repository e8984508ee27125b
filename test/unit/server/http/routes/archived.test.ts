import { describe, expect, test } from 'vitest';
import { apiFixture, origin } from '../../../../harness/server/api-fixture.ts';
import { type Block, eventReader } from '../../../../harness/server/event-stream.ts';
import { hostFixture } from '../../../../harness/server/host-fixture.ts';

const host = hostFixture({
  discardGraceSeconds: 0,
  retention: { archiveAfterSeconds: 60, deleteAfterSeconds: 1800, eventsPerSandbox: 100 },
});
const api = apiFixture(host);
const { call, create } = api;

const minutes = (count: number) => host.clock.advance(count * 60_000);
const ids = (body: { sandboxes: readonly { id: string }[] }) => body.sandboxes.map(({ id }) => id);
const open = async (path: string, lastEventId: number | string) => {
  const headers = { 'last-event-id': `${lastEventId}` };
  return eventReader(await api.api(new Request(origin + path, { headers })));
};

/** Creates sandboxes that have ended, one after the other. Returns their ids. */
async function ended(...bodies: readonly object[]): Promise<readonly string[]> {
  const created: string[] = [];
  for (const body of bodies) {
    const id = await create(body);
    created.push(id);
    expect((await call('DELETE', `/sandboxes/${id}`)).status).toBe(200);
    await host.clock.advance(1_000);
  }
  return created;
}

describe('an archived sandbox', () => {
  test('is in a list of its own, in pages and by name and metadata', async () => {
    const [a, b, c] = await ended(
      { name: 'ada', metadata: { team: 'red' } },
      { name: 'bea', metadata: { team: 'red' } },
      { name: 'ada', metadata: { team: 'blue' } },
    );
    const living = await create({ name: 'ada' });
    await minutes(11);
    const root = '/archived-sandboxes';
    expect(ids((await call('GET', root)).body)).toEqual([c, b, a]);
    expect(ids((await call('GET', `/v1/namespaces/default${root}`)).body)).toEqual([c, b, a]);
    const first = (await call('GET', `${root}?limit=2`)).body;
    expect([ids(first), first.prev_cursor]).toEqual([[c, b], null]);
    expect(ids((await call('GET', `${root}?limit=2&cursor=${first.next_cursor}`)).body)).toEqual([a]);
    expect(ids((await call('GET', `${root}?name=ada`)).body)).toEqual([c, a]);
    expect(ids((await call('GET', `${root}?name=ada&metadata=team:red`)).body)).toEqual([a]);
    expect(ids((await call('GET', '/sandboxes')).body)).toEqual([living]);
    expect(ids((await call('GET', '/sandboxes?status=terminated')).body)).toEqual([]);
    expect((await call('GET', `${root}?cursor=x`)).status).toBe(400);
  });

  test('still answers by its id, until it is deleted', async () => {
    const [id = ''] = await ended({ name: 'ada' });
    const [before, history] = [
      (await call('GET', `/sandboxes/${id}`)).body,
      (await call('GET', `/sandboxes/${id}/history`)).body,
    ];
    expect((await call('GET', `/archived-sandboxes/${id}`)).status).toBe(404);
    await minutes(11);
    for (const [path, more] of [
      [`/sandboxes/${id}`, {}],
      [`/archived-sandboxes/${id}`, { archived_at: 1_600_000 }],
    ] as const) {
      const answer = await call('GET', path);
      expect([answer.status, answer.body]).toEqual([200, { ...before, ...more }]);
      expect(answer.headers.get('etag')).toBeTruthy();
    }
    expect((await call('GET', `/sandboxes/${id}/history`)).body).toEqual(history);
    expect((await call('DELETE', `/sandboxes/${id}`)).status).toBe(200);
    expect((await call('PATCH', `/sandboxes/${id}`, { name: 'bea' })).status).toBe(400);
    expect((await call('GET', '/archived-sandboxes/ada')).status).toBe(404);
    const wait = await call('GET', `/sandboxes/${id}/wait?status=terminated`);
    expect(wait.body).toMatchObject({ outcome: 'reached' });
    await minutes(31);
    for (const path of [`/sandboxes/${id}`, `/archived-sandboxes/${id}`, `/sandboxes/${id}/history`])
      expect((await call('GET', path)).status, path).toBe(404);
    expect((await call('DELETE', `/sandboxes/${id}`)).status).toBe(404);
  });

  test('is unknown in other namespaces', async () => {
    const [id = ''] = await ended({});
    await minutes(11);
    expect(ids((await call('GET', '/v1/namespaces/team/archived-sandboxes')).body)).toEqual([]);
    expect((await call('GET', `/v1/namespaces/team/archived-sandboxes/${id}`)).status).toBe(404);
    expect((await call('GET', `/v1/namespaces/default/archived-sandboxes/${id}`)).status).toBe(200);
  });
});

test('a snapshot says when it expires', async () => {
  await host.restart({ retention: { expireSnapshotsAfterSeconds: 3600 } });
  api.use({});
  const id = await create();
  const { snapshot_id: snapshotId } = (await call('POST', `/sandboxes/${id}/snapshot`)).body;
  const { body } = await call('GET', `/snapshots/${snapshotId}`);
  expect(body.expires_at).toBe(body.created_at + 3_600_000);
  expect((await call('GET', '/snapshots')).body.snapshots).toEqual([body]);
});

describe('a stream that resumes', () => {
  const kinds = (blocks: readonly (Block | undefined)[]) => blocks.map((block) => block?.event);

  test('begins again where events after its last one were deleted, and else continues without a gap', async () => {
    const id = await create({ name: 'n' });
    for (let count = 0; count < 250; count++) await call('PATCH', `/sandboxes/${id}`, { name: `n${count}` });
    await minutes(11);
    const { history } = (await call('GET', `/sandboxes/${id}/history?limit=1000`)).body;
    expect(history).toHaveLength(100);
    expect(history[0]).toMatchObject({ first_kept: true });
    expect(history[1].first_kept).toBeUndefined();
    const oldest = history[0].sequence;
    for (const last of [1, oldest - 2]) {
      const all = await open('/sandboxes/events', last);
      const [, ready] = await all.take(2);
      expect(ready).toMatchObject({ event: 'ready', data: { sequence: history.at(-1).sequence } });
      const one = await open(`/sandboxes/${id}/events`, `${last}-${id}`);
      const [, state] = await one.take(2);
      expect(state).toMatchObject({ event: 'state', data: { sandbox: { version: history.at(-1).version } } });
      await Promise.all([all.cancel(), one.cancel()]);
    }
    for (const path of ['/sandboxes/events', `/sandboxes/${id}/events`]) {
      const events = await open(path, oldest - 1);
      const blocks = (await events.take(101)).slice(1);
      expect(new Set(kinds(blocks))).toEqual(new Set(['change']));
      expect(blocks.map((block) => block?.id)).toEqual(
        history.map((row: { sequence: number }) => row.sequence),
      );
      await events.cancel();
    }
  });

  test('ends with a reason when events that it has to send are deleted meanwhile', async () => {
    const created = [await create({ name: 'a' }), await create({ name: 'b' }), await create({ name: 'c' })];
    for (const [index, id] of created.entries())
      for (let count = 0; count < 60; count++)
        expect((await call('PATCH', `/sandboxes/${id}`, { name: `s${index}-n${count}` })).status).toBe(200);
    // The new host has no event in memory, so the stream reads the store, 100 rows at a time.
    await host.restart();
    api.use({});
    const events = await open('/sandboxes/events', 2);
    await events.take(2);
    expect(await host.store.retention?.cutHistory(created[2] as string, 10, 99)).toBe(52);
    const blocks = await events.rest();
    expect(kinds(blocks.slice(0, -1)).every((kind) => kind === 'change')).toBe(true);
    expect(blocks.length).toBeLessThan(110);
    expect(blocks.at(-1)).toMatchObject({
      event: 'closed',
      data: { reason: expect.stringContaining('reconnect') },
    });
    const last = blocks.at(-2)?.id as number;
    const again = await open('/sandboxes/events', last);
    expect((await again.take(2))[1]?.event).toBe('ready');
    await again.cancel();
  });
});
