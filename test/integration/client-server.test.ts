import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type ClientTimes,
  type CommandInput,
  createSandboxClient,
  createSandboxCreator,
  createSandboxListClient,
  createSnapshotListClient,
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
import { patient } from '../harness/shared/patient.ts';

const times: Partial<ClientTimes> = { pollMs: 40, retryMs: 20, longestRetryMs: 200, requestMs: 5000 };

const closers: (() => unknown)[] = [];
afterEach(async () => {
  // Clients first, so that they do not notice the end of the server.
  for (const close of closers.splice(0).reverse()) await close();
});

async function realServer(options?: RealServerOptions): Promise<RealServer> {
  const server = await startRealServer(options);
  closers.push(() => server.stop());
  return server;
}

async function create(server: RealServer, body: object = {}): Promise<string> {
  const response = await fetch(`${server.url}/sandboxes`, { method: 'POST', body: JSON.stringify(body) });
  expect(response.status).toBe(200);
  return ((await response.json()) as { sandbox_id: string }).sandbox_id;
}

function open(id: string, transport: Transport): SandboxClient {
  const client = createSandboxClient({ id, transport, times });
  closers.push(() => client.dispose());
  client.subscribe(() => {});
  return client;
}

const becomes = (client: SandboxClient, status: string) =>
  expect.poll(() => client.getSnapshot().confirmed?.status, patient).toBe(status);

/** The events of a sandbox in the server's own history. */
async function eventsOf(server: RealServer, id: string): Promise<string[]> {
  return (await server.host.history('default', id)).map(({ event }) => event.type);
}

type Setup = readonly [
  name: string,
  server: RealServerOptions,
  transportOf: (options: HttpOptions) => Transport,
  connection: 'live' | 'polling',
];
const setups: readonly Setup[] = [
  ['a live stream', {}, httpTransport, 'live'],
  ['polling, because a proxy blocks streams', { through: withoutStreams }, httpTransport, 'polling'],
  ['Tensorlake’s API alone', { through: tensorlakeOnly() }, tensorlakeTransport, 'polling'],
];

