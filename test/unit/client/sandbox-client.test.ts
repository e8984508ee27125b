import { afterEach, expect, test, vi } from 'vitest';
import {
  type Clock,
  createSandboxClient,
  createSandboxListClient,
  createTransport,
  defaultTimes,
  type ProtocolListener,
  type SandboxClientOptions,
  type ServerChange,
  shareTabs,
} from '../../../src/client/index.ts';
import { createSandbox, type Sandbox, transition } from '../../../src/index.ts';
import { flushPromises, runningSandbox, scriptedTransport } from '../../harness/client/scripted-transport.ts';
import { createBrowser } from '../../harness/client/simulated-browser.ts';
import { createWorld } from '../../harness/client/world.ts';

const open: { dispose(): void }[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.dispose();
});

/** A client whose stream is open, in a world whose clock stands still. */
async function connected(sandbox: Sandbox = runningSandbox(), more: Partial<SandboxClientOptions> = {}) {
  const world = createWorld(10_000);
  const transport = scriptedTransport(sandbox, more.transport?.isVersioned ?? true);
  const client = createSandboxClient({ id: 'a1', clock: world, ...more, transport });
  open.push(client);
  client.subscribe(() => {});
  await flushPromises();
  const stream = transport.streams[0] as ProtocolListener;
  stream?.onOpen();
  await flushPromises();
  const pass = (milliseconds: number) => world.runUntil(world.now() + milliseconds, () => {});
  const sendChange = (next: Sandbox, event: string, cause: string | null) =>
    stream.onUpdate({
      sandboxes: [],
      changes: [{ sandbox: next, at: 5000, from: sandbox.status, event, actor: 'ada', cause }],
    });
  return { client, transport, stream, world, pass, sendChange };
}

/** The key of the sandbox for a transport without a scope, and a user without an account. */
const storageKey = 'sandbox-lifecycle:["","","a1"]';

const suspended = (sandbox: Sandbox) => transition(sandbox, { type: 'suspend', at: 5000 }).sandbox;

test('a client sends nothing before the first subscription', async () => {
  const transport = scriptedTransport(runningSandbox());
  const client = createSandboxClient({ id: 'a1', transport, initial: runningSandbox() });
  expect(client.getSnapshot().sandbox?.status).toBe('running');
  expect(client.can('suspend')).toBe(true);
  await flushPromises();
  expect([transport.reads, transport.streams.length]).toEqual([0, 0]);
});

test('a command shows at once, and settles when the state arrives, not when the reply does', async () => {
  const { client, transport, sendChange } = await connected();
  const { id, settled } = client.send('suspend');
  await flushPromises();
  const settlement = vi.fn();
  settled.then(settlement);
  expect(client.getSnapshot()).toMatchObject({
    sandbox: { status: 'suspending' },
    confirmed: { status: 'running' },
    pending: [{ id, state: 'sent' }],
    commands: {
      suspend: { isAllowed: true, isBusy: true },
      resume: { isAllowed: false, reason: { code: 'busy' } },
    },
  });
  await transport.reply({ outcome: 'accepted', version: 3 });
  expect(client.getSnapshot().pending[0]?.state).toBe('acknowledged');
  expect(settlement).not.toHaveBeenCalled();
  sendChange(suspended(runningSandbox()), 'suspend', id);
  expect(await settled).toEqual({ outcome: 'applied', reason: null });
  expect(client.getSnapshot()).toMatchObject({
    pending: [],
    timeline: [{ sandbox: { version: 3 }, event: 'suspend', actor: 'ada', cause: id, isMine: true }],
  });
});

