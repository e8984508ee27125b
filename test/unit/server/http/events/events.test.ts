import { describe, expect, test } from 'vitest';
import type { Host } from '../../../../../src/server/index.ts';
import { createApi } from '../../../../../src/server/index.ts';
import { apiFixture, origin } from '../../../../harness/server/api-fixture.ts';
import { type Block, eventReader } from '../../../../harness/server/event-stream.ts';
import { hostFixture } from '../../../../harness/server/host-fixture.ts';
import { expectDocumented } from '../../../../harness/server/openapi.ts';

const host = hostFixture();
const api = apiFixture(host);
const { call, create } = api;

const ask = (path: string, headers: Record<string, string> = {}) =>
  api.api(new Request(origin + path, { headers }));
const open = async (path: string, headers: Record<string, string> = {}) =>
  eventReader(await ask(path, headers));
const opening = { retry: 1000 };
const versions = (blocks: readonly (Block | undefined)[]) => blocks.map((block) => block?.data?.version);
const openStreams = () =>
  api.observations.reduce((open, seen) => (seen.type === 'streams' ? seen.open : open), 0);

describe('the stream of a sandbox', () => {
  test('begins with the state, sends every change in order, and ends with the sandbox', async () => {
    const id = await create({ name: 'ada' });
    const response = await ask('/sandboxes/ada/events');
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    expectDocumented('GET', `${origin}/sandboxes/ada/events`, response, 'a stream');
    const events = eventReader(response);
    const info = (await call('GET', '/sandboxes/ada')).body;
    expect(await events.take(2)).toEqual([
      opening,
      { event: 'state', id: 2, data: { sequence: 2, sandbox: info } },
    ]);
    await create({ name: 'other' });
    await call('POST', '/sandboxes/ada/suspend');
    await call('DELETE', '/sandboxes/ada');
    const rest = await events.rest();
    expect(rest.map(({ event, data }) => [event, data.version, data.to])).toEqual([
      ['change', 3, 'suspending'],
      ['change', 4, 'suspended'],
      ['change', 5, 'terminated'],
      ['closed', undefined, undefined],
    ]);
    expect(rest.at(-1)).toEqual({
      event: 'closed',
      data: { reason: 'The sandbox is terminated, and all its changes were sent.' },
    });
    const { history } = (await call('GET', `/sandboxes/${id}/history?after=2`)).body;
    expect(rest.slice(0, -1).map(({ data }) => data)).toEqual(history);
    expect(rest[0]?.id).toBe(history[0].sequence);
    expect(openStreams()).toBe(0);
  });

  test('sends the state of a terminated sandbox and ends', async () => {
    const id = await create();
    await call('DELETE', `/sandboxes/${id}`);
    const blocks = await (await open(`/sandboxes/${id}/events`)).rest();
    expect(blocks.map(({ event }) => event)).toEqual([undefined, 'state', 'closed']);
    const again = await call('GET', `/sandboxes/${id}/events`, undefined, {
      'last-event-id': String(blocks[1]?.id),
    });
    expect([again.status, again.body]).toEqual([204, '']);
    // A client that has not received the last change receives it.
    const late = await (await open(`/sandboxes/${id}/events`, { 'last-event-id': '1' })).rest();
    expect(versions(late)).toEqual([undefined, 2, 3, undefined]);
  });

  test('by name, resumed after the end and after the name has a new owner, delivers the end', async () => {
    const id = await create({ name: 'ada' });
    const stream = await ask('/sandboxes/ada/events');
    const text = new TextDecoder().decode((await stream.body?.getReader().read())?.value);
    const [, lastEventId = ''] = /^id: (.*)$/m.exec(text) ?? [];
    await call('PATCH', `/sandboxes/${id}`, { name: 'grace' });
    await create({ name: 'ada' });
    await call('DELETE', '/sandboxes/grace');
    const rest = await (await open('/sandboxes/ada/events', { 'last-event-id': lastEventId })).rest();
    expect(rest.map(({ data }) => [data?.sandbox_id, data?.to])).toEqual([
      [undefined, undefined],
      [id, 'running'],
      [id, 'terminated'],
      [undefined, undefined],
    ]);
  });

  test('sends a change during the opening twice rather than not at all', async () => {
    await create({ name: 'ada' });
    let hasHappened = false;
    const meanwhile = async <Result>(result: Promise<Result>): Promise<Result> => {
      const before = await result;
      if (!hasHappened) {
        hasHappened = true;
        await host.host.send('default', 'ada', { type: 'suspend' });
        await host.clock.settle();
      }
      return before;
    };
    const racing = createApi(
      {
        ...host.host,
        position: () => meanwhile(host.host.position()),
        get: (namespace, id) => meanwhile(host.host.get(namespace, id)),
      },
      { clock: host.clock },
    );
    const events = eventReader(await racing(new Request(`${origin}/sandboxes/ada/events`)));
    const [, state, ...changes] = await events.take(4);
    expect(state?.data.sandbox.version).toBe(4);
    expect(versions(changes)).toEqual([3, 4]);
    await events.cancel();
  });

  test('of an unknown sandbox is 404', async () => {
    expect((await call('GET', '/sandboxes/none/events')).status).toBe(404);
    expect((await call('GET', '/sandboxes/none/events', undefined, { 'last-event-id': '1' })).status).toBe(
      404,
    );
  });
});

