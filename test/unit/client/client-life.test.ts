import { expect, test } from 'vitest';
import {
  createSandboxListClient,
  type SandboxView,
  shareTabs,
  type TabSharing,
} from '../../../src/client/index.ts';
import { connectedClient } from '../../harness/client/connected-client.ts';
import { flushPromises, runningSandbox, scriptedTransport } from '../../harness/client/scripted-transport.ts';
import { createBrowser } from '../../harness/client/simulated-browser.ts';
import { createWorld } from '../../harness/client/world.ts';

test('the connection is released some time after the last subscription, and the next one resumes it', async () => {
  const { client, transport, unsubscribe, openStream, pass } = await connectedClient();
  unsubscribe();
  await pass(4000);
  expect(client.getSnapshot().connection).toBe('live');
  await pass(2000);
  expect(client.getSnapshot()).toMatchObject({ connection: 'stale', problem: null, sandbox: { id: 'a1' } });
  const { reads } = transport;
  await pass(120_000);
  expect(transport.reads).toBe(reads);
  client.subscribe(() => {});
  await openStream();
  expect(client.getSnapshot().connection).toBe('live');
  client.dispose();
});

test('a subscription within that time keeps the stream', async () => {
  const { client, transport, unsubscribe, pass } = await connectedClient();
  unsubscribe();
  unsubscribe();
  await pass(4000);
  const last = client.subscribe(() => {});
  await pass(10_000);
  expect([client.getSnapshot().connection, transport.streams.length]).toEqual(['live', 1]);
  last();
  client.subscribe(() => {});
  await pass(10_000);
  expect(client.getSnapshot().connection).toBe('live');
  client.dispose();
});

test('the connection is kept until the pending commands have settled', async () => {
  const { client, transport, unsubscribe, pass, sendChange } = await connectedClient();
  const { id } = client.send({ type: 'rename', name: 'other' });
  await flushPromises();
  unsubscribe();
  await pass(9000);
  expect(client.getSnapshot().connection).toBe('live');
  await transport.reply({ outcome: 'accepted', version: 3 });
  sendChange({ ...runningSandbox(), name: 'other', version: 3 }, 'rename', id);
  await pass(6000);
  expect(client.getSnapshot()).toMatchObject({
    connection: 'stale',
    pending: [],
    sandbox: { name: 'other' },
  });
});

test('a command after the release connects, and the client is released again', async () => {
  const { client, unsubscribe, openStream, sentTypes, transport, pass, sendChange } = await connectedClient();
  unsubscribe();
  await pass(6000);
  const { id } = client.send({ type: 'rename', name: 'other' });
  await openStream();
  expect(sentTypes()).toEqual(['rename']);
  await transport.reply({ outcome: 'accepted', version: 3 });
  sendChange({ ...runningSandbox(), name: 'other', version: 3 }, 'rename', id);
  await pass(11_000);
  expect(client.getSnapshot().connection).toBe('stale');
});

test('a client without any subscription stays connected until it is disposed', async () => {
  const world = createWorld(10_000);
  const { client, unsubscribe, pass, openStream } = await connectedClient(runningSandbox(), { world });
  unsubscribe();
  client.dispose();
  client.refresh();
  await openStream();
  await pass(4000);
  expect(client.getSnapshot().connection).toBe('live');
  client.dispose();
});

test('a component that disposes the client of its effect and mounts again has a working client', async () => {
  const { client, unsubscribe, openStream, transport, pass, sendChange } = await connectedClient();
  const { settled } = client.send('suspend');
  unsubscribe();
  client.dispose();
  expect(await settled).toMatchObject({ outcome: 'unknown' });
  client.subscribe(() => {});
  await openStream();
  expect(client.getSnapshot()).toMatchObject({ connection: 'live', pending: [] });
  const { id, settled: second } = client.send({ type: 'rename', name: 'other' });
  await flushPromises();
  await transport.reply({ outcome: 'unknown' });
  sendChange({ ...runningSandbox(), name: 'other', version: 3 }, 'rename', id);
  expect(await second).toEqual({ outcome: 'applied', reason: null });
  await pass(20_000);
  expect(client.getSnapshot().connection).toBe('live');
  client.dispose();
});

test('a disposed client drops what it has never sent', async () => {
  const { client } = await connectedClient();
  client.send({ type: 'rename', name: 'first' });
  const waiting = client.send({ type: 'rename', name: 'second' });
  client.dispose();
  expect(await waiting.settled).toMatchObject({ outcome: 'dropped' });
});

test('a client that starts again takes up the commands that it left to other tabs, and sends them', async () => {
  const world = createWorld(10_000);
  const { storage } = createBrowser(world);
  const tabs = shareTabs({ storage, account: 'ada' });
  const { client, openStream, transport } = await connectedClient(runningSandbox(), { world, tabs });
  const { id } = client.send('suspend');
  await flushPromises();
  client.dispose();
  client.subscribe(() => {});
  expect(client.getSnapshot().pending).toMatchObject([{ id, state: 'unknown' }]);
  await openStream();
  expect(transport.sent.map((request) => request.id)).toEqual([id, id]);
  client.dispose();
});

test('a list is released after its last subscription, and those of its sandboxes', async () => {
  const world = createWorld(10_000);
  const transport = scriptedTransport(runningSandbox());
  const list = createSandboxListClient({ transport, clock: world });
  const pass = (milliseconds: number) => world.runUntil(world.now() + milliseconds, () => {});
  const unsubscribe = list.subscribe(() => {});
  await flushPromises();
  transport.update = { sandboxes: [runningSandbox()], isComplete: true };
  transport.streams.at(-1)?.onOpen();
  await flushPromises();
  const unsubscribeRow = list.sandbox('a1').subscribe(() => {});
  unsubscribe();
  await pass(20_000);
  expect(list.getSnapshot().connection).toBe('live');
  unsubscribeRow();
  await pass(6000);
  expect(list.getSnapshot().connection).toBe('stale');
  list.subscribe(() => {});
  await flushPromises();
  transport.streams.at(-1)?.onOpen();
  await flushPromises();
  expect(list.getSnapshot().connection).toBe('live');
  list.dispose();
});

/** Two clients in one page, whose channel does not deliver to its own object. */
async function pairIn(tabs: () => TabSharing, world = createWorld(10_000)) {
  const one = await connectedClient(runningSandbox(), { world, tabs: tabs() });
  const byName = await connectedClient(runningSandbox(), { id: 'my-env', world, tabs: tabs() });
  return { one, byName };
}

test.each(['one channel', 'one storage', 'one `shareTabs`'])(
  'two clients in one page with %s hear each other, by id and by name',
  async (what) => {
    const world = createWorld(10_000);
    const browser = createBrowser(world);
    const [channel, storage] = [browser.channel(), browser.storage];
    const shared = shareTabs({});
    const tabs = {
      'one channel': () => shareTabs({ channel }),
      'one storage': () => shareTabs({ storage, account: 'ada' }),
      'one `shareTabs`': () => shared,
    }[what] as () => TabSharing;
    const { one, byName } = await pairIn(tabs, world);
    const { id } = one.client.send('suspend');
    const heard: SandboxView[] = [];
    byName.client.subscribe(() => heard.push(byName.client.getSnapshot()));
    await one.pass(10);
    expect(byName.client.getSnapshot()).toMatchObject({
      pending: [{ id }],
      sandbox: { status: 'suspending' },
    });
    expect(heard.length).toBeLessThan(4);
    await one.pass(5000);
    expect([one.transport.sent.length, byName.transport.sent.length]).toEqual([1, 0]);
    byName.client.dispose();
    one.client.dispose();
  },
);
