import { afterEach, expect, test, vi } from 'vitest';
import {
  createSandboxListClient,
  type SandboxListClient,
  type SandboxView,
} from '../../../src/client/index.ts';
import { type Sandbox, transition } from '../../../src/index.ts';
import { flushPromises, runningSandbox, scriptedTransport } from '../../harness/client/scripted-transport.ts';
import { createWorld } from '../../harness/client/world.ts';

const count = 2000;
/** Counts computations of command states: each builds one object from its entries. */
const spyOnComputations = () => vi.spyOn(Object, 'fromEntries');
const open: SandboxListClient[] = [];
afterEach(() => {
  for (const list of open.splice(0)) list.dispose();
});

/** Sandboxes with distinct times of creation. */
const records: readonly Sandbox[] = Array.from({ length: count }, (_, index) => ({
  ...runningSandbox(),
  id: `s${String(index).padStart(5, '0')}`,
  createdAt: index,
}));

/** A live list of these sandboxes, whose listener reads each view. */
async function liveList(isVersioned = true) {
  const transport = scriptedTransport(records[0] as Sandbox, isVersioned);
  transport.update = { sandboxes: records, isComplete: true };
  const world = createWorld(10_000);
  const list = createSandboxListClient({ transport, clock: world });
  open.push(list);
  const listener = vi.fn(() => list.getSnapshot());
  list.subscribe(listener);
  await flushPromises();
  transport.streams[0]?.onOpen();
  await flushPromises();
  const shown = () => list.getSnapshot().sandboxes;
  return { list, listener, transport, world, shown };
}

/** A message of the stream about the next step of a sandbox. */
function renamed(record: Sandbox, name = 'other') {
  const { sandbox } = transition(record, { type: 'rename', name, at: 5000 });
  const change = { sandbox, at: 5000, from: 'running', event: 'rename', actor: null, cause: null };
  return { sandboxes: [], changes: [change] };
}

const kept = (before: readonly SandboxView[], now: readonly SandboxView[]) =>
  now.filter((view, index) => view === before[index]).length;

test('a complete list is one notification, and computes no command before a page reads it', async () => {
  const computations = spyOnComputations();
  const { listener, shown } = await liveList();
  expect(shown()).toHaveLength(count);
  // One for the list, one for the connection.
  expect(listener).toHaveBeenCalledTimes(2);
  expect(computations).toHaveBeenCalledTimes(0);
  expect(shown()[0]?.commands.suspend.isAllowed).toBe(true);
  expect(shown()[0]?.commands.resume.isSatisfied).toBe(true);
  expect(computations).toHaveBeenCalledTimes(1);
});

test('a change of the connection is one notification, and computes no prediction', async () => {
  const { list, listener, transport, shown } = await liveList();
  const before = shown();
  const first = before[0]?.commands;
  const single = vi.fn();
  list.sandbox('s00007').subscribe(single);
  listener.mockClear();
  const computations = spyOnComputations();
  transport.streams[0]?.onClosed('It restarts.');
  expect(listener).toHaveBeenCalledTimes(1);
  expect(single).toHaveBeenCalledTimes(1);
  expect(list.getSnapshot()).toMatchObject({ connection: 'stale', problem: 'It restarts.' });
  for (const view of shown()) expect(view.connection).toBe('stale');
  expect(list.sandbox('s00007').getSnapshot()).toMatchObject({ connection: 'stale' });
  expect(shown()[0]?.commands).toBe(first);
  expect(computations).toHaveBeenCalledTimes(0);
  expect(before[0]?.connection).toBe('live');
});

test('a change of one sandbox computes one view, and sorts nothing', async () => {
  const { listener, transport, shown } = await liveList();
  const before = shown();
  listener.mockClear();
  const sort = vi.spyOn(Array.prototype, 'sort');
  transport.streams[0]?.onUpdate(renamed(records[7] as Sandbox));
  expect(listener).toHaveBeenCalledTimes(1);
  expect(kept(before, shown())).toBe(count - 1);
  expect(Math.max(0, ...sort.mock.contexts.map((sorted) => (sorted as unknown[]).length))).toBeLessThan(10);
});

test('a message about many sandboxes is one notification', async () => {
  const { listener, transport, shown } = await liveList();
  listener.mockClear();
  const changes = records.slice(0, 100).flatMap((record) => renamed(record).changes);
  const before = shown();
  transport.streams[0]?.onUpdate({ sandboxes: [], changes });
  expect(listener).toHaveBeenCalledTimes(1);
  expect(kept(before, shown())).toBe(count - 100);
});

test.each([true, false])(
  'a read that brings nothing new changes no view (versions: %s)',
  async (isVersioned) => {
    const { list, transport, shown } = await liveList(isVersioned);
    const before = list.getSnapshot();
    transport.update = { sandboxes: records.map((record) => ({ ...record })), isComplete: true };
    list.refresh();
    await flushPromises();
    expect(list.getSnapshot()).toBe(before);
    expect(kept(before.sandboxes, shown())).toBe(count);
  },
);

test('new and removed sandboxes keep the order: newest first, then by id', async () => {
  const { list, transport, shown } = await liveList();
  const added = [3, 700, 2000, 2000].map((position, index) => ({
    ...(records[0] as Sandbox),
    id: `new${3 - index}`,
    createdAt: position,
  }));
  const change = { at: 5000, from: null, event: 'created', actor: null, cause: null };
  for (const sandbox of added)
    transport.streams[0]?.onUpdate({ sandboxes: [], changes: [{ ...change, sandbox }] });
  const expected = (all: readonly Sandbox[]) =>
    all.toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1)).map(({ id }) => id);
  expect(shown().map(({ id }) => id)).toEqual(expected([...records, ...added]));
  const rest = [...records, ...added].filter((_, index) => index % 3 > 0);
  transport.update = { sandboxes: rest, isComplete: true };
  list.refresh();
  await flushPromises();
  expect(shown().map(({ id }) => id)).toEqual(expected(rest));
});

test('the views of a list are plain frozen objects with every field', async () => {
  const { list, shown } = await liveList();
  const view = shown()[0] as SandboxView;
  expect(Object.isFrozen(view)).toBe(true);
  const copy = { ...view };
  expect(copy.commands).toBe(view.commands);
  expect(JSON.parse(JSON.stringify(view)).commands.suspend).toEqual({
    isAllowed: true,
    reason: null,
    isSatisfied: false,
    isBusy: false,
  });
  const alone = list.sandbox(view.id);
  expect(alone.getSnapshot()).toBe(view);
  expect(shown()[0]).toBe(view);
  const other = createSandboxListClient({ transport: scriptedTransport(records[0] as Sandbox) });
  expect(Object.keys(other.sandbox('x').getSnapshot()).sort()).toEqual(Object.keys(view).sort());
});

test('the use of one sandbox of a list keeps its view and its getters alive', async () => {
  const { list, transport, shown } = await liveList();
  const before = list.getSnapshot();
  const client = list.sandbox('s00007');
  expect(list.getSnapshot()).toBe(before);
  await client.ready;
  const listener = vi.fn();
  client.subscribe(listener);
  transport.streams[0]?.onUpdate(renamed(records[7] as Sandbox));
  expect(listener).toHaveBeenCalledTimes(1);
  expect(client.getSnapshot().sandbox?.name).toBe('other');
  expect(shown()).toContain(client.getSnapshot());
  // A view stays as it was.
  const old = before.sandboxes.find(({ id }) => id === 's00007');
  expect([old?.sandbox?.name, old?.commands.suspend.isAllowed]).toEqual(['my-env', true]);
});
