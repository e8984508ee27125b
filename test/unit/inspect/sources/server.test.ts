import { afterEach, describe, expect, test, vi } from 'vitest';
import { type InspectorMessage, isInspectorMessage } from '../../../../src/inspect/protocol/messages.ts';
import { followServer } from '../../../../src/inspect/sources/server.ts';
import { apiFixture } from '../../../harness/server/api-fixture.ts';
import { hostFixture } from '../../../harness/server/host-fixture.ts';

const host = hostFixture();
const api = apiFixture(host);
const { call, create } = api;

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
  vi.unstubAllGlobals();
});

/** Follows the API of the fixture, and collects its messages. */
function follow(first?: string) {
  const requests: string[] = [];
  const messages: InspectorMessage[] = [];
  const states: (string | number)[] = [];
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    requests.push(url.replace('http://127.0.0.1:8080/', ''));
    return api.api(new Request(url, init));
  });
  ends.push(
    followServer({
      api: 'http://127.0.0.1:8080/',
      token: undefined,
      ...(first !== undefined && { first }),
      onMessage: (message) => messages.push(message),
      onState: (state) => states.push(state),
    }),
  );
  return { requests, messages, states };
}

/** A message as one line. */
function line(message: InspectorMessage): string {
  const { sessionId: id } = message;
  if (message.type === '@xstate.actor') return `${id} actor ${JSON.stringify(message.snapshot.value)}`;
  if (message.type === '@xstate.event') return `${id} event ${message.event.type}`;
  if (message.type === '@xstate.snapshot') return `${id} snapshot ${message.event.type}`;
  const reason = 'reason' in message ? ` ${message.reason.code}: ${message.reason.message}` : '';
  return `${id} ${message.type.slice(19)} ${message.event}${reason}`;
}

describe('followServer', () => {
  test('reports the history in order and each event once, and then new changes', async () => {
    const ada = await create({ name: 'ada' });
    const bob = await create({ name: 'bob' });
    await call('POST', '/sandboxes/ada/suspend');
    const { requests, messages, states } = follow();
    const before = [
      `${ada} actor "pending"`,
      `${ada} event boot.completed`,
      `${ada} snapshot boot.completed`,
      `${bob} actor "pending"`,
      `${bob} event boot.completed`,
      `${bob} snapshot boot.completed`,
      `${ada} event suspend`,
      `${ada} snapshot suspend`,
      `${ada} event suspend.completed`,
      `${ada} snapshot suspend.completed`,
    ];
    await expect.poll(() => messages.map(line)).toEqual(before);
    await call('DELETE', '/sandboxes/bob');
    const after = [`${bob} event terminate`, `${bob} snapshot terminate`];
    await expect.poll(() => messages.map(line)).toEqual([...before, ...after]);
    expect(messages.every(isInspectorMessage)).toBe(true);
    expect(requests).toEqual(['sandboxes/events?unapplied=true&last_event_id=0']);
    expect(states).toEqual(['open']);
  });

  test('reports refused and stale events, after the changes before them', async () => {
    const id = await create();
    const { messages } = follow();
    await expect.poll(() => messages).toHaveLength(3);
    await call('POST', `/sandboxes/${id}/suspend`);
    await call('POST', `/sandboxes/${id}/resume`);
    host.driver.crash({ sandboxId: id, incarnation: 99, reason: 'exited' });
    await host.clock.settle();
    await call('DELETE', `/sandboxes/${id}`);
    await expect
      .poll(() => messages.slice(3).map(line))
      .toEqual([
        `${id} refused suspend ephemeral: Cannot suspend a running sandbox: it has no name, and only named sandboxes can be suspended; give it a name first.`,
        `${id} stale resume satisfied: Nothing to change: the sandbox is already in that state.`,
        `${id} stale crashed stale: It arrived too late: it belongs to an operation or incarnation that has ended.`,
        `${id} event terminate`,
        `${id} snapshot terminate`,
      ]);
    expect(messages.every(isInspectorMessage)).toBe(true);
  });

  test('reports the selected sandbox first, and only once', async () => {
    for (let made = 0; made < 50; made++) await create();
    const bob = await create({ name: 'bob' });
    for (let times = 0; times < 3; times++) await call('PATCH', `/sandboxes/${bob}`, { name: `bob${times}` });
    const { messages } = follow(bob);
    await expect.poll(() => messages).toHaveLength(50 * 3 + 9);
    const ofBob = messages.filter(({ sessionId }) => sessionId === bob);
    expect(ofBob.flatMap((message) => ('snapshot' in message ? message.id : []))).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
    ]);
    expect(messages.slice(0, 9).every(({ sessionId }) => sessionId === bob)).toBe(true);
  });

  test('accepts texts with any line separator', async () => {
    const id = await create();
    const { messages } = follow();
    await expect.poll(() => messages).toHaveLength(3);
    const reason = 'a\u2028b\u2029c\r\nd';
    host.driver.crash({ sandboxId: id, incarnation: 1, reason });
    await expect.poll(() => messages.map(line).at(-1)).toBe(`${id} snapshot crashed`);
    expect(messages.at(-1)).toMatchObject({ event: { reason } });
  });

  test('reports everything when the selected sandbox does not exist', async () => {
    await create({ name: 'ada' });
    const { messages } = follow('unknown');
    await expect.poll(() => messages).toHaveLength(3);
  });

  test('resumes after the last change when the connection is lost', async () => {
    await create({ name: 'ada' });
    const { requests, messages, states } = follow();
    await expect.poll(() => messages).toHaveLength(3);
    api.api.close();
    api.use({});
    await call('POST', '/sandboxes/ada/suspend');
    await expect.poll(() => messages, { timeout: 120_000 }).toHaveLength(7);
    expect(states).toEqual(['open', 'lost', 'open']);
    expect(requests).toHaveLength(2);
  });

  test('starts from the beginning when the server no longer knows the position', async () => {
    await create({ name: 'ada' });
    await call('POST', '/sandboxes/ada/suspend');
    const { messages } = follow();
    await expect.poll(() => messages).toHaveLength(7);
    const { clock, driver } = host;
    const { createHost, createApi } = await import('../../../../src/server/index.ts');
    const { memoryStore } = await import('../../../../src/server/store/memory.ts');
    const other = await createHost({ store: memoryStore(), driver, clock });
    const { sandbox } = await other.create({ namespace: 'default', name: 'new' });
    await clock.settle();
    const fresh = createApi(other, { clock });
    vi.stubGlobal('fetch', (url: string, init: RequestInit) => fresh(new Request(url, init)));
    api.api.close();
    await expect
      .poll(() => messages.slice(7).map(line), { timeout: 120_000 })
      .toEqual([
        `${sandbox.id} actor "pending"`,
        `${sandbox.id} event boot.completed`,
        `${sandbox.id} snapshot boot.completed`,
      ]);
    fresh.close();
    await other.close();
  });
});