describe.each(setups)('with %s', (_name, options, transportOf, connection) => {
  const isTensorlake = transportOf === tensorlakeTransport;

  test('every command of a whole life is predicted, settles, and is in the timeline', async () => {
    const server = await realServer(options);
    const id = await create(server, { name: 'my-env' });
    const client = open('my-env', transportOf(server));
    await becomes(client, 'running');
    await expect.poll(() => client.getSnapshot(), patient).toMatchObject({ id, connection, problem: null });

    const life: [CommandInput, predicted: string, then: string][] = [
      [{ type: 'snapshot', snapshotType: 'filesystem' }, 'snapshotting', 'running'],
      ['suspend', 'suspending', 'suspended'],
      [{ type: 'rename', name: 'other' }, 'suspended', 'suspended'],
      ['resume', 'suspended', 'running'],
      ['terminate', 'terminated', 'terminated'],
    ];
    for (const [input, predicted, then] of life) {
      const { settled } = client.send(input);
      expect(client.getSnapshot().sandbox?.status).toBe(predicted);
      expect(await settled).toEqual({ outcome: 'applied', reason: null });
      await becomes(client, then);
      expect(client.getSnapshot().pending).toEqual([]);
    }
    expect(client.getSnapshot()).toMatchObject({ sandbox: { name: 'other' }, rollbacks: [] });
    expect(client.why('resume')).toMatchObject({ code: 'terminal' });
    const commands = (await eventsOf(server, id)).filter((type) => !/created|boot|completed/.test(type));
    expect(commands).toEqual(['snapshot', 'suspend', 'rename', 'resume', 'terminate']);
    if (isTensorlake) return;
    const { timeline } = client.getSnapshot();
    expect(timeline.map(({ event }) => event)).toEqual(await eventsOf(server, id));
    expect(timeline.filter(({ isMine }) => isMine).map(({ event }) => event)).toEqual(commands);
  });

  test('a refusal rolls the command back, with the server’s own sentence', async () => {
    const server = await realServer(options);
    await create(server, { name: 'taken' });
    const id = await create(server, { name: 'my-env' });
    const client = open(id, transportOf(server));
    await becomes(client, 'running');
    const { settled } = client.send({ type: 'rename', name: 'taken' });
    expect(client.getSnapshot().sandbox?.name).toBe('taken');
    const response = await fetch(`${server.url}/sandboxes/${id}`, {
      method: 'PATCH',
      body: '{"name":"taken"}',
    });
    const reason = { code: 'rejected', message: await response.text() };
    expect(await settled).toEqual({ outcome: 'refused', reason });
    expect(reason.message).toMatch(/taken/);
    expect(client.getSnapshot()).toMatchObject({
      sandbox: { name: 'my-env' },
      rollbacks: [{ outcome: 'refused', reason }],
    });
  });

  test('a command whose response is lost has one effect', async () => {
    const server = await realServer(options);
    const id = await create(server);
    const lossy = losingFirst('POST', /\/snapshot$/);
    const client = open(id, transportOf({ url: server.url, fetch: lossy }));
    await becomes(client, 'running');
    const { settled } = client.send('snapshot');
    // Without idempotency keys, the client cannot know whether this command took the snapshot.
    expect((await settled).outcome).toBe(isTensorlake ? 'unknown' : 'applied');
    expect(lossy.lost()).toBe(1);
    await becomes(client, 'running');
    expect((await eventsOf(server, id)).filter((type) => type === 'snapshot')).toHaveLength(1);
    expect((await server.host.listSnapshots({ namespace: 'default', limit: 9 })).items).toHaveLength(1);
  });

  test('a named sandbox that times out is suspended, without a command of the client', async () => {
    const server = await realServer(options);
    const id = await create(server, { name: 'my-env', timeout_secs: 1 });
    const client = open(id, transportOf(server));
    const seen: SandboxView[] = [];
    client.subscribe(() => seen.push(client.getSnapshot()));
    await becomes(client, 'suspended');
    const running = seen.filter(({ confirmed }) => confirmed?.status === 'running');
    expect(running.length).toBeGreaterThan(0);
    for (const { confirmed, timeout } of running) {
      if (isTensorlake) expect(timeout).toBe(null);
      else expect(timeout).toMatchObject({ at: confirmed?.expiresAt, outcome: 'suspends' });
      // Client and server have the same clock; the `Date` header shows it in whole seconds.
      if (timeout) expect(Math.abs(timeout.localAt - timeout.at)).toBeLessThan(1500);
    }
    expect(client.getSnapshot().timeline.some(({ isMine }) => isMine)).toBe(false);
    expect(await client.send('resume').settled).toMatchObject({ outcome: 'applied' });
    await becomes(client, 'running');
  });

  test('two clients agree, and receive each other’s changes', async () => {
    const server = await realServer(options);
    const id = await create(server, { name: 'my-env' });
    const clients = [open(id, transportOf(server)), open('my-env', transportOf(server))];
    for (const client of clients) await becomes(client, 'running');
    expect((await clients[0]?.send('suspend').settled)?.outcome).toBe('applied');
    for (const client of clients) await becomes(client, 'suspended');
    // Both at once: one command resumes the sandbox, and the other finds the resume in progress.
    const both = clients.map((client) => client.send('resume').settled);
    for (const { outcome } of await Promise.all(both)) expect(outcome).toMatch(/applied|unchanged/);
    for (const client of clients) await becomes(client, 'running');
    expect((await eventsOf(server, id)).filter((type) => type === 'resume')).toHaveLength(1);
    const [first, second] = clients.map((client) => client.getSnapshot());
    if (!isTensorlake) expect(first?.confirmed).toEqual(second?.confirmed);
    expect([first?.rollbacks, second?.rollbacks]).toEqual([[], []]);
  });

  test('a command that is sent while the server is down is applied once when the server is back', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'client-server-'));
    closers.push(() => rm(folder, { recursive: true }));
    const server = await realServer({ ...options, store: () => sqliteStore(join(folder, 'data.db')) });
    const id = await create(server, { name: 'my-env' });
    const client = open(id, transportOf(server));
    await becomes(client, 'running');
    await server.stop();
    await expect.poll(() => client.getSnapshot().connection, patient).toBe('offline');
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
      .poll(() => client.getSnapshot(), patient)
      .toMatchObject({ connection, problem: null, rollbacks: [] });
    const rows = await server.host.history('default', id);
    expect(rows.filter(({ event }) => event.type === 'suspend')).toHaveLength(1);
    if (!isTensorlake) expect(rows.find(({ event }) => event.type === 'suspend')?.cause).toBe(key);
  });

  test('a list shows new and terminated sandboxes, and sends commands to each', async () => {
    const server = await realServer(options);
    const first = await create(server, { name: 'my-env' });
    const list = createSandboxListClient({ transport: transportOf(server), times });
    closers.push(() => list.dispose());
    list.subscribe(() => {});
    const shown = () => list.getSnapshot().sandboxes.map(({ id, confirmed }) => `${id} ${confirmed?.status}`);
    await expect.poll(shown, patient).toEqual([`${first} running`]);
    await expect.poll(() => list.getSnapshot(), patient).toMatchObject({ connection, isLoaded: true });

    const second = await create(server);
    await expect.poll(shown, patient).toEqual([`${second} running`, `${first} running`]);
    expect((await list.sandbox(first).send('suspend').settled).outcome).toBe('applied');
    expect((await list.sandbox(second).send('suspend').settled).reason?.code).toBe('ephemeral');
    await expect.poll(shown, patient).toEqual([`${second} running`, `${first} suspended`]);
    expect(list.getSnapshot().sandboxes.map(({ rollbacks }) => rollbacks.length)).toEqual([1, 0]);

    await fetch(`${server.url}/sandboxes/${second}`, { method: 'DELETE' });
    await expect.poll(shown, patient).toEqual([`${second} terminated`, `${first} suspended`]);
  });

  test('a missing sandbox is reported with the server’s sentence', async () => {
    const server = await realServer(options);
    const client = open('missing', transportOf(server));
    await expect.poll(() => client.getSnapshot().problem, patient).toMatch(/missing/);
    expect(client.getSnapshot()).toMatchObject({ sandbox: null, connection: 'stale' });
  });
});