test('the client reads the history, although the stream sends the newest steps first', async () => {
  const { transport, client, stream, sendChange } = await connected();
  const boot = createSandbox({ id: 'a1', name: 'my-env', at: 1000 }).sandbox;
  const [first, second, third] = [boot, runningSandbox(), { ...runningSandbox(), version: 3 }].map(
    (sandbox) => ({
      ...{ sandbox, at: 5000, from: 'running' },
      ...{ event: 'rename', actor: null, cause: null },
    }),
  ) as [ServerChange, ServerChange, ServerChange];
  // The first step of the next stream overtakes the read that starts when the stream opens.
  stream.onOpen();
  sendChange(third.sandbox, 'rename', null);
  transport.update = { sandboxes: [third.sandbox], changes: [first, second, third] };
  await flushPromises();
  expect(transport.knownVersions).toEqual([undefined, undefined]);
  expect(client.getSnapshot().timeline.map(({ sandbox }) => sandbox.version)).toEqual([1, 2, 3]);
  client.refresh();
  await flushPromises();
  expect(transport.knownVersions.at(-1)).toBe(3);
});

test('the server’s state may arrive before the reply', async () => {
  const { client, transport, sendChange } = await connected();
  const { id, settled } = client.send('suspend');
  await flushPromises();
  sendChange(suspended(runningSandbox()), 'suspend', id);
  expect(await settled).toEqual({ outcome: 'applied', reason: null });
  await transport.reply({ outcome: 'unknown' });
  expect(client.getSnapshot()).toMatchObject({ pending: [], rollbacks: [] });
});

test('a refusal rolls back one command, and the client keeps the reason until it is dismissed', async () => {
  const { client, transport } = await connected();
  const first = client.send({ type: 'rename', name: 'taken' });
  const second = client.send('snapshot');
  await flushPromises();
  expect(client.getSnapshot().sandbox).toMatchObject({ name: 'taken', status: 'snapshotting' });
  const reason = { code: 'rejected', message: 'The name is taken.' } as const;
  await transport.reply({ outcome: 'refused', reason });
  expect(await first.settled).toEqual({ outcome: 'refused', reason });
  expect(client.getSnapshot()).toMatchObject({
    sandbox: { name: 'my-env', status: 'snapshotting' },
    pending: [{ id: second.id }],
    rollbacks: [
      { id: first.id, sandboxId: 'a1', outcome: 'refused', reason, from: 'snapshotting', to: 'snapshotting' },
    ],
  });
  client.dismiss('another');
  expect(client.getSnapshot().rollbacks).toHaveLength(1);
  client.dismiss(first.id);
  expect(client.getSnapshot().rollbacks).toEqual([]);
});

test('the client does not send a command that the machine refuses', async () => {
  const { client, transport } = await connected(runningSandbox(null));
  const { settled } = client.send('suspend');
  expect(await settled).toMatchObject({ outcome: 'refused', reason: { code: 'ephemeral' } });
  expect(transport.sent).toEqual([]);
  expect(client.getSnapshot().rollbacks).toHaveLength(1);
});

test('a retry keeps its key', async () => {
  const { client, transport, pass } = await connected();
  const { id, settled } = client.send('suspend');
  await flushPromises();
  await transport.reply({ outcome: 'unknown' });
  expect(client.getSnapshot().pending[0]?.state).toBe('unknown');
  await pass(600);
  expect(transport.sent.map((request) => request.id)).toEqual([id, id]);
  await pass(100_000);
  expect(await settled).toMatchObject({ outcome: 'unknown', reason: { code: 'no_answer' } });
});

test('the client sends `ifVersion` with the command', async () => {
  const { client, transport } = await connected();
  client.send('terminate', { ifVersion: 2 });
  await flushPromises();
  expect(transport.sent[0]?.ifVersion).toBe(2);
});

test('a sandbox with an unknown status shows that status and can be terminated', async () => {
  const strange = { ...runningSandbox(), status: 'hibernating' } as unknown as Sandbox;
  const { client, transport } = await connected(strange);
  expect(client.getSnapshot().sandbox?.status).toBe('hibernating');
  expect(client.why('suspend')).toMatchObject({
    code: 'unknown_status',
    message: expect.stringContaining('hibernating'),
  });
  expect(client.can('terminate')).toBe(true);
  client.send('terminate');
  expect(client.getSnapshot().sandbox?.status).toBe('terminated');
  await flushPromises();
  expect(transport.sent).toHaveLength(1);
});

