import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type ClientTimes,
  type CommandInput,
  createSandboxClient,
  createSandboxListClient,
  type HttpOptions,
  httpTransport,
  type SandboxClient,
  type SandboxView,
  type Transport,
  tensorlakeTransport,
} from '../../src/client/index.ts';
import { sqliteStore } from '../../src/server/store/sqlite/index.ts';
import {
  losingFirst,
  type RealServer,
  type RealServerOptions,
  startRealServer,
  tensorlakeOnly,
  withoutStreams,
} from '../harness/client/real-server.ts';

const soon = { timeout: 120_000, interval: 10 };
const times: Partial<ClientTimes> = { pollMs: 40, retryMs: 20, longestRetryMs: 200, requestMs: 5000 };

const closers: (() => unknown)[] = [];
afterEach(async () => {
  // Clients first: a server that goes away is no news to them then.
  for (const close of closers.splice(0).reverse()) await close();
});

async function realServer(options?: RealServerOptions): Promise<RealServer> {
  const server = await startRealServer(options);
  closers.push(() => server.stop());
  return server;
}

async function create(server: RealServer, body: object = {}): Promise<string> {
  const answer = await fetch(`${server.url}/sandboxes`, { method: 'POST', body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { sandbox_id: string }).sandbox_id;
}

function open(id: string, transport: Transport): SandboxClient {
  const client = createSandboxClient({ id, transport, times });
  closers.push(() => client.dispose());
  client.subscribe(() => {});
  return client;
}

const becomes = (client: SandboxClient, status: string) =>
  expect.poll(() => client.getSnapshot().confirmed?.status, soon).toBe(status);

/** What was done to a sandbox, by the server's own account. */
async function eventsOf(server: RealServer, id: string): Promise<string[]> {
  return (await server.host.history('default', id)).map(({ event }) => event.type);
}

type Way = readonly [
  name: string,
  server: RealServerOptions,
  transportOf: (options: HttpOptions) => Transport,
  connection: 'live' | 'polling',
];
const ways: readonly Way[] = [
  ['a live stream', {}, httpTransport, 'live'],
  ['polling, where streams do not get through', { through: withoutStreams }, httpTransport, 'polling'],
  ['the source API alone', { through: tensorlakeOnly() }, tensorlakeTransport, 'polling'],
];

describe.each(ways)('with %s', (_name, options, transportOf, connection) => {
  const isSource = transportOf === tensorlakeTransport;

  test('a whole life by commands is predicted, settled and told', async () => {
    const server = await realServer(options);
    const id = await create(server, { name: 'my-env' });
    const client = open('my-env', transportOf(server));
    await becomes(client, 'running');
    await expect.poll(() => client.getSnapshot(), soon).toMatchObject({ id, connection, problem: null });

    const life: [CommandInput, shown: string, then: string][] = [
      [{ type: 'snapshot', snapshotType: 'filesystem' }, 'snapshotting', 'running'],
      ['suspend', 'suspending', 'suspended'],
      [{ type: 'rename', name: 'other' }, 'suspended', 'suspended'],
      ['resume', 'suspended', 'running'],
      ['terminate', 'terminated', 'terminated'],
    ];
    for (const [asked, shown, then] of life) {
      const { settled } = client.send(asked);
      expect(client.getSnapshot().sandbox?.status).toBe(shown);
      expect(await settled).toEqual({ outcome: 'applied', reason: null });
      await becomes(client, then);
      expect(client.getSnapshot().pending).toEqual([]);
    }
    expect(client.getSnapshot()).toMatchObject({ sandbox: { name: 'other' }, rollbacks: [] });
    expect(client.why('resume')).toMatchObject({ code: 'terminal' });
    const asked = (await eventsOf(server, id)).filter((type) => !/created|boot|completed/.test(type));
    expect(asked).toEqual(['snapshot', 'suspend', 'rename', 'resume', 'terminate']);
    if (isSource) return;
    const { timeline } = client.getSnapshot();
    expect(timeline.map(({ event }) => event)).toEqual(await eventsOf(server, id));
    expect(timeline.filter(({ isMine }) => isMine).map(({ event }) => event)).toEqual(asked);
  });

  test('a refusal takes the command back, with the server’s own sentence', async () => {
    const server = await realServer(options);
    await create(server, { name: 'taken' });
    const id = await create(server, { name: 'my-env' });
    const client = open(id, transportOf(server));
    await becomes(client, 'running');
    const { settled } = client.send({ type: 'rename', name: 'taken' });
    expect(client.getSnapshot().sandbox?.name).toBe('taken');
    const said = await fetch(`${server.url}/sandboxes/${id}`, { method: 'PATCH', body: '{"name":"taken"}' });
    const reason = { code: 'rejected', message: await said.text() };
    expect(await settled).toEqual({ outcome: 'refused', reason });
    expect(reason.message).toMatch(/taken/);
    expect(client.getSnapshot()).toMatchObject({
      sandbox: { name: 'my-env' },
      rollbacks: [{ outcome: 'refused', reason }],
    });
  });

  test('a command whose answer is lost has one effect', async () => {
    const server = await realServer(options);
    const id = await create(server);
    const lossy = losingFirst('POST', /\/snapshot$/);
    const client = open(id, transportOf({ url: server.url, fetch: lossy }));
    await becomes(client, 'running');
    const { settled } = client.send('snapshot');
    // Without keys nobody can tell whether it was this command that took the snapshot.
    expect((await settled).outcome).toBe(isSource ? 'unknown' : 'applied');
    expect(lossy.lost()).toBe(1);
    await becomes(client, 'running');
    expect((await eventsOf(server, id)).filter((type) => type === 'snapshot')).toHaveLength(1);
    expect(await server.host.listSnapshots('default')).toHaveLength(1);
  });

  test('a named one that times out is suspended, which nobody asked for', async () => {
    const server = await realServer(options);
    const id = await create(server, { name: 'my-env', timeout_secs: 1 });
    const client = open(id, transportOf(server));
    const seen: SandboxView[] = [];
    client.subscribe(() => seen.push(client.getSnapshot()));
    await becomes(client, 'suspended');
    const running = seen.filter(({ confirmed }) => confirmed?.status === 'running');
    expect(running.length).toBeGreaterThan(0);
    for (const { confirmed, timeout } of running) {
      if (isSource) expect(timeout).toBe(null);
      else expect(timeout).toMatchObject({ at: confirmed?.expiresAt, outcome: 'suspends' });
      // One machine has one clock; the `Date` header tells it to the second.
      if (timeout) expect(Math.abs(timeout.localAt - timeout.at)).toBeLessThan(1500);
    }
    expect(client.getSnapshot().timeline.some(({ isMine }) => isMine)).toBe(false);
    expect(await client.send('resume').settled).toMatchObject({ outcome: 'applied' });
    await becomes(client, 'running');
  });

  test('two clients agree, and hear of what the other has done', async () => {
    const server = await realServer(options);
    const id = await create(server, { name: 'my-env' });
    const clients = [open(id, transportOf(server)), open('my-env', transportOf(server))];
    for (const client of clients) await becomes(client, 'running');
    expect((await clients[0]?.send('suspend').settled)?.outcome).toBe('applied');
    for (const client of clients) await becomes(client, 'suspended');
    // Both at once: one of them resumes it, and the other one's aim is under way.
    const both = clients.map((client) => client.send('resume').settled);
    for (const { outcome } of await Promise.all(both)) expect(outcome).toMatch(/applied|unchanged/);
    for (const client of clients) await becomes(client, 'running');
    expect((await eventsOf(server, id)).filter((type) => type === 'resume')).toHaveLength(1);
    const [first, second] = clients.map((client) => client.getSnapshot());
    if (!isSource) expect(first?.confirmed).toEqual(second?.confirmed);
    expect([first?.rollbacks, second?.rollbacks]).toEqual([[], []]);
  });

  test('a command that was asked for while the server is down goes through when it is back, once', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'client-server-'));
    closers.push(() => rm(folder, { recursive: true }));
    const server = await realServer({ ...options, store: () => sqliteStore(join(folder, 'data.db')) });
    const id = await create(server, { name: 'my-env' });
    const client = open(id, transportOf(server));
    await becomes(client, 'running');
    await server.stop();
    await expect.poll(() => client.getSnapshot().connection, soon).toBe('offline');
    const { id: key, settled } = client.send('suspend');
    expect(client.getSnapshot()).toMatchObject({
      sandbox: { status: 'suspending' },
      confirmed: { status: 'running' },
      pending: [{ id: key, state: 'queued' }],
      problem: expect.any(String),
    });
    await server.start();
    expect(await settled).toEqual({ outcome: 'applied', reason: null });
    await becomes(client, 'suspended');
    await expect
      .poll(() => client.getSnapshot(), soon)
      .toMatchObject({ connection, problem: null, rollbacks: [] });
    const rows = await server.host.history('default', id);
    expect(rows.filter(({ event }) => event.type === 'suspend')).toHaveLength(1);
    if (!isSource) expect(rows.find(({ event }) => event.type === 'suspend')?.cause).toBe(key);
  });

  test('a list shows who comes and who ends, and acts on each', async () => {
    const server = await realServer(options);
    const first = await create(server, { name: 'my-env' });
    const list = createSandboxListClient({ transport: transportOf(server), times });
    closers.push(() => list.dispose());
    list.subscribe(() => {});
    const shown = () => list.getSnapshot().sandboxes.map(({ id, confirmed }) => `${id} ${confirmed?.status}`);
    await expect.poll(shown, soon).toEqual([`${first} running`]);
    await expect.poll(() => list.getSnapshot(), soon).toMatchObject({ connection, isLoaded: true });

    const second = await create(server);
    await expect.poll(shown, soon).toEqual([`${second} running`, `${first} running`]);
    expect((await list.sandbox(first).send('suspend').settled).outcome).toBe('applied');
    expect((await list.sandbox(second).send('suspend').settled).reason?.code).toBe('ephemeral');
    await expect.poll(shown, soon).toEqual([`${second} running`, `${first} suspended`]);
    expect(list.getSnapshot().sandboxes.map(({ rollbacks }) => rollbacks.length)).toEqual([1, 0]);

    await fetch(`${server.url}/sandboxes/${second}`, { method: 'DELETE' });
    await expect.poll(shown, soon).toEqual([`${second} terminated`, `${first} suspended`]);
  });

  test('what there is not is said by the server', async () => {
    const server = await realServer(options);
    const client = open('nobody', transportOf(server));
    await expect.poll(() => client.getSnapshot().problem, soon).toMatch(/nobody/);
    expect(client.getSnapshot()).toMatchObject({ sandbox: null, connection: 'stale' });
  });
});

