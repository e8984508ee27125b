import { afterEach, expect, test, vi } from 'vitest';
import {
  createSandboxListClient,
  createTransport,
  type DisplayedSandbox,
  defaultTimes,
  type ProtocolListener,
  type ReadFailure,
  type SandboxClient,
  type SandboxListClientOptions,
  type ServerUpdate,
  shareTabs,
} from '../../../src/client/index.ts';
import { type Sandbox, transition } from '../../../src/index.ts';
import { flushPromises, runningSandbox, scriptedTransport } from '../../harness/client/scripted-transport.ts';
import { createBrowser } from '../../harness/client/simulated-browser.ts';
import { createWorld } from '../../harness/client/world.ts';

const open: { dispose(): void }[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.dispose();
});

const suspended = (sandbox: Sandbox) => transition(sandbox, { type: 'suspend', at: 5000 }).sandbox;
const one = runningSandbox();
const two = { ...runningSandbox(), id: 'b2', createdAt: 1500 };

/** A client that has read a list of these sandboxes, in a world whose clock stands still. */
async function listOf(
  sandboxes: readonly Sandbox[],
  isVersioned = true,
  more: Partial<SandboxListClientOptions> = {},
) {
  const world = createWorld(10_000);
  const transport = scriptedTransport(one, isVersioned);
  const list = createSandboxListClient({ transport, clock: world, ...more });
  open.push(list);
  list.subscribe(() => {});
  const read = async (...now: Sandbox[]) => {
    transport.update = { sandboxes: now, isComplete: true };
    list.refresh();
    await flushPromises();
  };
  await flushPromises();
  transport.streams[0]?.onOpen();
  await read(...sandboxes);
  const shown = () => list.getSnapshot().sandboxes.map(({ id }) => id);
  return { list, transport, world, read, shown };
}

test('one stream updates many sandboxes', async () => {
  const transport = scriptedTransport(one);
  transport.update = { sandboxes: [one, two], isComplete: true };
  const list = createSandboxListClient({ transport, clock: createWorld(10_000) });
  open.push(list);
  const listener = vi.fn();
  list.subscribe(listener);
  await flushPromises();
  expect(list.getSnapshot().isLoaded).toBe(false);
  const stream = transport.streams[0] as ProtocolListener;
  stream.onOpen();
  await flushPromises();
  expect(transport.streams).toHaveLength(1);
  expect(list.getSnapshot()).toMatchObject({ connection: 'live', isLoaded: true });
  expect(list.getSnapshot().sandboxes.map(({ id }) => id)).toEqual(['b2', 'a1']);

  const client: SandboxClient = list.sandbox('b2');
  const before = list.getSnapshot();
  const { id, settled } = client.send('suspend');
  expect(list.getSnapshot().sandboxes[0]?.sandbox?.status).toBe('suspending');
  expect(list.getSnapshot().sandboxes[1]).toBe(before.sandboxes[1]);
  await flushPromises();
  expect(transport.sent).toMatchObject([{ sandboxId: 'b2', id }]);
  const change = { at: 1, from: 'running', event: 'suspend', actor: null, cause: id };
  stream.onUpdate({ sandboxes: [], changes: [{ ...change, sandbox: suspended(two) }] });
  expect((await settled).outcome).toBe('applied');

  const three = { ...runningSandbox(), id: 'c3', createdAt: 1700 };
  stream.onUpdate({ sandboxes: [], changes: [{ ...change, cause: null, event: 'created', sandbox: three }] });
  expect(list.getSnapshot().sandboxes.map(({ id: each }) => each)).toEqual(['c3', 'b2', 'a1']);
  transport.update = { sandboxes: [one, suspended(two)], isComplete: true };
  list.refresh();
  await flushPromises();
  expect(list.getSnapshot().sandboxes.map(({ id: each }) => each)).toEqual(['b2', 'a1']);
});

