import { expect, test } from 'vitest';
import { createSandboxClient, createSandboxListClient } from '../../../src/client/index.ts';
import { httpProtocol } from '../../../src/client/transport/http-transport.ts';
import type { Sandbox } from '../../../src/index.ts';
import { flushPromises, runningSandbox, scriptedTransport } from '../../harness/client/scripted-transport.ts';
import { createWorld } from '../../harness/client/world.ts';

function clientOf(sandbox = runningSandbox('my-env', 60_000)) {
  const transport = scriptedTransport(sandbox);
  const client = createSandboxClient({ id: 'a1', transport, clock: createWorld(10_000), initial: sandbox });
  return { client, transport };
}

test('setTimeouts is predicted with its instants, sent, and rolled back with the reason', async () => {
  const { client, transport } = clientOf();
  client.refresh();
  await flushPromises();
  client.send({ type: 'setTimeouts', timeoutMs: 120_000, idleTimeoutMs: 30_000 });
  const { sandbox, pending, timeouts, commands } = client.getSnapshot();
  expect(sandbox).toMatchObject({ timeoutMs: 120_000, expiresAt: 130_000, idleAt: 40_000 });
  expect(pending).toHaveLength(1);
  expect(commands.setTimeouts).toEqual({
    isAllowed: true,
    reason: null,
    isSatisfied: false,
    isBusy: true,
  });
  expect(timeouts.map(({ limit }) => limit)).toEqual(['idleTimeoutMs', 'timeoutMs']);
  await flushPromises();
  expect(transport.sent[0]?.command).toMatchObject({ type: 'setTimeouts', timeoutMs: 120_000 });
  const reason = { code: 'rejected', message: 'Your plan allows less.' } as const;
  await transport.reply({ outcome: 'refused', reason });
  expect(client.getSnapshot()).toMatchObject({
    sandbox: { timeoutMs: 60_000, idleAt: null },
    rollbacks: [{ outcome: 'refused', reason }],
  });
  client.dispose();
});

test('setTimeouts without a limit, or with a limit below 1 ms, is refused with a sentence', () => {
  const { client } = clientOf();
  expect(client.why({ type: 'setTimeouts' })?.message).toMatch(/no limit is given/);
  expect(client.why({ type: 'setTimeouts', idleTimeoutMs: 0 })?.message).toMatch(/below 1 ms/);
  expect(client.can('setTimeouts')).toBe(true);
  client.dispose();
});

test('configure is predicted as the next generation and carries the configuration', async () => {
  const { client, transport } = clientOf();
  client.refresh();
  await flushPromises();
  const configuration = { exposed_ports: [8080] };
  client.send({ type: 'configure', configuration });
  expect(client.getSnapshot().sandbox?.generation).toBe(2);
  await flushPromises();
  expect(transport.sent[0]).toMatchObject({ command: { type: 'configure' }, configuration });
  await transport.reply({ outcome: 'refused', reason: { code: 'rejected', message: 'No such port.' } });
  expect(client.getSnapshot().sandbox?.generation).toBe(1);
  client.dispose();
});

test('over HTTP limits are whole seconds, and others are refused before a request', async () => {
  const bodies: unknown[] = [];
  const fetch = async (_url: unknown, init?: RequestInit) => {
    bodies.push([init?.method, init?.body]);
    return Response.json({});
  };
  const protocol = httpProtocol({ url: 'http://test', fetch: fetch as typeof globalThis.fetch });
  const { signal } = new AbortController();
  const send = (limits: object) =>
    protocol.send({ sandboxId: 'a1', id: 'k', command: { type: 'setTimeouts', at: 0, ...limits } }, signal);
  expect(await send({ timeoutMs: 5000, suspendedTimeoutMs: null })).toMatchObject({ outcome: 'accepted' });
  expect(bodies).toEqual([['PATCH', '{"timeout_secs":5,"suspended_timeout_secs":null}']]);
  expect(await send({ idleTimeoutMs: 1500 })).toMatchObject({
    outcome: 'refused',
    reason: { code: 'invalid', message: expect.stringMatching(/whole seconds/) },
  });
  const command = { type: 'configure', at: 0 } as const;
  await protocol.send({ sandboxId: 'a1', id: 'k', command, configuration: { exposed_ports: [80] } }, signal);
  expect(bodies.slice(1)).toEqual([['PATCH', '{"exposed_ports":[80]}']]);
});

const broken = { ...runningSandbox(), incarnation: null } as Sandbox;

test('an initial record that no sandbox can have is not shown, and the problem names the field', () => {
  const transport = scriptedTransport(runningSandbox());
  const client = createSandboxClient({ id: 'a1', transport, initial: broken });
  expect(client.getSnapshot()).toMatchObject({
    sandbox: null,
    connection: 'stale',
    problem: expect.stringMatching(/illegal at incarnation/),
  });
  const list = createSandboxListClient({ transport, initial: [broken, runningSandbox()] });
  expect(list.getSnapshot().sandboxes).toHaveLength(1);
  expect(list.getSnapshot().problem).toMatch(/illegal at incarnation/);
});

test('a record of a transport that no sandbox can have leaves the client as it was', async () => {
  const { client, transport } = clientOf();
  transport.update = { sandboxes: [{ ...broken, version: 9 }] };
  client.refresh();
  await flushPromises();
  expect(client.getSnapshot()).toMatchObject({
    sandbox: { version: 2, incarnation: 1 },
    problem: expect.stringMatching(/illegal at incarnation/),
  });
  client.dispose();
});
