import { expect, test, vi } from 'vitest';
import { shareTabs, type Transport } from '../../../src/client/index.ts';
import { connectedClient } from '../../harness/client/connected-client.ts';
import { flushPromises, runningSandbox, scriptedTransport } from '../../harness/client/scripted-transport.ts';
import { createBrowser } from '../../harness/client/simulated-browser.ts';
import { createWorld } from '../../harness/client/world.ts';

const scoped = (scope: string): Transport => ({ ...scriptedTransport(runningSandbox()), scope });
const other = { ...runningSandbox(), id: 'b2' };

/** One browser, whose tabs are opened one after the other. */
function browserAt(world = createWorld(10_000)) {
  const browser = createBrowser(world);
  const tabsOf = (account: string) =>
    shareTabs({ channel: browser.channel(), storage: browser.storage, account });
  return { world, ...browser, tabsOf };
}

test.each([
  ['another account', 'bob', 'https://one', runningSandbox()],
  ['another server', 'ada', 'https://two', runningSandbox()],
  ['another sandbox of the same name', 'ada', 'https://one', other],
])('nothing is shown, sent or reported under %s', async (_what, account, scope, sandbox) => {
  const { world, tabsOf } = browserAt();
  const first = await connectedClient(runningSandbox(), {
    id: 'my-env',
    world,
    tabs: tabsOf('ada'),
    transport: scoped('https://one'),
  });
  const second = await connectedClient(sandbox, {
    id: 'my-env',
    world,
    tabs: tabsOf(account),
    transport: scoped(scope),
  });
  first.client.send('terminate');
  await first.pass(100);
  expect(second.client.getSnapshot()).toMatchObject({ sandbox: { status: 'running' }, pending: [] });
  first.client.dispose();
  const third = await connectedClient(sandbox, {
    id: 'my-env',
    world,
    tabs: tabsOf(account),
    transport: scoped(scope),
  });
  await third.pass(100_000);
  for (const { client, transport } of [second, third]) {
    expect(transport.sent).toEqual([]);
    expect(client.getSnapshot()).toMatchObject({
      sandbox: { status: 'running' },
      pending: [],
      rollbacks: [],
    });
    client.dispose();
  }
});

test('a message or a stored command of another sandbox is ignored', async () => {
  const { world, tabsOf, storage } = browserAt();
  const first = await connectedClient(runningSandbox(), { world, tabs: tabsOf('ada') });
  first.client.send('terminate');
  first.client.dispose();
  const key = '["ada","","a1"]';
  const stored = storage.getItem(`sandbox-lifecycle:${key}`) as string;
  storage.setItem(`sandbox-lifecycle:${key.replace('a1', 'b2')}`, stored);
  const second = await connectedClient(other, { id: 'b2', world, tabs: tabsOf('ada') });
  await second.pass(20_000);
  expect(second.client.getSnapshot()).toMatchObject({ pending: [], rollbacks: [] });
  expect(second.transport.sent).toEqual([]);
  second.client.dispose();
});

test('commands are shared only after the first state, because a name may be that of another sandbox', async () => {
  const { world, tabsOf } = browserAt();
  const first = await connectedClient(runningSandbox(), { world, tabs: tabsOf('ada') });
  const { id } = first.client.send('suspend');
  first.client.dispose();
  const byName = await connectedClient(runningSandbox(), { id: 'my-env', world, tabs: tabsOf('ada') });
  expect(byName.client.getSnapshot().pending).toMatchObject([{ id, sandboxId: 'a1' }]);
  byName.client.dispose();
});