test('a command is not allowed while the state is loading', () => {
  const client = createSandboxClient({ id: 'a1', transport: scriptedTransport(runningSandbox()) });
  expect(client.why('terminate')).toEqual({ code: 'loading', message: 'The sandbox has not loaded yet.' });
  expect(client.getSnapshot()).toMatchObject({
    sandbox: null,
    confirmed: null,
    connection: 'stale',
    timeout: null,
  });
});

test('a client is ready when the first state has arrived', async () => {
  const transport = scriptedTransport(runningSandbox(), false);
  const client = createSandboxClient({ id: 'a1', transport, clock: createWorld(10_000) });
  open.push(client);
  await flushPromises();
  expect(transport.reads).toBe(0);
  expect(client.can('suspend')).toBe(false);
  await client.ready;
  expect(client.can('suspend')).toBe(true);
  expect(client.ready).toBe(client.ready);
  client.send('suspend');
  await flushPromises();
  expect(transport.sent).toMatchObject([{ command: { type: 'suspend' } }]);
});

test('a command is one notification when it is sent, also in a list', async () => {
  const { client, transport } = await connected();
  const listed = scriptedTransport(runningSandbox());
  listed.update = { sandboxes: [runningSandbox()], isComplete: true };
  const list = createSandboxListClient({ transport: listed, clock: createWorld(10_000) });
  open.push(list);
  list.subscribe(() => {});
  await flushPromises();
  listed.streams[0]?.onOpen();
  await flushPromises();
  for (const source of [client, list]) {
    const states: unknown[] = [];
    source.subscribe(() => states.push(source.getSnapshot()));
    const sender = source === list ? list.sandbox('a1') : client;
    sender.send('suspend');
    expect(states).toHaveLength(1);
    expect(sender.getSnapshot()).toMatchObject({
      sandbox: { status: 'suspending' },
      pending: [{ state: 'sent' }],
    });
  }
  await flushPromises();
  expect(transport.sent).toHaveLength(1);
});

test('a client with an initial record is ready at once, without a request', async () => {
  const initial = runningSandbox();
  const transport = scriptedTransport(initial);
  const client = createSandboxClient({ id: 'a1', transport, initial });
  await client.ready;
  await flushPromises();
  expect([transport.reads, transport.streams.length]).toEqual([0, 0]);
});

test('`ready` rejects with the problem when no state arrives in time', async () => {
  const world = createWorld(10_000);
  const problem = 'Sandbox "a1" does not exist.';
  const read = vi.fn(async () => ({ problem, isReachable: true }));
  const transport = createTransport({ isVersioned: true, read, send: () => new Promise(() => {}) });
  const client = createSandboxClient({ id: 'a1', transport, clock: world });
  open.push(client);
  const failed = vi.fn();
  client.ready.catch(failed);
  await world.runUntil(world.now() + defaultTimes.deadlineMs - 1, () => {});
  expect(read.mock.calls.length).toBeGreaterThan(3);
  expect(failed).not.toHaveBeenCalled();
  await world.runUntil(world.now() + 1, () => {});
  await expect(client.ready).rejects.toThrow(problem);
  expect(failed).toHaveBeenCalledTimes(1);
});

test('`ready` of a disposed client rejects, and leaves no timer', async () => {
  const wake = vi.fn(() => () => {});
  const transport = scriptedTransport(runningSandbox());
  const waiting = createSandboxClient({ id: 'a1', transport, clock: createWorld(10_000) });
  const { ready } = waiting;
  waiting.dispose();
  await expect(ready).rejects.toThrow('The client was disposed.');
  const unused = createSandboxClient({ id: 'a1', transport, clock: { now: () => 0, wake } });
  unused.dispose();
  await expect(unused.ready).rejects.toThrow('The client was disposed.');
  expect(wake).not.toHaveBeenCalled();
});

test('the view shows the timeout by this machine’s clock, with its effect', async () => {
  const world = createWorld(10_000);
  for (const [name, outcome] of [
    ['my-env', 'suspends'],
    [null, 'terminates'],
  ] as const) {
    const transport = scriptedTransport(runningSandbox(name, 60_000));
    transport.update = { ...transport.update, serverTime: { atMs: 3_610_000, precisionMs: 0 } };
    const client = createSandboxClient({ id: 'a1', transport, clock: world });
    open.push(client);
    client.refresh();
    await flushPromises();
    expect(client.getSnapshot().timeout).toEqual({
      at: 62_000,
      localAt: 62_000 - 3_600_000,
      outcome,
      limit: 'timeoutMs',
    });
  }
});