test('a list that may leave out sandboxes ends none that is missing in it', async () => {
  const transport = scriptedTransport(one);
  transport.update = { sandboxes: [one, two], isComplete: true };
  const list = createSandboxListClient({ transport, clock: createWorld(10_000) });
  open.push(list);
  list.subscribe(() => {});
  await flushPromises();
  transport.streams[0]?.onOpen();
  await flushPromises();
  for (const leavesOut of [true, undefined]) {
    transport.update = { sandboxes: [one], isComplete: true, leavesOut };
    list.refresh();
    await flushPromises();
    const ids = list.getSnapshot().sandboxes.map(({ id }) => id);
    expect(ids).toEqual(leavesOut ? ['b2', 'a1'] : ['a1']);
  }
});

test('a list shows its initial records before the first request', () => {
  const initial: DisplayedSandbox[] = [runningSandbox()];
  const list = createSandboxListClient({ transport: scriptedTransport(runningSandbox()), initial });
  expect(list.getServerSnapshot()).toMatchObject({ isLoaded: true, sandboxes: [{ id: 'a1' }] });
});

test('a list is ready when it has been read, and its sandboxes are ready too', async () => {
  const transport = scriptedTransport(one, false);
  transport.update = { sandboxes: [one, two], isComplete: true };
  const list = createSandboxListClient({ transport, clock: createWorld(10_000) });
  open.push(list);
  await flushPromises();
  expect(transport.reads).toBe(0);
  await list.ready;
  expect(list.getSnapshot()).toMatchObject({ isLoaded: true, sandboxes: [{ id: 'b2' }, { id: 'a1' }] });
  await list.sandbox('a1').ready;
  expect(list.sandbox('a1').can('suspend')).toBe(true);
});

test('the first access to `ready` of one sandbox connects the list', async () => {
  const { list, reply } = slowList(false);
  const { ready } = list.sandbox('a1');
  await flushPromises();
  await reply(0, one);
  await ready;
  expect(list.sandbox('a1').getSnapshot().sandbox).toBe(one);
});

test('`ready` rejects for a sandbox that is not in the list, and when the list is disposed', async () => {
  const { list, world } = await listOf([one]);
  const missing = list.sandbox('b2');
  missing.ready.catch(() => {});
  await world.runUntil(world.now() + defaultTimes.deadlineMs, () => {});
  await expect(missing.ready).rejects.toThrow('The sandbox has not loaded yet.');
  const slow = slowList(true).list;
  const waiting = [slow.ready, slow.sandbox('a1').ready];
  slow.dispose();
  for (const ready of waiting) await expect(ready).rejects.toThrow('The client was disposed.');
});

test('a list with initial records is ready at once, without a request', async () => {
  const transport = scriptedTransport(one);
  const list = createSandboxListClient({ transport, initial: [] });
  await list.ready;
  await flushPromises();
  expect([transport.reads, transport.streams.length]).toEqual([0, 0]);
});

test.each([true, false])(
  'a sandbox that the server’s list omits has terminated, also in a client that a page still holds (versions: %s)',
  async (isVersioned) => {
    const { list, read, shown } = await listOf([one, two], isVersioned);
    const held = list.sandbox('b2');
    await read(one);
    expect(shown()).toEqual(['a1']);
    expect(held.getSnapshot().sandbox?.status).toBe('terminated');
    expect(held.why('suspend')).toMatchObject({ code: 'terminal' });
    expect(await held.send('suspend').settled).toMatchObject({
      outcome: 'refused',
      reason: { code: 'terminal' },
    });
  },
);

test.each([true, false])(
  'an accepted command settles when the server’s list omits its sandbox (versions: %s)',
  async (isVersioned) => {
    const { list, transport, read, shown } = await listOf([one, two], isVersioned);
    const { settled } = list.sandbox('b2').send('terminate');
    await flushPromises();
    transport.update = { sandboxes: [one], isComplete: true };
    await transport.reply({ outcome: 'accepted', ...(isVersioned && { version: 9 }) });
    await read(one);
    expect(await settled).toEqual({ outcome: 'applied', reason: null });
    expect(shown()).toEqual(['a1']);
  },
);