describe('the stream of a namespace', () => {
  test('begins with ready, and sends every change of this namespace only', async () => {
    await create({ name: 'before' });
    const events = await open('/sandboxes/events');
    expect(await events.take(2)).toEqual([opening, { event: 'ready', id: 2, data: { sequence: 2 } }]);
    await call('POST', '/v1/namespaces/other/sandboxes', {});
    const id = await create();
    expect((await events.take(2)).map((block) => block?.data.sandbox_id)).toEqual([id, id]);
    await events.cancel();
    await host.clock.settle();
    expect(openStreams()).toBe(0);
  });

  test.each([
    ['the header', '/sandboxes/events', { 'last-event-id': '3' }],
    ['the query', '/sandboxes/events?last_event_id=3', {}],
  ])('continues after the last event id, by %s', async (_, path, headers: Record<string, string>) => {
    for (const name of ['a', 'b', 'c']) await create({ name });
    const events = await open(path, headers);
    expect((await events.take(4)).map((block) => block?.id)).toEqual([undefined, 4, 5, 6]);
    await create({ name: 'd' });
    expect((await events.take(2)).map((block) => block?.data.sandbox_id)).toHaveLength(2);
    await events.cancel();
  });

  test.each(['x', '-1', '1.5', '', '99', '9'.repeat(17), '1e0'])(
    'starts again after %j, which was never the id of an event',
    async (place) => {
      await create();
      const events = await open('/sandboxes/events', { 'last-event-id': place });
      expect(await events.take(2)).toEqual([opening, { event: 'ready', id: 2, data: { sequence: 2 } }]);
      await events.cancel();
    },
  );

  test('has no gaps for a client that reconnects repeatedly', async () => {
    const seen: (number | undefined)[] = [];
    let place = '0';
    for (let round = 0; round < 5; round++) {
      const events = await open('/sandboxes/events', { 'last-event-id': place });
      await create();
      await create();
      // One less than the number of changes.
      const blocks = (await events.take(1 + 3)).slice(1);
      seen.push(...blocks.map((block) => block?.id));
      place = String(seen.at(-1));
      await events.cancel();
    }
    expect(seen).toEqual(Array.from({ length: 15 }, (_, index) => index + 1));
  });
});

describe('a quiet stream', () => {
  test('has a heartbeat 15 s after the last frame', async () => {
    await create({ name: 'ada' });
    const events = await open('/sandboxes/events');
    await events.take(2);
    const next = events.next();
    await host.clock.advance(14_999);
    expect(await Promise.race([next, 'silence'])).toBe('silence');
    await host.clock.advance(1);
    expect(await next).toEqual({ comment: 'heartbeat' });
    const change = events.next();
    await host.clock.advance(10_000);
    await call('POST', '/sandboxes/ada/suspend');
    expect((await change)?.data.to).toBe('suspending');
    await events.next();
    const after = events.next();
    await host.clock.advance(14_999);
    expect(await Promise.race([after, 'silence'])).toBe('silence');
    await events.cancel();
  });
});