test('a view is frozen, and identical until something changes', async () => {
  const { client } = await connected();
  const before = client.getSnapshot();
  expect(client.getSnapshot()).toBe(before);
  expect(Object.isFrozen(before)).toBe(true);
  client.send('keepalive');
  const after = client.getSnapshot();
  expect(after).not.toBe(before);
  expect(after.commands.suspend).toBe(before.commands.suspend);
  expect(before.pending).toEqual([]);
});

test('`send` throws on an invalid command and changes nothing', async () => {
  const { client } = await connected();
  const before = client.getSnapshot();
  expect(() => client.send('reboot' as never)).toThrow(/one of suspend/);
  expect(() => client.send({ type: 'rename', name: 7 } as never)).toThrow(/event.name/);
  expect(client.getSnapshot()).toBe(before);
});

test('an exception in a listener is reported, and does not stop other listeners or the command', async () => {
  const reported = vi.fn();
  vi.stubGlobal('queueMicrotask', (callback: () => void) => {
    try {
      callback();
    } catch (error) {
      reported(error);
    }
  });
  const { client, transport } = await connected();
  const unsubscribe = client.subscribe(() => {
    throw new Error('mine');
  });
  const other = vi.fn();
  client.subscribe(other);
  client.send('suspend');
  unsubscribe();
  vi.unstubAllGlobals();
  expect(reported).toHaveBeenCalled();
  expect(other).toHaveBeenCalled();
  await flushPromises();
  expect(transport.sent).toHaveLength(1);
});

test('a disposed client settles its commands, and starts again when it is used', async () => {
  const { client, transport } = await connected();
  const sent = client.send('suspend');
  await flushPromises();
  client.dispose();
  const reason = { code: 'no_answer', message: 'The client was disposed.' };
  expect(await sent.settled).toEqual({ outcome: 'unknown', reason });
  expect(client.getSnapshot()).toMatchObject({ rollbacks: [], connection: 'stale' });
  await flushPromises();
  expect(transport.sent).toHaveLength(1);
  client.refresh();
  expect(client.getSnapshot().pending).toEqual([]);
  await flushPromises();
  transport.streams.at(-1)?.onOpen();
  await flushPromises();
  expect(client.getSnapshot().connection).toBe('live');
  await expect(client.ready).resolves.toBeUndefined();
  const again = client.send('suspend');
  await flushPromises();
  expect(transport.sent.map(({ id }) => id)).toEqual([sent.id, again.id]);
});

test('the next page takes over a command of a closed page, with the same key', async () => {
  const world = createWorld(10_000);
  const { storage } = createBrowser(world);
  const first = await connected(runningSandbox(), {
    clock: world,
    tabs: shareTabs({ storage, account: '' }),
  });
  const { id } = first.client.send('suspend');
  await flushPromises();
  first.client.dispose();
  const second = await connected(runningSandbox(), {
    clock: world,
    tabs: shareTabs({ storage, account: '' }),
  });
  expect(second.client.getSnapshot()).toMatchObject({ sandbox: { status: 'suspending' }, pending: [{ id }] });
  await world.runUntil(world.now() + 8000, () => {});
  expect(second.transport.sent.map((request) => request.id)).toContain(id);
  await second.transport.reply({ outcome: 'accepted', version: 3 });
  second.sendChange(suspended(runningSandbox()), 'suspend', id);
  expect(storage.getItem(storageKey)).toBeNull();
});

test('the next page keeps a command of a closed page when it starts with a command of its own', async () => {
  const world = createWorld(10_000);
  const { storage } = createBrowser(world);
  const first = await connected(runningSandbox(), {
    clock: world,
    tabs: shareTabs({ storage, account: '' }),
  });
  const left = first.client.send({ type: 'rename', name: 'other' });
  first.client.dispose();
  const transport = scriptedTransport(runningSandbox());
  const initial = runningSandbox();
  const client = createSandboxClient({
    id: 'a1',
    transport,
    initial,
    clock: world,
    tabs: shareTabs({ storage, account: '' }),
  });
  open.push(client);
  const second = client.send('suspend');
  expect(client.getSnapshot().pending.map(({ id }) => id)).toEqual([left.id, second.id]);
});