test('the server does not apply a command for an older version', async () => {
  const server = await realServer();
  const id = await create(server, { name: 'my-env' });
  const client = open(id, httpTransport(server));
  await becomes(client, 'running');
  const seen = client.getSnapshot().confirmed?.version;
  await server.host.update('default', id, { name: 'renamed' });
  const { outcome, reason } = await client.send('terminate', { ifVersion: seen }).settled;
  expect([outcome, reason?.code]).toEqual(['refused', 'moved_on']);
  expect(reason?.message).toMatch(/version/);
  // The stream may bring the new name after the refusal.
  await expect.poll(() => client.getSnapshot().sandbox?.name, patient).toBe('renamed');
  await becomes(client, 'running');
});

test('a stream that resumes after a restart sends every change', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'client-server-'));
  closers.push(() => rm(folder, { recursive: true }));
  const server = await realServer({ store: () => sqliteStore(join(folder, 'data.db')) });
  const id = await create(server, { name: 'my-env' });
  const client = open(id, httpTransport(server));
  await becomes(client, 'running');
  await server.stop();
  await server.start();
  for (const name of ['one', 'two', 'three']) await server.host.update('default', id, { name });
  await expect.poll(() => client.getSnapshot().sandbox?.name, patient).toBe('three');
  await expect.poll(() => client.getSnapshot().connection, patient).toBe('live');
  expect(client.getSnapshot().timeline.map(({ event }) => event)).toEqual(await eventsOf(server, id));
});

test('a sandbox that the server’s list omits leaves the list, and its commands settle', async () => {
  const server = await realServer({ through: tensorlakeOnly({ omitsTerminated: true }) });
  const ids = [await create(server, { name: 'a' }), await create(server, { name: 'b' })];
  const list = createSandboxListClient({ transport: tensorlakeTransport(server), times });
  closers.push(() => list.dispose());
  list.subscribe(() => {});
  const shown = () => list.getSnapshot().sandboxes.map(({ id }) => id);
  await vi.waitFor(() => expect(shown().sort()).toEqual([...ids].sort()), patient);
  const [first = '', second = ''] = ids;
  expect(await list.sandbox(first).send('terminate').settled).toEqual({ outcome: 'applied', reason: null });
  await expect.poll(shown, patient).toEqual([second]);
});