test('the list keeps an omitted sandbox until its rollbacks are dismissed', async () => {
  const { list, transport, read, shown } = await listOf([one, two], false);
  list.sandbox('b2').send('suspend');
  await flushPromises();
  await read(one);
  const refused = { code: 'rejected', message: 'Sandbox "b2" does not exist.' } as const;
  await transport.reply({ outcome: 'refused', reason: refused });
  await read(one);
  expect(list.getSnapshot().sandboxes[0]).toMatchObject({
    id: 'b2',
    sandbox: { status: 'terminated' },
    rollbacks: [{ reason: refused }],
  });
  list.sandbox('b2').dismiss();
  await read(one);
  expect(shown()).toEqual(['a1']);
});

/** A list whose stream and replies a test controls; the replies may arrive in any order. */
function slowList(isVersioned: boolean) {
  const replies: ((update: ServerUpdate | ReadFailure) => void)[] = [];
  const streams: ProtocolListener[] = [];
  const world = createWorld(10_000);
  const transport = createTransport({
    isVersioned,
    read: () => new Promise((resolve) => replies.push(resolve)),
    send: () => new Promise(() => {}),
    ...(isVersioned && {
      follow(_id: string | undefined, _after: number | undefined, listener: ProtocolListener) {
        streams.push(listener);
        return () => {};
      },
    }),
  });
  const list = createSandboxListClient({ transport, clock: world });
  open.push(list);
  const reply = async (which: number, ...sandboxes: Sandbox[]) => {
    replies[which]?.({ sandboxes, isComplete: true });
    await flushPromises();
    return list.getSnapshot().sandboxes.map(({ id }) => id);
  };
  return { list, replies, reply, streams, world };
}

test('a list is live only after a read that began after the stream opened', async () => {
  const { list, replies, reply, streams, world } = slowList(true);
  list.refresh();
  streams[0]?.onOpen();
  await flushPromises();
  expect(await reply(0, one)).toEqual(['a1']);
  // The client requested it before the other reply arrived, so their order is not known.
  expect(await reply(1, one, two)).toEqual(['a1']);
  expect(list.getSnapshot().connection).toBe('polling');
  replies[2]?.({ problem: 'It is busy.', isReachable: true });
  await world.runUntil(world.now() + 5000, () => {});
  expect(await reply(3, one, two)).toEqual(['b2', 'a1']);
  expect(list.getSnapshot().connection).toBe('live');
});

test('the reply to an earlier read does not bring back a removed sandbox', async () => {
  const { list, replies, reply } = slowList(false);
  list.refresh();
  await flushPromises();
  // One read at the start, and one of `refresh`.
  expect(await reply(1, one, two)).toEqual(['b2', 'a1']);
  list.refresh();
  list.refresh();
  await flushPromises();
  // A page that requests the sandbox by its id does not receive it either.
  const c3 = { ...two, id: 'c3' };
  const requested = list.sandbox('c3');
  expect(await reply(3, one)).toEqual(['a1']);
  expect(await reply(2, one, two, c3)).toEqual(['a1']);
  expect(requested.getSnapshot().sandbox).toBe(null);
  expect(replies.length).toBeGreaterThan(4);
  expect(await reply(4, one, two)).toEqual(['b2', 'a1']);
});

test('a repeated message about the end does not bring back a removed sandbox', async () => {
  const { transport, read, shown } = await listOf([one, two]);
  const { sandbox } = transition(two, { type: 'terminate', at: 5000 });
  const change = { sandbox, at: 5000, from: 'running', event: 'terminate', actor: null, cause: null };
  const update = { sandboxes: [], changes: [change] };
  transport.streams[0]?.onUpdate(update);
  expect(shown()).toEqual(['b2', 'a1']);
  await read(one);
  transport.streams[0]?.onUpdate(update);
  expect(shown()).toEqual(['a1']);
});

