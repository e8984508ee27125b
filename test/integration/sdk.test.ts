// Must come before the SDK: without this file, its import fails on Node 20.
import '../harness/integration/node-20-shim.cjs';
import { readFileSync } from 'node:fs';
import * as undiciLine from 'tl33';
import * as rustLine from 'tl89';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { memoryStore } from '../../src/server/store/memory.ts';
import { startRealServer } from '../harness/client/real-server.ts';
import {
  type RunningServer,
  sleepersWith,
  startServer,
  uniqueSleep,
} from '../harness/integration/server-process.ts';
import { patient } from '../harness/shared/patient.ts';

const lines = [
  ['0.5.89 with its Rust client', rustLine],
  ['0.5.33 with undici', undiciLine],
] as const;

test('each SDK alias has the version that its name says', () => {
  const versionOf = (name: string) =>
    JSON.parse(readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), 'utf8'))
      .version;
  expect([versionOf('tl89'), versionOf('tl33')]).toEqual(['0.5.89', '0.5.33']);
});

const sandboxId = /^[0-9a-z]{21}$/;
const unknownId = '000000000000000000000';
const brisk = { pollInterval: 0.05, timeout: 120 };

let names = 0;
const newName = (): string => {
  names += 1;
  return `sdk-${process.pid}-${names}`;
};

