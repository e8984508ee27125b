import { afterEach, beforeEach, expect, test } from 'vitest';
import { apiFixture, origin } from '../../../harness/server/api-fixture.ts';
import { eventReader } from '../../../harness/server/event-stream.ts';
import { hostFixture, namespace } from '../../../harness/server/host-fixture.ts';

const host = hostFixture();
const api = apiFixture(host);

const many = 50;
let warnings: string[] = [];
const note = ({ name, message }: Error) => void warnings.push(`${name}: ${message}`);

beforeEach(() => {
  warnings = [];
  process.on('warning', note);
});
afterEach(() => void process.off('warning', note));

/** Warnings are emitted in a later turn of the event loop. */
async function warningsSoFar(): Promise<readonly string[]> {
  await new Promise((resolve) => setImmediate(resolve));
  return warnings;
}

test('many waits and streams at once print no warning', async () => {
  const id = await api.create({ name: 'ada' });
  const get = (path: string) => api.api(new Request(origin + path));
  const waits = Array.from({ length: many }, () => get(`/sandboxes/${id}/wait?status=suspended&timeout=60`));
  const streams = await Promise.all(
    Array.from({ length: many }, async () => eventReader(await get('/sandboxes/events'))),
  );
  await Promise.all(streams.map((stream) => stream.take(2)));
  await host.clock.settle();
  await api.call('POST', '/sandboxes/ada/suspend');
  const answers = await Promise.all(waits);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(await warningsSoFar()).toEqual([]);
});

test('many waits of an embedder under one signal print no warning, and end with it', async () => {
  const { id } = await host.running('ada');
  const controller = new AbortController();
  const { signal } = controller;
  const waits = Array.from({ length: many }, () =>
    host.host.waitFor(namespace, id, ['suspended'], { timeoutMs: 60_000, signal }),
  );
  await host.clock.settle();
  controller.abort();
  const ends = await Promise.all(waits);
  expect(ends.map(({ outcome }) => outcome)).toEqual(waits.map(() => 'timed_out'));
  expect(await warningsSoFar()).toEqual([]);
});

test('many releases that are retried print no warning', async () => {
  host.driver.script('release', async () => {
    throw new Error('busy');
  });
  for (let count = 0; count < many; count++) {
    const { id } = await host.running(null);
    await host.host.send(namespace, id, { type: 'terminate' });
  }
  await host.clock.advance(5_000);
  expect(await warningsSoFar()).toEqual([]);
});
