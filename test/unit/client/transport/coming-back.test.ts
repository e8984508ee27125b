import { expect, test } from 'vitest';
import type { ReadFailure, ServerReply } from '../../../../src/client/index.ts';
import { openConnection } from '../../../harness/client/open-connection.ts';

const busy: ReadFailure = { problem: 'Too many requests.', isReachable: true, retryAfterMs: 5_000 };
const { signal } = new AbortController();

/** The times of all requests of a connection after this instant, in ms from it, in order. */
function requestsSince(start: number, { reads, streams }: ReturnType<typeof openConnection>): number[] {
  return [...reads, ...streams]
    .map(({ at }) => at - start)
    .filter((at) => at > 0)
    .sort((a, b) => a - b);
}

test.each(['a read', 'a stream', 'a command'])(
  'while %s has to wait, the client sends no request',
  async (what) => {
    const reply: ServerReply = { outcome: 'unknown', retryAfterMs: 5_000, problem: busy.problem };
    const here = openConnection({ send: async () => reply });
    const { connection, transport, reads, streams, reports, world, pass, update } = here;
    connection.start();
    if (what === 'a stream') streams[0]?.listener.onClosed(busy.problem, 5_000);
    else streams[0]?.listener.onClosed('Not found.');
    await pass(0);
    if (what === 'a command') await transport.send({} as never, signal);
    reads[0]?.reply(what === 'a read' ? busy : update);
    await pass(0);
    const start = world.now();
    for (let second = 0; second < 5; second++) {
      connection.read();
      connection.stop();
      connection.start();
      await pass(999);
    }
    expect(requestsSince(start, here)).toEqual([]);
    expect(reports.at(-1)).toBe(`stale: ${busy.problem}`);
    await pass(2_100);
    expect(requestsSince(start, here).length).toBeGreaterThan(0);
  },
);

test('a live connection sends a requested read when the server’s wait is over', async () => {
  const reply: ServerReply = { outcome: 'unknown', retryAfterMs: 5_000 };
  const here = openConnection({ send: async () => reply });
  const { connection, transport, reads, world, pass, goLive } = here;
  connection.start();
  await goLive();
  await transport.send({} as never, signal);
  const start = world.now();
  connection.read();
  await pass(4_999);
  expect(requestsSince(start, here)).toEqual([]);
  await pass(2_001);
  expect(requestsSince(start, here)).toEqual([6_000]);
  expect(reads).toHaveLength(2);
});

test('another connection of the same transport waits too, and shows the reason', async () => {
  const { transport, world, connection, reads, streams, pass } = openConnection();
  connection.start();
  streams[0]?.listener.onClosed('Too many streams.', 5_000);
  await pass(0);
  const reports: string[] = [];
  const times = {
    deadlineMs: 1,
    requestMs: 1,
    pollMs: 1,
    retryMs: 1,
    longestRetryMs: 1,
    silenceMs: 1,
    leaseMs: 1,
    releaseMs: 1,
  };
  const other = transport.connect(
    { clock: world, times, random: () => 0, nextTick: () => 1 },
    {
      onUpdate: () => true,
      onConnection: (state, problem) => reports.push(`${state}: ${problem}`),
      sandboxId: () => 'a1',
      knownVersion: () => undefined,
      isFinished: () => false,
    },
  );
  other.start();
  await pass(4_000);
  expect([reads.length, streams.length]).toEqual([0, 1]);
  expect(reports).toEqual(['stale: Too many streams.']);
  other.stop();
});

test('the client waits ten minutes at most', async () => {
  const { connection, reads, pass } = openConnection({ canFollow: false });
  connection.start();
  await pass(0);
  reads[0]?.reply({ ...busy, retryAfterMs: 86_400_000 });
  await pass(599_999);
  expect(reads).toHaveLength(1);
  await pass(2_001);
  expect(reads).toHaveLength(2);
});

test('a server that does not respond is not asked again at once', async () => {
  const { connection, reads, pass } = openConnection({ canFollow: false });
  connection.start();
  await pass(0);
  reads[0]?.fail();
  await pass(5_000);
  expect(reads.length).toBeLessThanOrEqual(4);
});