test('each frame has the server’s clock, also after a correction of the clock', async () => {
  const id = await create({ name: 'ada' });
  const events = await open(`/sandboxes/${id}/events`);
  await events.take(2);
  const opened = host.clock.now();
  host.clock.jump(3_600_000);
  const heartbeat = events.take(1);
  await host.clock.advance(15_000);
  expect(await heartbeat).toEqual([{ comment: 'heartbeat' }]);
  expect(events.times).toEqual([opened, opened + 3_615_000]);
  await events.cancel();
});

describe('a slow reader', () => {
  test('is disconnected after 30 s without a read, and resumes without a gap', async () => {
    const events = await open('/sandboxes/events');
    await events.take(2);
    await create();
    await host.clock.advance(29_999);
    expect(openStreams()).toBe(1);
    await host.clock.advance(1);
    expect(openStreams()).toBe(0);
    expect(await events.rest()).toEqual([
      { event: 'closed', data: { reason: 'The client read nothing for 30 s; reconnect to continue.' } },
    ]);
    const again = await open('/sandboxes/events', { 'last-event-id': '0' });
    expect((await again.take(3)).map((block) => block?.id)).toEqual([undefined, 1, 2]);
    await again.cancel();
  });

  test('is disconnected when it never reads', async () => {
    await open('/sandboxes/events');
    expect(openStreams()).toBe(1);
    await host.clock.advance(30_000);
    expect(openStreams()).toBe(0);
  });

  test('stays connected when it reads one piece at a time', async () => {
    const events = await open('/sandboxes/events');
    await events.take(2);
    for (let taken = 0; taken < 7; taken++) {
      await create();
      await host.clock.advance(29_000);
      await events.take(2);
    }
    expect(openStreams()).toBe(1);
    await events.cancel();
  });

  test('is disconnected when more than 1,000 changes wait for it', async () => {
    const events = await open('/sandboxes/events');
    await events.take(2);
    for (let made = 0; made < 500; made++) await host.host.create({ namespace: 'default' });
    await host.clock.settle();
    await host.clock.advance(1_000);
    // These are 1,000 changes, all unread.
    expect(openStreams()).toBe(1);
    // Some of them are in the piece that is ready.
    for (let made = 0; made < 60; made++) await host.host.create({ namespace: 'default' });
    await host.clock.advance(10);
    expect(openStreams()).toBe(0);
    expect((await events.rest()).at(-1)?.data.reason).toMatch(/more than 1000 changes behind/);
  });

  test('does not miss a change when it reads again after a count', async () => {
    const events = await open('/sandboxes/events');
    await events.take(2);
    for (let made = 0; made < 20; made++) await create();
    await host.clock.advance(5_000);
    await create();
    const ids = (await events.take(42)).map((block) => block?.id);
    expect(ids).toEqual(Array.from({ length: 42 }, (_, index) => index + 1));
    await events.cancel();
  });

  test('may catch up with many changes', async () => {
    for (let made = 0; made < 600; made++) await host.host.create({ namespace: 'default' });
    await host.clock.settle();
    const events = await open('/sandboxes/events', { 'last-event-id': '0' });
    await host.clock.advance(900);
    const blocks = await events.take(1201);
    expect(blocks.at(-1)?.id).toBe(1200);
    await events.cancel();
  });

  test('makes the server buffer one piece', async () => {
    let read = 0;
    const counting: Host = {
      ...host.host,
      async *watchAll(query) {
        for await (const row of host.host.watchAll(query)) {
          read += 1;
          yield row;
        }
      },
    };
    const slow = createApi(counting, { clock: host.clock });
    for (let made = 0; made < 300; made++) await host.host.create({ namespace: 'default' });
    const request = new Request(`${origin}/sandboxes/events`, { headers: { 'last-event-id': '0' } });
    const events = eventReader(await slow(request));
    await events.take(6);
    await host.clock.settle();
    // The piece that was read, and the one that is ready, of 64 KiB each.
    expect(read).toBeLessThan(250);
    slow.close();
  });
});

