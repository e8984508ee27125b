import { afterEach, expect, test, vi } from 'vitest';
import {
  createSandboxCreator,
  createSandboxListClient,
  defaultTimes,
  type SandboxListClient,
} from '../../../src/client/index.ts';
import { type FakeTransportOptions, fakeTransport } from '../../../src/testing/index.ts';
import { passTime } from '../../harness/client/pass-time.ts';
import { flushPromises, runningSandbox } from '../../harness/client/scripted-transport.ts';
import { createWorld } from '../../harness/client/world.ts';

const open: SandboxListClient[] = [];
afterEach(() => {
  for (const list of open.splice(0)) list.dispose();
});

/** A list of one sandbox that is connected, and its creator. Every state that its listeners see is recorded. */
async function page(options: FakeTransportOptions = {}) {
  const world = createWorld(10_000);
  const transport = fakeTransport({ sandboxes: [runningSandbox()], now: world.now, ...options });
  const list = createSandboxListClient({ transport, clock: world });
  const creator = createSandboxCreator({ list });
  open.push(list);
  const states: (readonly string[])[] = [];
  const shown = () => list.getSnapshot().sandboxes.map(({ id }) => creator.keyOf(id));
  list.subscribe(() => states.push(shown()));
  const pass = (milliseconds: number) => passTime(world, milliseconds);
  await pass(1000);
  states.length = 0;
  const created = () => transport.requests.filter(({ kind }) => kind === 'create');
  return { world, transport, list, creator, states, shown, pass, created };
}

test.each([true, false])(
  'a new sandbox is shown at once, and replaced by the real one without a flicker (versions: %s)',
  async (isVersioned) => {
    const { list, creator, states, pass, transport } = await page({ isVersioned });
    const { id, settled } = creator.create({ name: 'new', timeoutMs: 60_000 });
    expect(list.getSnapshot().sandboxes[0]).toMatchObject({
      id,
      sandbox: { name: 'new', status: 'pending', timeoutMs: 60_000 },
      confirmed: null,
      displayStatus: 'pending',
    });
    expect(creator.getSnapshot().pending).toEqual([id]);
    await pass(5000);
    expect(await settled).toEqual({ outcome: 'applied', id: 'created-1', reason: null });
    expect(list.getSnapshot().sandboxes[0]).toMatchObject({
      id: 'created-1',
      sandbox: { status: 'running' },
    });
    for (const state of states) expect(state).toEqual([id, 'a1']);
    expect(creator.getSnapshot()).toEqual({ pending: [], rollbacks: [] });
    expect(transport.requests.filter(({ kind }) => kind === 'create')).toHaveLength(1);
  },
);

test('the stream may report the sandbox before the reply', async () => {
  const { list, creator, states, pass, transport } = await page();
  transport.answerNext('create', 'lose');
  const { id, settled } = creator.create();
  await flushPromises();
  expect(await settled).toMatchObject({ outcome: 'applied', id: 'created-1' });
  expect(list.getSnapshot().sandboxes).toHaveLength(2);
  await pass(60_000);
  expect(transport.sandboxes()).toHaveLength(2);
  for (const state of states) expect(state).toEqual([id, 'a1']);
});

test('a retry after a lost reply creates once, with the same key', async () => {
  const { list, creator, transport, pass, created } = await page();
  transport.answerNext('stream', 'fail', 'fail', 'fail', 'fail', 'fail', 'fail');
  transport.dropStreams();
  transport.answerNext('create', 'lose');
  const { settled } = creator.create({ name: 'new' });
  await pass(10_000);
  expect(await settled).toMatchObject({ outcome: 'applied' });
  expect(created().length).toBeGreaterThan(1);
  expect(new Set(created().map(({ key }) => key)).size).toBe(1);
  expect(transport.sandboxes()).toHaveLength(2);
  expect(list.getSnapshot().sandboxes).toHaveLength(2);
});

test('a server without idempotency keys receives no second request after a lost reply, and the list shows no sandbox twice', async () => {
  const { list, creator, states, transport, pass, created } = await page({ isVersioned: false });
  transport.answerNext('create', 'lose');
  const { id, settled } = creator.create();
  await pass(defaultTimes.deadlineMs);
  expect(await settled).toMatchObject({ outcome: 'unknown', id: null });
  expect((await settled).reason?.message).toBe(
    'The server did not respond in time. The sandbox may have been created.',
  );
  expect(created()).toHaveLength(1);
  expect(list.getSnapshot().sandboxes.map((one) => one.id)).toEqual(['created-1', 'a1']);
  for (const state of states) expect(state).toHaveLength(2);
  expect(creator.getSnapshot().rollbacks).toMatchObject([{ id, outcome: 'unknown' }]);
});

test('a server without idempotency keys that rejects a request receives it again', async () => {
  const { creator, transport, pass, created } = await page({ isVersioned: false });
  transport.answerNext('create', { retryAfterMs: 7000 });
  const { settled } = creator.create();
  await pass(6900);
  expect(created()).toHaveLength(1);
  await pass(10_000);
  expect(await settled).toMatchObject({ outcome: 'applied' });
  expect(created()).toHaveLength(2);
});