test('`dispose` of a list’s sandbox client does nothing', async () => {
  const { list, transport } = await listOf([one, two]);
  const client = list.sandbox('b2');
  expect(list.sandbox('b2')).toBe(client);
  const before = client.send({ type: 'rename', name: 'other' });
  client.dispose();
  client.send('suspend');
  await flushPromises();
  await transport.reply({ outcome: 'accepted', version: 3 });
  expect(transport.sent.map(({ command }) => command.type)).toEqual(['rename', 'suspend']);
  expect(client.getSnapshot()).toMatchObject({ pending: [{ id: before.id }, {}], rollbacks: [] });
});

/** Two tabs that have read their lists. */
async function twoTabs() {
  const world = createWorld(10_000);
  const browser = createBrowser(world);
  const tab = () =>
    listOf([one, two], true, { clock: world, tabs: shareTabs({ channel: browser.channel() }) });
  return {
    first: await tab(),
    second: await tab(),
    browser,
    world,
    pass: () => world.runUntil(world.now() + 10, () => {}),
  };
}

test('a tab that knows the end only from its list keeps another tab from showing the old state', async () => {
  const { first, second, pass } = await twoTabs();
  const { settled } = first.list.sandbox('b2').send('terminate');
  await flushPromises();
  // The other tab has received more than this one, but not the end.
  const change = { at: 1, from: 'running', event: 'suspend', actor: null, cause: null };
  second.transport.streams[0]?.onUpdate({ sandboxes: [], changes: [{ ...change, sandbox: suspended(two) }] });
  await first.transport.reply({ outcome: 'accepted', version: 4 });
  await first.read(one);
  await pass();
  expect(await settled).toMatchObject({ outcome: 'applied' });
  const there = second.list.sandbox('b2').getSnapshot();
  expect(there).toMatchObject({ sandbox: { status: 'terminated' }, pending: [{ state: 'acknowledged' }] });
  await second.read(one);
  expect(second.shown()).toEqual(['a1']);
});

test('a list has one listener on the channel, and leaves none when it is disposed', async () => {
  const channel = { postMessage: vi.fn(), addEventListener: vi.fn(), removeEventListener: vi.fn() };
  const { list, read } = await listOf([one, two], true, { tabs: shareTabs({ channel }) });
  await read(one);
  expect(channel.addEventListener).toHaveBeenCalledTimes(1);
  expect(channel.removeEventListener).not.toHaveBeenCalled();
  list.dispose();
  expect(channel.removeEventListener).toHaveBeenCalledTimes(1);
});

test('each sandbox joins the other tabs once, even if its own client connects first', async () => {
  const world = createWorld(10_000);
  const { storage } = createBrowser(world);
  const before = await listOf([one], true, { tabs: shareTabs({ storage, account: '' }) });
  before.list.sandbox('a1').send('suspend');
  before.list.dispose();
  const channel = { postMessage: vi.fn(), addEventListener: vi.fn(), removeEventListener: vi.fn() };
  const transport = scriptedTransport(one);
  const list = createSandboxListClient({
    transport,
    clock: world,
    tabs: shareTabs({ channel, storage, account: '' }),
  });
  open.push(list);
  const client = list.sandbox('a1');
  client.subscribe(() => {});
  transport.streams[0]?.onOpen();
  await flushPromises();
  expect(client.getSnapshot().pending).toHaveLength(1);
  expect(channel.addEventListener).toHaveBeenCalledTimes(1);
});

test('an exception in a listener is reported, and does not stop the list', async () => {
  const reported = vi.fn();
  const { list, read, shown } = await listOf([one]);
  vi.stubGlobal('queueMicrotask', (callback: () => void) => {
    try {
      callback();
    } catch (error) {
      reported(error);
    }
  });
  const unsubscribe = list.subscribe(() => {
    throw new Error('mine');
  });
  const other = vi.fn();
  list.subscribe(other);
  await read(one, two);
  unsubscribe();
  vi.unstubAllGlobals();
  expect(shown()).toEqual(['b2', 'a1']);
  expect(reported).toHaveBeenCalled();
  expect(other).toHaveBeenCalled();
  expect(list.getSnapshot().connection).toBe('live');
});
