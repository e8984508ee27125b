import { expect, test } from 'vitest';
import { type CommandInput, shareTabs } from '../../../src/client/index.ts';
import { type Sandbox, transition } from '../../../src/index.ts';
import { connectedClient } from '../../harness/client/connected-client.ts';
import { flushPromises, runningSandbox } from '../../harness/client/scripted-transport.ts';
import { createBrowser } from '../../harness/client/simulated-browser.ts';
import { createWorld } from '../../harness/client/world.ts';

const rename = (name: string): CommandInput => ({ type: 'rename', name });
const idle: CommandInput = { type: 'setTimeouts', idleTimeoutMs: 60_000 };

test('a command does not wait for an earlier one whose order does not matter', async () => {
  const { client, sentTypes } = await connectedClient();
  client.send('snapshot');
  client.send(rename('other'));
  client.send(idle);
  await flushPromises();
  expect(sentTypes()).toEqual(['snapshot', 'rename', 'setTimeouts']);
  client.dispose();
});

test('a command waits for the reply to an earlier one whose order matters, and is sent after it', async () => {
  const { client, transport, sentTypes } = await connectedClient();
  client.send(rename('first'));
  client.send(rename('second'));
  client.send(idle);
  await flushPromises();
  expect(sentTypes()).toEqual(['rename', 'setTimeouts']);
  await transport.reply({ outcome: 'accepted', version: 3 });
  expect(transport.sent.at(-1)?.command).toMatchObject({ name: 'second' });
  client.dispose();
});

test('a command for a certain version waits for every earlier one', async () => {
  const { client, sentTypes } = await connectedClient();
  client.send('snapshot');
  client.send(rename('other'), { ifVersion: 2 });
  await flushPromises();
  expect(sentTypes()).toEqual(['snapshot']);
  client.dispose();
});

test.each([
  ['hangs', undefined],
  ['fails', { outcome: 'unknown', problem: 'Snapshots are broken.' } as const],
])('`terminate` overtakes a command whose request %s', async (_what, reply) => {
  const { client, transport, sentTypes } = await connectedClient();
  client.send('snapshot');
  await flushPromises();
  if (reply) await transport.reply(reply);
  client.send('terminate');
  await flushPromises();
  expect(sentTypes()).toEqual(['snapshot', 'terminate']);
  client.dispose();
});

test('earlier commands that were never sent are dropped once `terminate` is sent', async () => {
  const { client, transport, sentTypes } = await connectedClient();
  client.send(rename('first'));
  const waiting = client.send(rename('second'));
  client.send('terminate');
  await flushPromises();
  expect(await waiting.settled).toEqual({
    outcome: 'dropped',
    reason: { code: 'no_answer', message: 'Never sent: the sandbox is being terminated.' },
  });
  await transport.reply({ outcome: 'accepted', version: 3 });
  expect(sentTypes()).toEqual(['rename', 'terminate']);
  client.dispose();
});

test('without idempotency keys, `terminate` also overtakes a command with a lost reply', async () => {
  const { transport: unversioned } = await connectedClient();
  const { client, transport, sentTypes } = await connectedClient(runningSandbox(), {
    transport: { ...unversioned, isVersioned: false },
  });
  client.send('suspend');
  await flushPromises();
  await transport.reply({ outcome: 'unknown' });
  client.send('terminate');
  await flushPromises();
  expect(sentTypes()).toContain('terminate');
  client.dispose();
});

test('at most four requests of one sandbox are in progress, and `terminate`', async () => {
  const { client, sentTypes } = await connectedClient(runningSandbox('my-env', 60_000));
  const inputs: CommandInput[] = ['snapshot', rename('a'), { type: 'configure', configuration: {} }, idle];
  for (const input of inputs) client.send(input);
  client.send('keepalive');
  await flushPromises();
  expect(sentTypes()).toHaveLength(4);
  client.send('terminate');
  await flushPromises();
  expect(sentTypes()).toHaveLength(5);
  client.dispose();
});

/** Sends a command that another one precedes, and lets the times of both pass. */
async function reasonOf(
  act: (connected: Awaited<ReturnType<typeof connectedClient>>) => Promise<{ settled: Promise<unknown> }>,
) {
  const connected = await connectedClient();
  const { settled } = await act(connected);
  await connected.pass(61_000);
  connected.client.dispose();
  return settled;
}