test('a command that another tab took over and returned still settles in the first tab', async () => {
  const world = createWorld(10_000);
  const browser = createBrowser(world);
  const late: (() => void)[] = [];
  let isAsleep = true;
  // A browser delays the timers of a tab in the background.
  const sleepy: Clock = {
    now: world.now,
    wake: (afterMs, callback) => world.wake(afterMs, () => (isAsleep ? late.push(callback) : callback())),
  };
  const tabs = () => shareTabs({ channel: browser.channel() });
  const first = await connected(runningSandbox(), { clock: sleepy, tabs: tabs() });
  const second = await connected(runningSandbox(), { clock: world, tabs: tabs() });
  const { id, settled } = first.client.send('suspend');
  await world.runUntil(world.now() + 12_000, () => {});
  expect(first.client.getSnapshot().pending).toMatchObject([{ id }]);
  expect(second.transport.sent.map((request) => request.id)).toContain(id);
  second.client.dispose();
  isAsleep = false;
  for (const callback of late) callback();
  await world.runUntil(world.now() + 12_000, () => {});
  first.sendChange(suspended(runningSandbox()), 'suspend', id);
  expect(await settled).toEqual({ outcome: 'applied', reason: null });
});

test.each(['{', '[1]', 'null', '[{"entry":{"id":"x","command":{"type":"explode"}}}]', '{"__proto__":[]}'])(
  'the client ignores invalid content of the storage: %s',
  async (text) => {
    const world = createWorld(10_000);
    const { storage } = createBrowser(world);
    storage.setItem(storageKey, text);
    const { client, transport } = await connected(runningSandbox(), {
      tabs: shareTabs({ storage, account: '' }),
    });
    expect(client.getSnapshot().pending).toEqual([]);
    client.send('suspend');
    await flushPromises();
    expect(transport.sent).toHaveLength(1);
  },
);

test.each([true, false])(
  'a terminated sandbox that the page has already is read once, for its history (versions: %s)',
  async (isVersioned) => {
    const world = createWorld(10_000);
    const running = runningSandbox();
    const ended = transition(running, { type: 'terminate', at: 5000 }).sandbox;
    const transport = scriptedTransport(ended, isVersioned);
    const change = { at: 5000, from: 'running', event: 'terminate', actor: 'ada', cause: null };
    const history = { changes: [{ ...change, sandbox: ended }] };
    transport.update = { sandboxes: [ended], ...(isVersioned && history) };
    const client = createSandboxClient({ id: 'a1', clock: world, transport, initial: ended });
    open.push(client);
    client.subscribe(() => {});
    client.subscribe(() => {});
    await world.runUntil(world.now() + 60_000, () => {});
    expect(client.getSnapshot().timeline.map(({ event }) => event)).toEqual(isVersioned ? ['terminate'] : []);
    expect(client.getSnapshot()).toMatchObject({ connection: 'polling', problem: null });
    expect([transport.reads, transport.streams.length]).toEqual([1, 0]);
  },
);

test('a terminated sandbox is read again after a read that failed', async () => {
  const world = createWorld(10_000);
  const ended = transition(runningSandbox(), { type: 'terminate', at: 5000 }).sandbox;
  const transport = scriptedTransport(ended);
  transport.update = { problem: 'The server is starting.', isReachable: true } as never;
  const client = createSandboxClient({ id: 'a1', clock: world, transport, initial: ended });
  open.push(client);
  client.subscribe(() => {});
  await flushPromises();
  expect(client.getSnapshot().problem).toBe('The server is starting.');
  transport.update = { sandboxes: [ended] };
  await world.runUntil(world.now() + 60_000, () => {});
  expect(client.getSnapshot()).toMatchObject({ connection: 'polling', problem: null });
  expect(transport.reads).toBe(2);
});
