import { expect, test } from 'vitest';
import { createSandboxListClient, type ServerChange } from '../../../src/client/index.ts';
import { type Sandbox, transition } from '../../../src/index.ts';
import { connectedClient } from '../../harness/client/connected-client.ts';
import { flushPromises, runningSandbox, scriptedTransport } from '../../harness/client/scripted-transport.ts';
import { createWorld } from '../../harness/client/world.ts';

const running = runningSandbox();
const renamed = (before: Sandbox, name: string) =>
  transition(before, { type: 'rename', name, at: 5000 }).sandbox;
const three = renamed(running, 'three');
const four = renamed(three, 'four');
const ended = transition(four, { type: 'terminate', at: 5000 }).sandbox;
const stepTo = (sandbox: Sandbox): ServerChange => ({
  ...{ sandbox, at: 5000, from: 'running', event: 'rename', actor: null, cause: null },
});

test('a read that began later and has a lower version turns the client back, with its timeline', async () => {
  const { client, sendChange, read } = await connectedClient();
  sendChange(three, 'rename', null);
  sendChange(four, 'rename', null);
  await read(three);
  const { sandbox, timeline } = client.getSnapshot();
  expect(sandbox).toEqual(three);
  expect(timeline.map((entry) => entry.sandbox.version)).toEqual([3]);
  sendChange(renamed(three, 'another'), 'rename', null);
  expect(client.getSnapshot().sandbox?.name).toBe('another');
  client.dispose();
});

test('a read with another record of the same version turns the client back', async () => {
  const { client, sendChange, read } = await connectedClient();
  sendChange(three, 'rename', null);
  await read(renamed(running, 'restored'));
  expect(client.getSnapshot()).toMatchObject({ sandbox: { name: 'restored', version: 3 }, timeline: [] });
  client.dispose();
});

test('a message of the stream never turns the client back', async () => {
  const { client, sendChange } = await connectedClient();
  sendChange(four, 'rename', null);
  sendChange(three, 'rename', null);
  sendChange(renamed(three, 'different'), 'rename', null);
  expect(client.getSnapshot().sandbox).toEqual(four);
  client.dispose();
});

test('a read that began before the last state arrived does not turn the client back', async () => {
  const { client, transport, sendChange } = await connectedClient();
  transport.update = { sandboxes: [three] };
  client.refresh();
  sendChange(four, 'rename', null);
  await flushPromises();
  expect(client.getSnapshot().sandbox).toEqual(four);
  client.dispose();
});

test('a terminated sandbox comes back by such a read', async () => {
  const { client, sendChange, read } = await connectedClient();
  sendChange(ended, 'terminate', null);
  sendChange(four, 'rename', null);
  expect(client.getSnapshot().sandbox?.status).toBe('terminated');
  await read(four);
  expect(client.getSnapshot().sandbox?.status).toBe('running');
  expect(client.can('suspend')).toBe(true);
  client.dispose();
});

test('the steps between a reset and a later version are read again', async () => {
  const { client, transport, sendChange } = await connectedClient();
  sendChange(three, 'rename', null);
  const others = [renamed(running, 'restored')];
  others.push(renamed(others[0] as Sandbox, 'and changed'));
  transport.update = { sandboxes: [], changes: others.map(stepTo) };
  const { reads } = transport;
  client.refresh();
  await flushPromises();
  expect(client.getSnapshot()).toMatchObject({ sandbox: { name: 'and changed' } });
  expect(client.getSnapshot().timeline.map(({ sandbox }) => sandbox.name)).toEqual([
    'restored',
    'and changed',
  ]);
  expect(transport.reads).toBe(reads + 2);
  expect(transport.knownVersions.at(-1)).toBeUndefined();
  client.dispose();
});

test('an accepted command whose version is lost settles as unknown, and says why', async () => {
  const { client, transport, read } = await connectedClient();
  const { id, settled } = client.send({ type: 'rename', name: 'three' });
  await flushPromises();
  await transport.reply({ outcome: 'accepted', version: 3 });
  await read(running);
  const message = 'The server went back to an earlier state, without this command.';
  expect(await settled).toEqual({ outcome: 'unknown', reason: { code: 'no_answer', message } });
  expect(client.getSnapshot()).toMatchObject({ sandbox: { name: 'my-env' }, rollbacks: [{ id }] });
  client.dispose();
});

test('an accepted command stays pending when a read that began before the reply does not have it', async () => {
  const { client, transport } = await connectedClient();
  client.send({ type: 'rename', name: 'three' });
  await flushPromises();
  client.refresh();
  await transport.reply({ outcome: 'accepted', version: 3 });
  expect(client.getSnapshot()).toMatchObject({ sandbox: { name: 'three' }, rollbacks: [] });
  client.dispose();
});

test('a complete list turns back its sandboxes, and brings back those that were removed', async () => {
  const transport = scriptedTransport(running);
  const list = createSandboxListClient({ transport, clock: createWorld(10_000) });
  const read = async (...sandboxes: Sandbox[]) => {
    transport.update = { sandboxes, isComplete: true };
    list.refresh();
    await flushPromises();
  };
  const other = { ...running, id: 'b2' };
  list.subscribe(() => {});
  transport.streams.at(-1)?.onOpen();
  await read(four, other);
  await read(four);
  expect(list.getSnapshot().sandboxes.map(({ id }) => id)).toEqual(['a1']);
  await read(three, other);
  const shown = () => list.getSnapshot().sandboxes.map(({ id, sandbox }) => [id, sandbox?.name]);
  expect(shown()).toEqual([
    ['a1', 'three'],
    ['b2', 'my-env'],
  ]);
  const changed = renamed(other, 'changed');
  transport.streams.at(-1)?.onUpdate({ sandboxes: [], changes: [stepTo(changed)] });
  expect(shown()[1]).toEqual(['b2', 'changed']);
  list.dispose();
});