test('clients that lose their streams together come back one after the other', async () => {
  const firsts: number[] = [];
  for (let client = 0; client < 40; client++) {
    const here = openConnection({ random: () => client / 40 });
    here.connection.start();
    await here.goLive();
    const start = here.world.now();
    here.streams[0]?.listener.onClosed('The server is stopping; reconnect in a moment.');
    await here.pass(2_000);
    expect(here.reports.at(-1)).toMatch(/^stale/);
    firsts.push(requestsSince(start, here)[0] as number);
  }
  for (let from = 0; from < 2_000; from += 100) {
    expect(firsts.filter((at) => at >= from && at < from + 100).length).toBeLessThanOrEqual(4);
  }
  expect(Math.max(...firsts)).toBeLessThanOrEqual(2_000);
});

test('a stream that opens and ends at once is opened less and less often', async () => {
  const here = openConnection();
  const { connection, streams, reads, update, pass } = here;
  connection.start();
  for (let second = 0; second < 300; second++) {
    const stream = streams.at(-1);
    if (stream && !stream.isClosed) {
      stream.listener.onOpen();
      await pass(100);
      stream.listener.onClosed('The event stream ended.');
    }
    reads.at(-1)?.reply(update);
    await pass(1_000);
  }
  expect(streams.length).toBeLessThanOrEqual(20);
});

test('a stream that was open for a while is opened again soon, however often it ends', async () => {
  const { connection, streams, world, pass, goLive } = openConnection();
  connection.start();
  for (let round = 1; round <= 6; round++) {
    await goLive();
    await pass(30_000);
    streams.at(-1)?.listener.onClosed('The proxy ended it.');
    const lost = world.now();
    await pass(4_000);
    expect(streams).toHaveLength(round + 1);
    expect((streams.at(-1)?.at ?? 0) - lost).toBeLessThanOrEqual(3_100);
  }
});

test('a connection does not stay stale when the sandbox is finished after the stream was lost', async () => {
  const { connection, server, streams, reads, reports, update, pass, goLive } = openConnection();
  connection.start();
  await goLive();
  streams[0]?.listener.onClosed('The event stream ended.');
  server.isFinished = true;
  await pass(2_000);
  reads.at(-1)?.reply(update);
  await pass(0);
  expect(reports.at(-1)).toBe('polling');
});

test('a sandbox that does not exist is read at long intervals', async () => {
  const here = openConnection();
  const { connection, streams, reads, world, reports, pass } = here;
  connection.start();
  const start = world.now();
  for (let second = 0; second < 300; second++) {
    const stream = streams.at(-1);
    if (stream && !stream.isClosed) stream.listener.onClosed('Not found.');
    reads.at(-1)?.reply({ problem: 'Not found.', isReachable: true, isPermanent: true });
    await pass(1_000);
  }
  expect(requestsSince(start, here).length).toBeLessThanOrEqual(2 * (300 / 15));
  expect(new Set(reports)).toEqual(new Set(['stale: Not found.']));
});

test('a stream that does not open does not delay the first state', async () => {
  const { connection, reads, reports, update, pass } = openConnection();
  connection.start();
  await pass(399);
  expect(reads).toEqual([]);
  await pass(1);
  reads[0]?.reply(update);
  await pass(0);
  expect(reports).toEqual(['version 2', 'polling']);
});

test('a stream that opens normally costs one read', async () => {
  const { connection, reads, streams, pass, goLive } = openConnection();
  connection.start();
  await pass(300);
  await goLive();
  await pass(10_000);
  expect([reads.length, streams.length]).toEqual([1, 1]);
});

test('a connection tries again at once when the page is visible or online again', async () => {
  let wake = () => {};
  let listeners = 0;
  const { connection, reads, streams, pass } = openConnection({
    onWake(listener) {
      wake = listener;
      listeners++;
      return () => {
        listeners--;
        wake = () => {};
      };
    },
  });
  connection.start();
  connection.start();
  expect(listeners).toBe(1);
  for (let second = 0; second < 120; second++) {
    streams
      .filter(({ isClosed }) => !isClosed)
      .at(-1)
      ?.listener.onClosed('Offline.');
    reads.at(-1)?.fail();
    await pass(1_000);
  }
  const before = streams.length;
  wake();
  expect(streams).toHaveLength(before + 1);
  connection.stop();
  expect(listeners).toBe(0);
});

test('a wake reads the state of a live connection', async () => {
  let wake = () => {};
  const { connection, reads, pass, goLive } = openConnection({
    onWake(listener) {
      wake = listener;
      return () => {};
    },
  });
  connection.start();
  await goLive();
  wake();
  await pass(0);
  expect(reads).toHaveLength(2);
});