test('a refusal removes the entry, and keeps the sentence of the server until it is dismissed', async () => {
  const { list, creator, states, shown, transport } = await page();
  transport.answerNext('create', { refuse: 'The quota is used up.' });
  const input = { name: 'new' };
  const { id, settled } = creator.create(input);
  const client = list.sandbox(id);
  client.ready.catch(() => {});
  const reason = { code: 'rejected', message: 'The quota is used up.' };
  expect(await settled).toEqual({ outcome: 'refused', id: null, reason });
  expect(states).toEqual([[id, 'a1'], ['a1']]);
  expect(shown()).toEqual(['a1']);
  expect(creator.getSnapshot()).toMatchObject({
    pending: [],
    rollbacks: [{ id, input, outcome: 'refused', reason }],
  });
  await expect(client.ready).rejects.toThrow('The quota is used up.');
  creator.dismiss(id);
  expect(creator.getSnapshot().rollbacks).toEqual([]);
});

test('an input that the API cannot express is refused without a request', async () => {
  const { creator, shown, created } = await page();
  expect(await creator.create({ timeoutMs: 1500 }).settled).toMatchObject({
    outcome: 'refused',
    reason: { code: 'invalid', message: expect.stringContaining('whole seconds') },
  });
  expect(await creator.create({ name: '' }).settled).toMatchObject({
    outcome: 'refused',
    reason: { code: 'invalid' },
  });
  expect(created()).toEqual([]);
  expect(shown()).toEqual(['a1']);
});

test('the tries end at the deadline, and the reason says what happened', async () => {
  const { creator, transport, shown, pass, created } = await page();
  transport.answerNext('create', ...Array.from({ length: 50 }, () => ({ retryAfterMs: 1000 })));
  const { settled } = creator.create();
  await pass(defaultTimes.deadlineMs);
  expect(await settled).toMatchObject({ outcome: 'dropped', reason: { message: 'Too many requests.' } });
  expect(created().length).toBeLessThan(50);
  expect(shown()).toEqual(['a1']);
});

test('a hanging request is tried again, and settles before the deadline', async () => {
  const { creator, transport, pass, created } = await page();
  transport.answerNext('create', 'hang');
  const { settled } = creator.create();
  await pass(defaultTimes.requestMs + 2000);
  expect(await settled).toMatchObject({ outcome: 'applied' });
  expect(created()).toHaveLength(2);
});

test('commands on a sandbox that is not confirmed are refused with a sentence, and its client becomes the real one', async () => {
  const { list, creator, transport, pass } = await page();
  transport.answerNext('create', { retryAfterMs: 2000 });
  const { id, settled } = creator.create({ name: 'new' });
  const client = list.sandbox(id);
  const listener = vi.fn();
  const stop = client.subscribe(listener);
  const message = 'The server has not confirmed this sandbox yet.';
  expect(client.why('suspend')).toMatchObject({ message });
  expect(client.can('suspend')).toBe(false);
  expect(client.getSnapshot()).toBe(list.getSnapshot().sandboxes[0]);
  expect(client.getSnapshot().commands.suspend).toMatchObject({ isAllowed: false, reason: { message } });
  expect(await client.send('suspend').settled).toMatchObject({ outcome: 'refused', reason: { message } });
  await pass(5000);
  await settled;
  await client.ready;
  expect(listener).toHaveBeenCalled();
  expect(client.getSnapshot()).toBe(list.sandbox('created-1').getSnapshot());
  listener.mockClear();
  const sent = client.send('suspend');
  expect(listener).toHaveBeenCalled();
  await pass(1000);
  expect(await sent.settled).toMatchObject({ outcome: 'applied' });
  stop();
  expect(creator.keyOf('created-1')).toBe(id);
});

test('a sandbox that ended before the list was read leaves no entry', async () => {
  const { creator, transport, shown, pass, list } = await page({ isVersioned: false });
  const { settled } = creator.create();
  await flushPromises();
  const [, created] = transport.sandboxes();
  transport.apply(created?.id as string, { type: 'terminate', at: 20_000 });
  await pass(5000);
  expect(await settled).toMatchObject({ outcome: 'applied' });
  expect(creator.getSnapshot().pending).toEqual([]);
  expect(new Set(shown()).size).toBe(list.getSnapshot().sandboxes.length);
});

test('the sandbox of another user with the same name hides nothing for ever', async () => {
  const { list, creator, transport, pass } = await page({ isVersioned: false });
  transport.answerNext('create', { retryAfterMs: 6000 });
  const { id, settled } = creator.create();
  transport.create();
  await pass(3000);
  // It is not known yet which of both the new sandbox is.
  expect(list.getSnapshot().sandboxes.map((one) => one.id)).toEqual(['created-1', 'a1']);
  await pass(10_000);
  expect(await settled).toMatchObject({ outcome: 'applied', id: 'created-2' });
  expect(creator.keyOf('created-2')).toBe(id);
  expect(list.getSnapshot().sandboxes).toHaveLength(3);
});

test('two creations at once stay two', async () => {
  const { list, creator, states, pass } = await page({ isVersioned: false });
  const both = [creator.create(), creator.create()];
  await pass(5000);
  for (const { settled } of both) expect(await settled).toMatchObject({ outcome: 'applied' });
  expect(list.getSnapshot().sandboxes).toHaveLength(3);
  expect(new Set(states.map((state) => state.length))).toEqual(new Set([2, 3]));
  expect(states.filter((state) => state.length === 2)).toHaveLength(1);
});

test('the disposal of the list settles its creations', async () => {
  const { list, creator, transport } = await page();
  transport.answerNext('create', 'hang');
  const { settled } = creator.create();
  list.dispose();
  expect(await settled).toMatchObject({
    outcome: 'unknown',
    reason: { message: 'The client was disposed.' },
  });
});

test('a list of another copy of the package is an error with a sentence', () => {
  expect(() => createSandboxCreator({ list: {} as SandboxListClient })).toThrow(
    'not a result of createSandboxListClient',
  );
});