describe('many streams', () => {
  test('send a first change at once, and what follows soon in one piece', async () => {
    const streams = await Promise.all(Array.from({ length: 100 }, () => open('/sandboxes/events')));
    const piecesOf = ({ times }: (typeof streams)[number]) => times.length;
    for (const events of streams) await events.take(2);
    await create();
    await Promise.all(streams.map((events) => events.take(2)));
    expect(streams.map(piecesOf).every((pieces) => pieces <= 3)).toBe(true);
    const before = streams.map(piecesOf);
    const arrivals = streams.map((events) => events.take(6));
    for (let made = 0; made < 3; made++) await create();
    await host.clock.advance(25);
    await Promise.all(arrivals);
    expect(streams.map(piecesOf)).toEqual(before.map((pieces) => pieces + 1));
    for (const events of streams) await events.cancel();
  });
});

describe('the limit of streams', () => {
  test('is 100 per client', async () => {
    const streams = await Promise.all(Array.from({ length: 100 }, () => open('/sandboxes/events')));
    const refused = await call('GET', '/sandboxes/events');
    expect([refused.status, refused.body, refused.headers.get('retry-after')]).toEqual([
      429,
      'This client has 100 open streams, which is the limit; close some, or try again later.',
      '5',
    ]);
    await streams[0]?.cancel();
    await host.clock.settle();
    const one = await open('/sandboxes/events');
    expect(await one.next()).toEqual(opening);
  });

  test('does not count HEAD requests', async () => {
    for (let sent = 0; sent < 150; sent++) {
      expect((await call('HEAD', '/sandboxes/events')).status).toBe(200);
    }
    expect(openStreams()).toBe(0);
  });

  test('does not count disconnected clients', async () => {
    const hangUp = new AbortController();
    await api.api(new Request(`${origin}/sandboxes/events`, { signal: hangUp.signal }));
    expect(openStreams()).toBe(1);
    hangUp.abort();
    expect(openStreams()).toBe(0);
  });

  test('does not count clients that disconnect before the stream opens', async () => {
    await api.api(new Request(`${origin}/sandboxes/events`, { signal: AbortSignal.abort() }));
    expect(openStreams()).toBe(0);
  });

  test('ends the body for a server that still reads it after the client has disconnected', async () => {
    const hangUp = new AbortController();
    const response = await api.api(new Request(`${origin}/sandboxes/events`, { signal: hangUp.signal }));
    const events = eventReader(response);
    await events.take(2);
    const last = events.rest();
    hangUp.abort();
    expect(await last).toEqual([]);
  });
});

describe('the end', () => {
  test('of the API ends every stream with the reason, and rejects new streams', async () => {
    const waiting = await open('/sandboxes/events');
    await waiting.take(2);
    const idle = await open('/sandboxes/events');
    const last = waiting.rest();
    api.api.close();
    const reason = 'The server is stopping; reconnect in a moment.';
    expect(await last).toEqual([{ event: 'closed', data: { reason } }]);
    expect((await idle.rest()).at(-1)).toEqual({ event: 'closed', data: { reason } });
    const refused = await ask('/sandboxes/events');
    expect([refused.status, await refused.text(), refused.headers.get('retry-after')]).toEqual([
      503,
      reason,
      '5',
    ]);
    expect(openStreams()).toBe(0);
  });

  test('of the API is a documented response for the stream of one sandbox, too', async () => {
    const id = await create();
    api.api.close();
    expect(await call('GET', `/sandboxes/${id}/events`)).toMatchObject({ status: 503 });
  });

  test('of the host ends every stream', async () => {
    const events = await open('/sandboxes/events');
    await events.take(2);
    const last = events.rest();
    await host.host.close();
    expect((await last).map(({ event }) => event)).toEqual(['closed']);
  });

  test('by an error is reported to the operator, and to the reader without detail', async () => {
    const failing: Host = {
      ...host.host,
      // biome-ignore lint/correctness/useYield: it fails before it yields anything.
      async *watchAll() {
        throw new Error('secret detail');
      },
    };
    const problems: unknown[] = [];
    const broken = createApi(failing, {
      clock: host.clock,
      observe: (observation) => observation.type === 'problem' && problems.push(observation.error),
    });
    const blocks = await eventReader(await broken(new Request(`${origin}/sandboxes/events`))).rest();
    expect(blocks.at(-1)?.data.reason).toBe('Internal server error; reconnect.');
    expect(String(problems)).toContain('secret detail');
  });
});
