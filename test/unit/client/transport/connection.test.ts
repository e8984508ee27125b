import { expect, test } from 'vitest';
import { openConnection } from '../../../harness/client/open-connection.ts';

test('a stopped connection ends its stream, its polls and its reads, and reports nothing more', async () => {
  const { connection, reads, streams, reports, update, pass, goLive } = openConnection();
  connection.start();
  await goLive();
  connection.read();
  await pass(0);
  reports.splice(0);
  connection.stop();
  expect(reports.splice(0)).toEqual(['stale']);
  expect([streams[0]?.isClosed, reads.at(-1)?.signal.aborted]).toEqual([true, true]);
  const requests = reads.length + streams.length;
  reads.at(-1)?.reply(update);
  streams[0]?.listener.onUpdate(update);
  streams[0]?.listener.onClosed('The server stops.');
  connection.read();
  connection.stop();
  await pass(600_000);
  expect(reports).toEqual([]);
  expect(reads.length + streams.length).toBe(requests);
});

test('a connection that starts again resumes its stream and is live again', async () => {
  const { connection, streams, reports, update, pass, goLive } = openConnection();
  connection.start();
  await goLive();
  streams[0]?.listener.onUpdate({ ...update, sequence: 42 });
  connection.stop();
  await pass(10_000);
  reports.splice(0);
  connection.start();
  expect(streams.map(({ after }) => after)).toEqual([undefined, 42]);
  await goLive();
  expect(reports).toEqual(['version 2', 'live']);
  await pass(10_000);
  expect(streams).toHaveLength(2);
});

test('a connection that polls polls again after a stop', async () => {
  const { connection, reads, reports, update, pass } = openConnection({ canFollow: false });
  connection.start();
  await pass(0);
  reads[0]?.reply(update);
  await pass(0);
  connection.stop();
  await pass(60_000);
  expect(reads).toHaveLength(1);
  connection.start();
  await pass(0);
  reads[1]?.reply(update);
  await pass(0);
  expect(reports).toEqual(['version 2', 'polling', 'stale', 'version 2', 'polling']);
  await pass(2_000);
  expect(reads).toHaveLength(3);
});

test('a listener that stops the connection while it receives an update is not called again', async () => {
  const { connection, server, reports, goLive } = openConnection();
  server.onReport = (report) => report.startsWith('version') && connection.stop();
  connection.start();
  await goLive();
  expect(reports).toEqual(['version 2', 'stale']);
});

test('the end of a sandbox is read once after each start', async () => {
  const { connection, server, reads, reports, update, pass } = openConnection();
  server.isFinished = true;
  for (const expected of [1, 2]) {
    connection.start();
    await pass(0);
    reads.at(-1)?.reply(update);
    await pass(600_000);
    expect(reads).toHaveLength(expected);
    connection.stop();
  }
  expect(reports).toEqual(['version 2', 'polling', 'stale', 'version 2', 'polling', 'stale']);
});