test('`forget` rolls back the pending commands of every tab of the account, and leaves nothing in the storage', async () => {
  const { world, tabsOf, storage } = browserAt();
  const tabs = tabsOf('ada');
  storage.setItem('theme', 'dark');
  storage.setItem('sandbox-lifecycle:["ada","https://one","c3"]', '[]');
  storage.setItem('sandbox-lifecycle:["adam","","c3"]', '[]');
  const here = await connectedClient(runningSandbox(), { world, tabs });
  const there = await connectedClient(runningSandbox(), { world, tabs: tabsOf('ada') });
  const bob = await connectedClient(runningSandbox(), { world, tabs: tabsOf('bob') });
  const sent = here.client.send('snapshot');
  const waiting = there.client.send({ type: 'rename', name: 'first' });
  const neverSent = there.client.send({ type: 'rename', name: 'second' });
  const bobs = bob.client.send('suspend');
  await here.pass(100);
  tabs.forget();
  const reason = { code: 'no_answer', message: 'The user logged out.' };
  expect(here.client.getSnapshot()).toMatchObject({ pending: [], rollbacks: [{ id: sent.id }] });
  expect(await sent.settled).toEqual({ outcome: 'unknown', reason });
  await here.pass(100);
  expect(there.client.getSnapshot()).toMatchObject({ pending: [] });
  expect(await waiting.settled).toEqual({ outcome: 'unknown', reason });
  expect(await neverSent.settled).toEqual({ outcome: 'dropped', reason });
  expect(bob.client.getSnapshot().pending).toMatchObject([{ id: bobs.id }]);
  const requests = [here, there].map(({ transport }) => transport.sent.length);
  await here.pass(100_000);
  expect([here, there].map(({ transport }) => transport.sent.length)).toEqual(requests);
  const keys = Array.from({ length: storage.length }, (_, index) => storage.key(index));
  expect(keys.filter((key) => !key?.startsWith('sandbox-lifecycle:["bob"'))).toEqual([
    'theme',
    'sandbox-lifecycle:["adam","","c3"]',
  ]);
  const late = await connectedClient(runningSandbox(), { world, tabs: tabsOf('ada') });
  expect(late.client.getSnapshot().pending).toEqual([]);
  for (const { client } of [here, there, bob, late]) client.dispose();
});

test('`forget` cancels a request that still waits for its headers', async () => {
  const { world, tabsOf } = browserAt();
  const tabs = tabsOf('ada');
  const { client, transport } = await connectedClient(runningSandbox(), { world, tabs });
  const signals: AbortSignal[] = [];
  transport.send = (_request, signal) => {
    signals.push(signal);
    return new Promise(() => {});
  };
  client.send('suspend');
  await flushPromises();
  tabs.forget();
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  client.dispose();
});

test.each([
  ['has passed', 120_000],
  ['is too far away, because the clock was set back', -3_600_000],
])('a stored command whose deadline %s is reported once, and never sent', async (_what, laterMs) => {
  const { storage } = browserAt();
  const open = (world: ReturnType<typeof createWorld>) =>
    connectedClient(runningSandbox(), { world, tabs: shareTabs({ storage, account: 'ada' }) });
  const first = await open(createWorld(10_000_000));
  const { id } = first.client.send('terminate');
  await flushPromises();
  first.client.dispose();
  const world = createWorld(10_000_000 + laterMs);
  const second = await open(world);
  expect(second.client.getSnapshot()).toMatchObject({
    sandbox: { status: 'running' },
    pending: [],
    rollbacks: [{ id, outcome: 'unknown' }],
  });
  expect(storage.length).toBe(0);
  const third = await open(world);
  expect(third.client.getSnapshot()).toMatchObject({ pending: [], rollbacks: [] });
  await world.runUntil(world.now() + 100_000, () => {});
  for (const { client, transport } of [second, third]) {
    expect(transport.sent).toEqual([]);
    client.dispose();
  }
});

test('a storage without an account is an error that says what to pass', () => {
  const { storage } = browserAt();
  expect(() => shareTabs({ storage } as never)).toThrow(/`account`.*id of the user/);
  expect(() => shareTabs({ storage, account: '' })).not.toThrow();
});

test('`forget` works when the browser denies the storage', () => {
  const storage = { ...browserAt().storage, key: vi.fn() };
  Object.defineProperty(storage, 'length', {
    get() {
      throw new Error('denied');
    },
  });
  expect(() => shareTabs({ storage, account: 'ada' }).forget()).not.toThrow();
});