test('a command for a version that has passed is not carried out', async () => {
  const server = await realServer();
  const id = await create(server, { name: 'my-env' });
  const client = open(id, httpTransport(server));
  await becomes(client, 'running');
  const seen = client.getSnapshot().confirmed?.version;
  await server.host.update('default', id, { name: 'renamed' });
  const { outcome, reason } = await client.send('terminate', { ifVersion: seen }).settled;
  expect([outcome, reason?.code]).toEqual(['refused', 'moved_on']);
  expect(reason?.message).toMatch(/version/);
  await becomes(client, 'running');
  expect(client.getSnapshot().sandbox?.name).toBe('renamed');
});

test('a stream that is taken up again after a restart leaves nothing out', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'client-server-'));
  closers.push(() => rm(folder, { recursive: true }));
  const server = await realServer({ store: () => sqliteStore(join(folder, 'data.db')) });
  const id = await create(server, { name: 'my-env' });
  const client = open(id, httpTransport(server));
  await becomes(client, 'running');
  await server.stop();
  await server.start();
  for (const name of ['one', 'two', 'three']) await server.host.update('default', id, { name });
  await expect.poll(() => client.getSnapshot().sandbox?.name, soon).toBe('three');
  await expect.poll(() => client.getSnapshot().connection, soon).toBe('live');
  expect(client.getSnapshot().timeline.map(({ event }) => event)).toEqual(await eventsOf(server, id));
});

test('a list that leaves out what has ended loses it, and its commands settle', async () => {
  const server = await realServer({ through: tensorlakeOnly({ omitsTerminated: true }) });
  const ids = [await create(server, { name: 'a' }), await create(server, { name: 'b' })];
  const list = createSandboxListClient({ transport: tensorlakeTransport(server), times });
  closers.push(() => list.dispose());
  list.subscribe(() => {});
  const shown = () => list.getSnapshot().sandboxes.map(({ id }) => id);
  await vi.waitFor(() => expect(shown().sort()).toEqual([...ids].sort()), soon);
  const [first = '', second = ''] = ids;
  expect(await list.sandbox(first).send('terminate').settled).toEqual({ outcome: 'applied', reason: null });
  await expect.poll(shown, soon).toEqual([second]);
});
