import { expect, test } from 'vitest';
import {
  createSandboxClient,
  createSandboxListClient,
  type ServerReply,
} from '../../../../src/client/index.ts';
import { createClockOffset } from '../../../../src/client/transport/clock-offset.ts';
import { openConnection } from '../../../harness/client/open-connection.ts';
import {
  flushPromises,
  runningSandbox,
  scriptedTransport,
} from '../../../harness/client/scripted-transport.ts';
import { createWorld } from '../../../harness/client/world.ts';

const hour = 3_600_000;

test('the estimate stays as long as no message disproves it, and converges to the true offset', async () => {
  const world = createWorld(1_000_000);
  let steps = 0;
  const offset = createClockOffset(world, () => steps++);
  const trueMs = 7_300;
  for (let poll = 0; poll < 200; poll++) {
    const sentAtMs = world.now();
    await world.runUntil(sentAtMs + 20, () => {});
    const atMs = Math.floor((world.now() + trueMs) / 1000) * 1000;
    await world.runUntil(sentAtMs + 40, () => {});
    expect(offset.learn({ atMs, precisionMs: 1000 }, sentAtMs)).toBe(false);
    await world.runUntil(sentAtMs + 2_017, () => {});
  }
  expect(Math.abs(offset.aheadMs() - trueMs)).toBeLessThanOrEqual(140);
  expect(steps).toBeLessThanOrEqual(10);
});

test('each heartbeat corrects the clock: forward at once', async () => {
  const { connection, streams, reports, world, pass, goLive } = openConnection();
  connection.start();
  await goLive();
  streams[0]?.listener.onAlive({ atMs: world.now() + 5, precisionMs: 1 });
  expect(connection.aheadMs()).toBe(0);
  await pass(15_000);
  reports.splice(0);
  streams[0]?.listener.onAlive({ atMs: world.now() + hour, precisionMs: 1 });
  expect(connection.aheadMs()).toBe(hour);
  expect(reports).toEqual([`clock ${hour}`]);
});

test('each heartbeat corrects the clock: backward at once, and exactly by a read', async () => {
  const { connection, streams, reads, reports, world, update, pass, goLive } = openConnection();
  connection.start();
  await goLive();
  await pass(15_000);
  reports.splice(0);
  streams[0]?.listener.onAlive({ atMs: world.now() - hour, precisionMs: 1 });
  expect(Math.abs(connection.aheadMs() + hour)).toBeLessThanOrEqual(15_001);
  await pass(20);
  expect(reads).toHaveLength(2);
  reads[1]?.reply({ ...update, serverTime: { atMs: world.now() - hour, precisionMs: 1000 } });
  await pass(0);
  expect(Math.abs(connection.aheadMs() + hour)).toBeLessThanOrEqual(1_100);
  expect(reports.filter((report) => report.startsWith('clock'))).toHaveLength(2);
});

test('a late frame alone does not move the clock; it costs one read, however many follow', async () => {
  const { connection, streams, reads, world, update, pass, goLive } = openConnection();
  connection.start();
  await goLive();
  for (let frame = 0; frame < 20; frame++) {
    await pass(1_000);
    if (frame < 10) continue;
    streams[0]?.listener.onAlive({ atMs: world.now() - 8_000, precisionMs: 1 });
    await pass(0);
    reads.at(-1)?.reply({ ...update, serverTime: { atMs: world.now(), precisionMs: 1 } });
  }
  expect(connection.aheadMs()).toBe(0);
  expect(reads).toHaveLength(2);
});

test('the reply to a command corrects the clock', async () => {
  const reply: ServerReply = {
    outcome: 'accepted',
    serverTime: { atMs: 1_000_000 + hour, precisionMs: 1000 },
  };
  const { connection, transport, goLive } = openConnection({ send: async () => reply });
  connection.start();
  await goLive();
  await transport.send({} as never, new AbortController().signal);
  expect(connection.aheadMs()).toBe(hour);
});

test.each([hour, -hour])(
  'countdowns follow a server clock that is corrected by %i ms, in a client and in a list',
  async (stepMs) => {
    const world = createWorld(10_000);
    const sandbox = runningSandbox('my-env', 60_000);
    const transport = scriptedTransport(sandbox);
    let aheadMs = 0;
    const update = () => ({
      sandboxes: [sandbox],
      isComplete: true,
      serverTime: { atMs: world.now() + aheadMs, precisionMs: 1 },
    });
    Object.defineProperty(transport, 'update', { get: update });
    const client = createSandboxClient({ id: 'a1', transport, clock: world });
    const list = createSandboxListClient({ transport, clock: world });
    let notified = 0;
    list.subscribe(() => notified++);
    client.subscribe(() => notified++);
    await flushPromises();
    for (const stream of transport.streams) stream.onOpen();
    await flushPromises();
    const countdowns = () => [
      client.getSnapshot().timeout?.localAt,
      list.getSnapshot().sandboxes[0]?.timeout?.localAt,
    ];
    expect(countdowns()).toEqual([62_000, 62_000]);
    aheadMs = stepMs;
    notified = 0;
    for (const stream of transport.streams) stream.onAlive({ atMs: world.now() + aheadMs, precisionMs: 1 });
    await flushPromises();
    for (const localAt of countdowns())
      expect(Math.abs(62_000 - stepMs - (localAt ?? 0))).toBeLessThanOrEqual(2);
    expect(notified).toBeGreaterThanOrEqual(2);
    client.dispose();
    list.dispose();
  },
);