describe.each(lines)('the tensorlake SDK %s', (_line, sdk) => {
  const { CloudClient, RemoteAPIError, Sandbox, SandboxClient, SandboxNotFoundError } = sdk;
  type Handle = Awaited<ReturnType<typeof connect>>;
  type Options = NonNullable<Parameters<typeof Sandbox.create>[0]>;

  let server: RunningServer;
  const created: Handle[] = [];

  beforeAll(async () => {
    server = await startServer();
  });
  afterEach(async () => {
    await Promise.all(created.splice(0).map((sandbox) => sandbox.terminate()));
  });
  afterAll(async () => {
    try {
      // A create that failed in the client may have left a sandbox that no test knows.
      const listed = await Sandbox.list(account());
      await Promise.all(listed.map(async (info) => (await connect(info.sandboxId)).terminate()));
    } finally {
      await server.stop();
    }
  });

  const account = () => ({ apiUrl: server.url, apiKey: 'test-key' });
  const create = async (options: Options = {}): Promise<Handle> => {
    const sandbox = await Sandbox.create({ ...account(), ...options });
    created.push(sandbox);
    return sandbox;
  };
  function connect(identifier: string) {
    return Sandbox.connect({ ...account(), sandboxId: identifier });
  }
  const refusal = async (call: Promise<unknown>): Promise<{ status: number; sentence: string }> => {
    const error = await call.then(
      (answer) => expect.unreachable(`the call succeeded: ${JSON.stringify(answer)}`),
      (reason: unknown) => reason,
    );
    if (!(error instanceof RemoteAPIError)) throw error;
    return { status: error.statusCode, sentence: error.responseMessage };
  };
  const becomes = (handle: Handle, status: string) =>
    expect.poll(() => handle.status(), patient).toBe(status);

  describe('create', () => {
    test('an ephemeral sandbox runs, and its info is complete', async () => {
      const { entrypoint, marker } = uniqueSleep();
      const before = Date.now();
      const sandbox = await create({ entrypoint, cpus: 2, memoryMb: 2048, diskMb: 20_480, timeoutSecs: 60 });
      expect(sandbox.sandboxId).toMatch(sandboxId);
      expect(sandbox.name).toBeNull();

      const info = await sandbox.info();
      expect(info).toMatchObject({
        sandboxId: sandbox.sandboxId,
        namespace: 'default',
        status: 'running',
        resources: { cpus: 2, memoryMb: 2048, ephemeralDiskMb: 20_480 },
        timeoutSecs: 60,
        entrypoint,
      });
      expect(info.name).toBeUndefined();
      expect(info.outcome).toBeUndefined();
      expect(info.terminatedAt).toBeUndefined();
      expect(info.sandboxUrl).toMatch(/^https?:\/\//);
      expect(info.createdAt?.getTime()).toBeGreaterThanOrEqual(before);
      expect(info.createdAt?.getTime()).toBeLessThanOrEqual(Date.now());
      expect(sleepersWith(marker)).toHaveLength(1);
    });

    test('omitted options get the defaults', async () => {
      const sandbox = await create();
      const info = await sandbox.info();
      expect(info.resources).toMatchObject({ cpus: 1, memoryMb: 1024, ephemeralDiskMb: 10_240 });
    });

    test('a named sandbox holds its name until it is terminated', async () => {
      const name = newName();
      const sandbox = await create({ name });
      expect(sandbox.name).toBe(name);
      expect((await sandbox.info()).name).toBe(name);

      const taken = await refusal(create({ name }));
      expect(taken.status).toBe(409);
      expect(taken.sentence).toContain(name);

      await sandbox.terminate();
      const successor = await create({ name });
      expect(successor.sandboxId).not.toBe(sandbox.sandboxId);
      expect((await (await connect(name)).info()).sandboxId).toBe(successor.sandboxId);
    });

    test.each(['', 'Upper', '9lives', 'ends-', 'a b', 'x'.repeat(64)])(
      'the name %j is rejected',
      async (name) => {
        expect((await refusal(create({ name }))).status).toBe(400);
      },
    );

    test('the longest allowed name is accepted', async () => {
      const name = `${newName()}-`.padEnd(63, 'x');
      expect((await create({ name })).name).toBe(name);
    });

    test('an unknown snapshot is 404', async () => {
      expect((await refusal(create({ snapshotId: unknownId }))).status).toBe(404);
    });
  });

  describe('find', () => {
    test('list shows named and ephemeral sandboxes, and only those of the namespace', async () => {
      const named = await create({ name: newName() });
      const ephemeral = await create();
      const foreign = await create({ namespace: 'elsewhere' });

      const listed = await Sandbox.list(account());
      const byId = new Map(listed.map((info) => [info.sandboxId, info]));
      expect(byId.get(named.sandboxId)).toMatchObject({ name: named.name, status: 'running' });
      expect(byId.get(ephemeral.sandboxId)).toMatchObject({ status: 'running', namespace: 'default' });
      expect(byId.get(ephemeral.sandboxId)?.name).toBeUndefined();
      expect(byId.has(foreign.sandboxId)).toBe(false);

      const elsewhere = await Sandbox.list({ ...account(), namespace: 'elsewhere' });
      expect(elsewhere.map((info) => info.sandboxId)).toEqual([foreign.sandboxId]);
    });

    test('list shows the sandboxes that have not ended first, newest first', async () => {
      const suspended = await create({ name: newName() });
      await suspended.suspend(brisk);
      const ended = await create();
      const ephemeral = await create();
      await ended.terminate();
      const listed = (await Sandbox.list(account())).map((info) => info.sandboxId);
      const known = [suspended, ended, ephemeral].map((sandbox) => sandbox.sandboxId);
      expect(listed.filter((id) => known.includes(id))).toEqual([
        ephemeral.sandboxId,
        suspended.sandboxId,
        ended.sandboxId,
      ]);
    });

    test('metadata does not disturb the SDK, and the list can be filtered by it', async () => {
      const { sandboxId: id } = await create({ name: newName() });
      const response = await fetch(`${server.url}/sandboxes/${id}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ metadata: { owner: id } }),
      });
      expect(await response.json()).toMatchObject({ metadata: { owner: id } });
      expect((await (await connect(id)).info()).sandboxId).toBe(id);
      const found = await fetch(`${server.url}/sandboxes?metadata=owner:${id}`);
      expect(await found.json()).toMatchObject({ sandboxes: [{ id, metadata: { owner: id } }] });
    });

    test('the owner of the key and the archive are answered', async () => {
      const cloud = new CloudClient(account());
      expect(await cloud.introspectApiKey()).toMatchObject({ projectId: 'default' });
      const client = new SandboxClient(account(), true);
      expect(await client.listArchived({ limit: 10 })).toMatchObject({ sandboxes: [] });
      await expect(client.getArchived(unknownId)).rejects.toThrow(SandboxNotFoundError);
    });

    test('the archive has what retention took out of the list', async () => {
      const store = memoryStore();
      const archiving = await startRealServer({ store: () => store });
      try {
        const { sandbox } = await archiving.host.create({ namespace: 'default', name: newName() });
        const { id, name } = sandbox;
        await archiving.host.send('default', id, { type: 'terminate' });
        await expect
          .poll(() => store.retention?.archive(Number.MAX_SAFE_INTEGER, 1_700_000_000_000, 9), patient)
          .toBe(1);
        const client = new SandboxClient({ apiUrl: archiving.url, apiKey: 'test-key' }, true);
        expect(await client.listArchived({ limit: 10 })).toMatchObject({
          sandboxes: [{ sandboxId: id, name }],
        });
        expect(await client.getArchived(id)).toMatchObject({
          sandboxId: id,
          status: 'terminated',
          archivedAt: new Date(1_700_000_000_000),
        });
        expect(await client.get(id)).toMatchObject({ sandboxId: id, status: 'terminated' });
        await client.delete(id);
      } finally {
        await archiving.stop();
      }
    });

    test('what the server does not serve is 501, not an unknown sandbox', async () => {
      const client = new SandboxClient(account(), true);
      const options = { image: 'debian', maxContainers: 1 } as Parameters<typeof client.createPool>[0];
      const { status, sentence } = await refusal(client.createPool(options));
      expect([status, sentence]).toEqual([501, expect.stringMatching(/pools/)]);
    });

    test('connect accepts the id or the name', async () => {
      const name = newName();
      const sandbox = await create({ name });
      for (const identifier of [sandbox.sandboxId, name]) {
        const info = await (await connect(identifier)).info();
        expect(info).toMatchObject({ sandboxId: sandbox.sandboxId, name, status: 'running' });
      }
    });

    test('a base URL with a trailing slash works, although one SDK line then doubles the slash', async () => {
      const sandbox = await create();
      const listed = await Sandbox.list({ ...account(), apiUrl: `${server.url}/` });
      expect(listed.map((info) => info.sandboxId)).toContain(sandbox.sandboxId);
    });
  });

  describe('rename', () => {
    test('the new name resolves to the sandbox, and the old name does not', async () => {
      const [before, after] = [newName(), newName()];
      const sandbox = await create({ name: before });
      const info = await sandbox.update({ name: after });
      expect(info).toMatchObject({ sandboxId: sandbox.sandboxId, name: after, status: 'running' });
      expect(sandbox.name).toBe(after);
      expect((await (await connect(after)).info()).sandboxId).toBe(sandbox.sandboxId);
      await expect((await connect(before)).info()).rejects.toThrow(SandboxNotFoundError);
      expect((await create({ name: before })).name).toBe(before);
    });

    test('a taken name is 409 and changes neither sandbox', async () => {
      const first = await create({ name: newName() });
      const second = await create({ name: newName() });
      const name = first.name ?? expect.unreachable('it has no name');
      const secondName = second.name;
      expect((await refusal(second.update({ name }))).status).toBe(409);
      expect((await (await connect(name)).info()).sandboxId).toBe(first.sandboxId);
      expect((await second.info()).name).toBe(secondName);
    });

    test('a terminated sandbox cannot be renamed', async () => {
      const sandbox = await create();
      await sandbox.terminate();
      const handle = await connect(sandbox.sandboxId);
      expect((await refusal(handle.update({ name: newName() }))).status).toBe(400);
    });
  });

  describe('suspend and resume', () => {
    test('an ephemeral sandbox may not be suspended until it has a name', async () => {
      const sandbox = await create();
      const { status, sentence } = await refusal(sandbox.suspend(brisk));
      expect(status).toBe(400);
      expect(sentence).toMatch(/name/);
      expect(sentence).toMatch(/running/);
      expect(sentence).not.toMatch(/[{}\n]/);
      expect(await sandbox.status()).toBe('running');

      await sandbox.update({ name: newName() });
      await sandbox.suspend(brisk);
      expect(await sandbox.status()).toBe('suspended');
    });

    test('a named sandbox can be suspended and resumed repeatedly', async () => {
      const { entrypoint, marker } = uniqueSleep();
      const name = newName();
      const sandbox = await create({ name, entrypoint });
      for (let round = 0; round < 2; round += 1) {
        await sandbox.suspend(brisk);
        const suspended = await sandbox.info();
        expect(suspended).toMatchObject({ sandboxId: sandbox.sandboxId, name, status: 'suspended' });
        expect(suspended.outcome).toBeUndefined();
        await sandbox.suspend(brisk);
        expect((await refusal(create({ name }))).status).toBe(409);

        await sandbox.resume(brisk);
        const resumed = await sandbox.info();
        expect(resumed).toMatchObject({ sandboxId: sandbox.sandboxId, name, status: 'running' });
        expect(resumed.sandboxUrl).toMatch(/^https?:\/\//);
        await sandbox.resume(brisk);
        expect(sleepersWith(marker)).toHaveLength(1);
      }
    });

    test('suspend and resume accept a name', async () => {
      const name = newName();
      const sandbox = await create({ name });
      await (await connect(name)).suspend(brisk);
      expect(await sandbox.status()).toBe('suspended');
      await (await connect(name)).resume(brisk);
      expect(await sandbox.status()).toBe('running');
    });

    test('a suspended sandbox cannot be checkpointed, but can be terminated', async () => {
      const sandbox = await create({ name: newName() });
      await sandbox.suspend(brisk);
      const { status, sentence } = await refusal(sandbox.checkpoint(brisk));
      expect(status).toBe(400);
      expect(sentence).toMatch(/suspended/);
      await sandbox.terminate();
      expect(await (await connect(sandbox.sandboxId)).status()).toBe('terminated');
    });
  });

  describe('checkpoints', () => {
    test.each([undefined, 'filesystem'] as const)(
      'a checkpoint of type %s is ready and can be restored',
      async (checkpointType) => {
        const source = await create();
        const snapshot = await source.checkpoint(
          checkpointType === undefined ? brisk : { ...brisk, checkpointType },
        );
        if (snapshot === undefined) throw new Error('An awaited checkpoint must return its snapshot.');
        expect(snapshot.sandboxId).toBe(source.sandboxId);
        expect(snapshot.namespace).toBe('default');
        expect(['local_ready', 'completed']).toContain(snapshot.status);
        if (checkpointType !== undefined) expect(snapshot.snapshotType).toBe(checkpointType);
        expect(snapshot.createdAt?.getTime()).toBeGreaterThan(Date.now() - 60_000);
        await becomes(source, 'running');

        const restored = await create({ snapshotId: snapshot.snapshotId });
        expect(restored.sandboxId).toMatch(sandboxId);
        expect(restored.sandboxId).not.toBe(source.sandboxId);
        expect(await restored.status()).toBe('running');
        expect(await source.status()).toBe('running');
      },
    );

    test('a type that the driver cannot take is refused', async () => {
      const source = await create();
      const { status, sentence } = await refusal(source.checkpoint({ ...brisk, checkpointType: 'memory' }));
      expect(status).toBe(400);
      expect(sentence).toMatch(/cannot take memory snapshots; use filesystem/);
      expect(await source.status()).toBe('running');
    });

    test('a restored sandbox finds the files of its source', async () => {
      const writer = uniqueSleep();
      const source = await create({
        entrypoint: ['sh', '-c', `echo kept > note; exec sleep ${writer.marker}`],
      });
      await expect.poll(() => sleepersWith(writer.marker), patient).toHaveLength(1);
      const snapshot = await source.checkpoint({ ...brisk, checkpointType: 'filesystem' });
      if (snapshot === undefined) throw new Error('An awaited checkpoint must return its snapshot.');

      const reader = uniqueSleep();
      await create({
        snapshotId: snapshot.snapshotId,
        entrypoint: ['sh', '-c', `test "$(cat note)" = kept && exec sleep ${reader.marker}`],
      });
      await expect.poll(() => sleepersWith(reader.marker), patient).toHaveLength(1);
    });

    test('a checkpoint outlives its sandbox', async () => {
      const source = await create();
      const snapshot = await source.checkpoint(brisk);
      if (snapshot === undefined) throw new Error('An awaited checkpoint must return its snapshot.');
      await source.terminate();
      expect((await Sandbox.getSnapshot(snapshot.snapshotId, account())).sandboxId).toBe(source.sandboxId);
      expect(await (await create({ snapshotId: snapshot.snapshotId })).status()).toBe('running');
    });

    test('snapshots can be listed, read and deleted', async () => {
      const sandbox = await create();
      const other = await create();
      const kept = await sandbox.checkpoint(brisk);
      await becomes(sandbox, 'running');
      const deleted = await sandbox.checkpoint(brisk);
      const foreign = await other.checkpoint(brisk);
      if (kept === undefined || deleted === undefined || foreign === undefined) {
        throw new Error('An awaited checkpoint must return its snapshot.');
      }

      const all = (await Sandbox.listSnapshots(account())).map((snapshot) => snapshot.snapshotId);
      expect(all).toEqual(expect.arrayContaining([kept.snapshotId, deleted.snapshotId, foreign.snapshotId]));
      const own = (await sandbox.listSnapshots()).map((snapshot) => snapshot.snapshotId);
      expect(own.sort()).toEqual([kept.snapshotId, deleted.snapshotId].sort());
      expect(await Sandbox.getSnapshot(deleted.snapshotId, account())).toMatchObject({
        snapshotId: deleted.snapshotId,
        sandboxId: sandbox.sandboxId,
      });

      await Sandbox.deleteSnapshot(deleted.snapshotId, account());
      const left = (await sandbox.listSnapshots()).map((snapshot) => snapshot.snapshotId);
      expect(left).toEqual([kept.snapshotId]);
      expect((await refusal(Sandbox.getSnapshot(deleted.snapshotId, account()))).status).toBe(404);
      // A client that lost the first response repeats the request.
      await Sandbox.deleteSnapshot(deleted.snapshotId, account());
      expect((await refusal(create({ snapshotId: deleted.snapshotId }))).status).toBe(404);
    });
  });

  describe('terminate', () => {
    test('ends the sandbox and its process, and is idempotent', async () => {
      const { entrypoint, marker } = uniqueSleep();
      const name = newName();
      const sandbox = await create({ name, entrypoint });
      expect(sleepersWith(marker)).toHaveLength(1);
      await sandbox.terminate();

      const again = await connect(sandbox.sandboxId);
      const info = await again.info();
      expect(info).toMatchObject({ status: 'terminated', outcome: 'Success(UserTerminated)' });
      expect(info.terminatedAt?.getTime()).toBeGreaterThanOrEqual(info.createdAt?.getTime() ?? Number.NaN);
      await expect.poll(() => sleepersWith(marker), patient).toEqual([]);

      await again.terminate();
      const after = await (await connect(sandbox.sandboxId)).info();
      expect(after).toMatchObject({ status: 'terminated', outcome: 'Success(UserTerminated)' });
      expect(after.terminatedAt).toEqual(info.terminatedAt);
      await expect((await connect(name)).info()).rejects.toThrow(SandboxNotFoundError);
    });

    test('is final: suspend, resume and checkpoint are refused', async () => {
      const sandbox = await create({ name: newName() });
      await sandbox.terminate();
      const handle = await connect(sandbox.sandboxId);
      const calls = [() => handle.suspend(brisk), () => handle.resume(brisk), () => handle.checkpoint(brisk)];
      for (const call of calls) {
        const { status, sentence } = await refusal(call());
        expect(status).toBe(400);
        expect(sentence).toMatch(/terminated/);
      }
      expect(await handle.status()).toBe('terminated');
    });
  });

  test('an unknown id is 404 everywhere', async () => {
    const handle = await connect(unknownId);
    const calls = [
      () => handle.info(),
      () => handle.status(),
      () => handle.suspend(brisk),
      () => handle.resume(brisk),
      () => handle.checkpoint(brisk),
      () => handle.update({ name: newName() }),
      () => handle.terminate(),
    ];
    for (const call of calls) await expect(call()).rejects.toThrow(SandboxNotFoundError);
    expect((await refusal(Sandbox.getSnapshot(unknownId, account()))).status).toBe(404);
    expect((await refusal(Sandbox.deleteSnapshot(unknownId, account()))).status).toBe(404);
  });

  describe('a timeout', () => {
    test('suspends a named sandbox, which can then be resumed', async () => {
      const sandbox = await create({ name: newName(), timeoutSecs: 1 });
      await becomes(sandbox, 'suspended');
      await sandbox.resume(brisk);
      await becomes(sandbox, 'suspended');
    });

    test('discards a suspended sandbox with a limit, and the SDK reads its other fields', async () => {
      const sandbox = await create({ name: newName() });
      const response = await fetch(`${server.url}/sandboxes/${sandbox.sandboxId}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ suspended_timeout_secs: 1, exposed_ports: [3000] }),
      });
      expect(await response.json()).toMatchObject({ generation: 2, exposed_ports: [3000], discard_at: null });
      await sandbox.suspend(brisk).catch(() => undefined);
      await becomes(sandbox, 'terminated');
      expect((await sandbox.info()).outcome).toBe('Success(Discarded)');
    });

    test('terminates an ephemeral sandbox, and not early', async () => {
      const { entrypoint, marker } = uniqueSleep();
      const sandbox = await create({ entrypoint, timeoutSecs: 1 });
      await becomes(sandbox, 'terminated');
      const info = await sandbox.info();
      expect(info.outcome).toBe('Success(Timeout)');
      const lifetime =
        (info.terminatedAt?.getTime() ?? Number.NaN) - (info.createdAt?.getTime() ?? Number.NaN);
      expect(lifetime).toBeGreaterThanOrEqual(1000);
      await expect.poll(() => sleepersWith(marker), patient).toEqual([]);
    });
  });

  describe('flat paths, which the SDK uses only on an api. host', () => {
    const ask = (path: string, init: RequestInit = {}) =>
      fetch(`${server.url}${path}`, { ...init, headers: { authorization: 'Bearer test-key' } });

    test.each(['/sandboxes', '//sandboxes'])('%s leads to the same sandboxes', async (path) => {
      const name = newName();
      const { sandboxId: id } = await create({ name });
      for (const identifier of [id, name]) {
        const response = await ask(`${path}/${identifier}`);
        expect(response.status).toBe(200);
        expect(await response.json()).toMatchObject({ id, name, namespace: 'default', status: 'running' });
      }
      const response = await ask(path);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({
        sandboxes: expect.arrayContaining([expect.objectContaining({ id, name })]),
      });
    });

    test('a refusal is one sentence of plain text', async () => {
      const { sandboxId: id } = await create();
      for (const [path, status] of [
        [`/sandboxes/${id}/suspend`, 400],
        [`/sandboxes/${unknownId}/suspend`, 404],
      ] as const) {
        const response = await ask(path, { method: 'POST' });
        expect(response.status).toBe(status);
        expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
        expect(await response.text()).toMatch(/^[A-Z][^{}\n]+\.$/);
      }
    });
  });
});