test('each reason says what happened: the command waited for another', async () => {
  const reason = await reasonOf(async ({ client, pass }) => {
    client.send(rename('first'));
    await pass(1000);
    return client.send(rename('second'));
  });
  expect(reason).toMatchObject({
    outcome: 'dropped',
    reason: { message: 'Never sent: it waited for "rename", which the server did not answer.' },
  });
});

test('each reason says what happened: the server failed', async () => {
  const reason = await reasonOf(async ({ client, transport }) => {
    const sent = client.send('snapshot');
    await flushPromises();
    await transport.reply({ outcome: 'unknown', problem: 'Snapshots are broken.' });
    return sent;
  });
  expect(reason).toMatchObject({
    outcome: 'unknown',
    reason: { message: 'The server failed: Snapshots are broken. The command may have been applied.' },
  });
});

test('each reason says what happened: the server asked to wait, and the client waited', async () => {
  const { client, transport, pass } = await connectedClient();
  const { settled } = client.send('snapshot');
  await flushPromises();
  await transport.reply({ outcome: 'unknown', retryAfterMs: 20_000 });
  await pass(19_000);
  expect(transport.sent).toHaveLength(1);
  await pass(2000);
  expect(transport.sent).toHaveLength(2);
  await transport.reply({ outcome: 'unknown', retryAfterMs: 90_000 });
  await pass(40_000);
  expect(transport.sent).toHaveLength(2);
  expect(await settled).toMatchObject({
    outcome: 'unknown',
    reason: { message: 'The server asked to wait for 90 s. The command may have been applied.' },
  });
  client.dispose();
});

test('each reason says what happened: no reply', async () => {
  expect(await reasonOf(async ({ client }) => client.send('snapshot'))).toMatchObject({
    outcome: 'unknown',
    reason: { message: 'The server did not respond in time. The command may have been applied.' },
  });
});

test('each reason says what happened: no connection', async () => {
  const reason = await reasonOf(async ({ client, transport }) => {
    transport.update = { problem: 'The server could not be reached.', isReachable: false } as never;
    transport.streams.at(-1)?.onClosed('The event stream ended.');
    client.refresh();
    await flushPromises();
    return client.send('snapshot');
  });
  expect(reason).toMatchObject({
    outcome: 'dropped',
    reason: { message: 'The server could not be reached in time.' },
  });
});

test.each<CommandInput>(['suspend', 'snapshot', 'keepalive', 'terminate', rename('zz'), idle])(
  'a double click sends one command: %j',
  async (input) => {
    const { client, transport } = await connectedClient(runningSandbox('my-env', 600_000));
    const first = client.send(input);
    const second = client.send(input);
    expect(second.id).toBe(first.id);
    expect(second.settled).toBe(first.settled);
    await flushPromises();
    expect(client.send(input).id).toBe(first.id);
    expect(transport.sent).toHaveLength(1);
    expect(client.getSnapshot()).toMatchObject({ pending: [{ id: first.id }], rollbacks: [] });
    client.dispose();
  },
);

test('a command does not join an equal one across another that affects it', async () => {
  const { client } = await connectedClient();
  const ids = ['on', 'off', 'on'].map((name) => client.send(rename(name)).id);
  expect(new Set(ids).size).toBe(3);
  expect(client.getSnapshot().sandbox?.name).toBe('on');
  client.dispose();
});

test('commands with different arguments or conditions do not join', async () => {
  const { client } = await connectedClient();
  const ids = [
    client.send({ type: 'configure', configuration: { exposed_ports: [80] } }).id,
    client.send({ type: 'configure', configuration: { exposed_ports: [81] } }).id,
    client.send({ type: 'configure', configuration: { exposed_ports: [81] } }, { ifVersion: 2 }).id,
  ];
  expect(new Set(ids).size).toBe(3);
  client.dispose();
});

test('a command joins an equal one that another tab sends, across one that does not affect it', async () => {
  const world = createWorld(10_000);
  const browser = createBrowser(world);
  const tabs = () => shareTabs({ channel: browser.channel() });
  const [here, there] = [
    await connectedClient(runningSandbox(), { world, tabs: tabs() }),
    await connectedClient(runningSandbox(), { world, tabs: tabs() }),
  ];
  const { id } = there.client.send('suspend');
  there.client.send(rename('other'));
  await here.pass(10);
  const joined = here.client.send('suspend');
  expect(joined.id).toBe(id);
  here.sendChange(
    transition(runningSandbox(), { type: 'suspend', at: 5000 }).sandbox as Sandbox,
    'suspend',
    id,
  );
  expect(await joined.settled).toEqual({ outcome: 'applied', reason: null });
  for (const { client } of [here, there]) client.dispose();
});
