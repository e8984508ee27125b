import { afterEach, expect, test, vi } from 'vitest';
import { createSandboxListClient, createSnapshotListClient } from '../../../src/client/index.ts';
import { type FakeTransportOptions, fakeTransport } from '../../../src/testing/index.ts';
import { passTime } from '../../harness/client/pass-time.ts';
import { flushPromises, runningSandbox } from '../../harness/client/scripted-transport.ts';
import { createWorld } from '../../harness/client/world.ts';

const open: { dispose(): void }[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.dispose();
});

/** A client of snapshots beside a list of one sandbox. */
function page(options: FakeTransportOptions = {}) {
  const world = createWorld(10_000);
  const transport = fakeTransport({ sandboxes: [runningSandbox()], now: world.now, ...options });
  const list = createSandboxListClient({ transport, clock: world });
  const snapshots = createSnapshotListClient({ transport, list, clock: world });
  open.push(list, snapshots);
  const pass = (milliseconds: number) => passTime(world, milliseconds);
  const shown = () => snapshots.getSnapshot().snapshots.map(({ id, status }) => `${id} ${status}`);
  const requested = (kind: string) => transport.requests.filter((one) => one.kind === kind).length;
  const capture = (id: string) =>
    transport.apply('a1', { type: 'snapshot', snapshotId: id, at: world.now() });
  return { world, transport, list, snapshots, pass, shown, requested, capture };
}

test('nothing is requested before the first use', async () => {
  const { snapshots, pass, requested } = page();
  await pass(60_000);
  expect(requested('read-snapshots')).toBe(0);
  await snapshots.ready;
  expect(snapshots.getSnapshot()).toEqual({ snapshots: [], isLoaded: true, problem: null, rollbacks: [] });
});

test.each([true, false])(
  'a capture appears when it begins, and is completed when it ends (versions: %s)',
  async (isVersioned) => {
    const { snapshots, transport, pass, shown, capture } = page({ isVersioned, completesOperations: false });
    const listener = vi.fn();
    snapshots.subscribe(listener);
    await pass(3000);
    capture('one');
    await pass(3000);
    expect(shown()).toEqual(['one in_progress']);
    transport.completeOperation('a1');
    await pass(3000);
    expect(shown()).toEqual(['one completed']);
    capture('two');
    transport.completeOperation('a1');
    await pass(3000);
    expect(shown()[1]).toBe('one completed');
  },
);

test('a deleted snapshot disappears at once, and does not come back by a read that began before', async () => {
  const { snapshots, pass, shown, capture, requested } = page();
  snapshots.subscribe(() => {});
  capture('one');
  await pass(5000);
  expect(shown()).toEqual(['one completed']);
  snapshots.refresh();
  const deletion = snapshots.delete('one');
  expect(shown()).toEqual([]);
  expect(snapshots.delete('one')).toBe(deletion);
  await flushPromises();
  expect(await deletion).toEqual({ outcome: 'applied', reason: null });
  expect(shown()).toEqual([]);
  expect(requested('delete-snapshot')).toBe(1);
  expect(await snapshots.delete('one')).toEqual({ outcome: 'unchanged', reason: null });
});

test('a refused deletion shows the snapshot again, with the sentence of the server', async () => {
  const { snapshots, transport, pass, shown, capture } = page();
  snapshots.subscribe(() => {});
  capture('one');
  await pass(5000);
  transport.answerNext('delete-snapshot', { refuse: 'A sandbox is being restored from it.' });
  const { outcome, reason } = await snapshots.delete('one');
  expect([outcome, reason?.message]).toEqual(['refused', 'A sandbox is being restored from it.']);
  expect(shown()).toEqual(['one completed']);
  expect(snapshots.getSnapshot().rollbacks).toMatchObject([{ id: 'one', outcome: 'refused' }]);
  snapshots.dismiss('one');
  expect(snapshots.getSnapshot().rollbacks).toEqual([]);
});

test('a deletion whose reply was lost is sent again', async () => {
  const { snapshots, transport, pass, shown, capture, requested } = page();
  snapshots.subscribe(() => {});
  capture('one');
  await pass(5000);
  transport.answerNext('delete-snapshot', 'lose');
  const deletion = snapshots.delete('one');
  await pass(5000);
  expect(await deletion).toEqual({ outcome: 'unchanged', reason: null });
  expect(requested('delete-snapshot')).toBe(2);
  expect(shown()).toEqual([]);
});

test('a failed read is repeated as late as the server asks, and its sentence is the problem', async () => {
  const { snapshots, transport, pass, requested } = page();
  transport.answerNext('read-snapshots', { retryAfterMs: 8000 });
  snapshots.subscribe(() => {});
  await pass(7000);
  expect(snapshots.getSnapshot()).toMatchObject({ isLoaded: false, problem: 'Too many requests.' });
  expect(requested('read-snapshots')).toBe(1);
  await pass(2000);
  expect(snapshots.getSnapshot()).toMatchObject({ isLoaded: true, problem: null });
});

test('the last unsubscribe ends the reads, and the next subscribe begins again', async () => {
  const { snapshots, pass, capture, requested } = page({ completesOperations: false });
  const stop = snapshots.subscribe(() => {});
  capture('one');
  await pass(5000);
  stop();
  stop();
  // A component that mounts again at once, as in StrictMode, reads nothing again.
  const again = snapshots.subscribe(() => {});
  const atUnmount = requested('read-snapshots');
  await pass(10);
  expect(requested('read-snapshots')).toBe(atUnmount);
  again();
  await pass(2500);
  const before = requested('read-snapshots');
  await pass(60_000);
  expect(requested('read-snapshots')).toBe(before);
  snapshots.subscribe(() => {});
  await pass(100);
  expect(requested('read-snapshots')).toBe(before + 1);
});

test('all pages are read', async () => {
  const info = (id: string) => ({
    id,
    namespace: 'default',
    sandbox_id: 'a1',
    status: 'completed',
    snapshot_type: 'memory',
    size_bytes: 5,
    created_at: 1,
  });
  const request = vi.fn(async (path: string) => {
    const isFirst = !path.includes('cursor');
    const page = {
      snapshots: [info(isFirst ? 'one' : 'two')],
      prev_cursor: null,
      next_cursor: isFirst ? 'a b' : null,
    };
    return new Response(JSON.stringify(page));
  });
  const snapshots = createSnapshotListClient({ transport: { ...fakeTransport(), request } });
  open.push(snapshots);
  await snapshots.ready;
  expect(snapshots.getSnapshot().snapshots).toMatchObject([
    { id: 'one', sizeBytes: 5 },
    { id: 'two', snapshotType: 'memory' },
  ]);
  expect(request.mock.calls.map(([path]) => path)).toEqual([
    '/snapshots?limit=100',
    '/snapshots?limit=100&cursor=a%20b',
  ]);
});