/** A live list of this server, with a creator. */
async function openCreator(server: RealServer) {
  const transport = httpTransport(server);
  const list = createSandboxListClient({ transport, times });
  closers.push(() => list.dispose());
  list.subscribe(() => {});
  await list.ready;
  const shown = () =>
    list.getSnapshot().sandboxes.map(({ sandbox, confirmed }) => [sandbox?.name, confirmed?.status]);
  return { list, transport, creator: createSandboxCreator({ list }), shown };
}

test('a creation is shown at once, and replaced by the sandbox of the server', async () => {
  const server = await realServer();
  const { list, creator, shown } = await openCreator(server);
  const { id, settled } = creator.create({ name: 'my-env', idleTimeoutMs: 60_000 });
  expect(shown()).toEqual([['my-env', undefined]]);
  const created = await settled;
  expect(created).toMatchObject({ outcome: 'applied', reason: null });
  const realId = created.id ?? '';
  await expect.poll(shown, patient).toEqual([['my-env', 'running']]);
  expect(list.getSnapshot().sandboxes.map((view) => view.id)).toEqual([realId]);
  expect(creator.keyOf(realId)).toBe(id);
  expect(creator.getSnapshot()).toEqual({ pending: [], rollbacks: [] });
  const { sandbox } = await server.host.get('default', realId);
  expect(sandbox).toMatchObject({ name: 'my-env', idleTimeoutMs: 60_000 });
  expect((await server.host.history('default', realId))[0]?.cause).toBe(id);
  // The client of the entry is the client of the sandbox from now on.
  expect((await list.sandbox(id).send('suspend').settled).outcome).toBe('applied');
  await expect.poll(shown, patient).toEqual([['my-env', 'suspended']]);
});

test('a refused creation leaves the list, with the sentence of the server', async () => {
  const server = await realServer();
  await create(server, { name: 'taken' });
  const { creator, shown } = await openCreator(server);
  await expect.poll(shown, patient).toEqual([['taken', 'running']]);
  const { id, settled } = creator.create({ name: 'taken' });
  expect(shown().map(([name]) => name)).toEqual(['taken', 'taken']);
  const { outcome, reason } = await settled;
  expect(outcome).toBe('refused');
  expect(reason?.message).toMatch(/taken/);
  expect(shown()).toEqual([['taken', 'running']]);
  expect(creator.getSnapshot()).toMatchObject({ pending: [], rollbacks: [{ id, outcome, reason }] });
});

test('a creation whose response is lost creates one sandbox', async () => {
  const server = await realServer();
  const lossy = losingFirst('POST', /\/sandboxes$/);
  const { creator, shown } = await openCreator({ ...server, fetch: lossy } as RealServer);
  expect((await creator.create({ name: 'once' }).settled).outcome).toBe('applied');
  expect(lossy.lost()).toBe(1);
  await expect.poll(shown, patient).toEqual([['once', 'running']]);
});

test('a sandbox is restored from a snapshot that the client lists, and the snapshot is deleted', async () => {
  const server = await realServer();
  const { list, transport, creator, shown } = await openCreator(server);
  const { id } = await creator.create({ name: 'origin' }).settled;
  await expect.poll(shown, patient).toEqual([['origin', 'running']]);
  const snapshots = createSnapshotListClient({ transport, list, times });
  closers.push(() => snapshots.dispose());
  snapshots.subscribe(() => {});
  await list.sandbox(id ?? '').send('snapshot').settled;
  const listed = () => snapshots.getSnapshot().snapshots.map(({ sandboxId, status }) => [sandboxId, status]);
  await expect.poll(listed, patient).toEqual([[id, 'completed']]);
  const snapshotId = snapshots.getSnapshot().snapshots[0]?.id ?? '';
  const restored = await creator.create({ name: 'copy', snapshotId }).settled;
  expect(restored.outcome).toBe('applied');
  await expect.poll(shown, patient).toEqual([
    ['copy', 'running'],
    ['origin', 'running'],
  ]);
  expect(await snapshots.delete(snapshotId)).toEqual({ outcome: 'applied', reason: null });
  expect(listed()).toEqual([]);
  const missing = await creator.create({ name: 'late', snapshotId }).settled;
  expect([missing.outcome, missing.id]).toEqual(['refused', null]);
});
