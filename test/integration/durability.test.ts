// Must come before the SDK: without this file, its import fails on Node 20.
import '../harness/integration/node-20-shim.cjs';
import { rm } from 'node:fs/promises';
import { Sandbox, SandboxNotFoundError } from 'tl33';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createDataDir,
  type RunningServer,
  sleepersWith,
  startServer,
  uniqueSleep,
} from '../harness/integration/server-process.ts';
import { patient } from '../harness/shared/patient.ts';

type CreateOptions = NonNullable<Parameters<typeof Sandbox.create>[0]>;

const brisk = { pollInterval: 0.05, timeout: 120 };

let server: RunningServer;
let dataDir: string;
let markers: string[] = [];

let names = 0;
const newName = (): string => {
  names += 1;
  return `durable-${process.pid}-${names}`;
};
const account = () => ({ apiUrl: server.url, apiKey: 'test-key' });
const create = (options: CreateOptions = {}) => Sandbox.create({ ...account(), ...options });
const connect = (identifier: string) => Sandbox.connect({ ...account(), sandboxId: identifier });
const infoOf = async (identifier: string) => (await connect(identifier)).info();
const becomes = async (identifier: string, status: string) => {
  const handle = await connect(identifier);
  await expect.poll(() => handle.status(), patient).toBe(status);
};
const marked = () => {
  const sleep = uniqueSleep();
  markers.push(sleep.marker);
  return sleep;
};
const restart = async () => {
  server = await startServer({ dataDir });
};
const crash = async () => {
  await server.kill();
  await restart();
};

beforeEach(async () => {
  dataDir = await createDataDir();
  await restart();
});

afterEach(async () => {
  try {
    const listed = await Sandbox.list(account());
    await Promise.all(listed.map(async ({ sandboxId }) => (await connect(sandboxId)).terminate()));
    await expect.poll(() => markers.flatMap(sleepersWith), patient).toEqual([]);
  } finally {
    // A process is left only after a failure. It must not outlive the failed test.
    for (const pid of markers.flatMap(sleepersWith)) process.kill(pid, 'SIGKILL');
    markers = [];
    await server.stop().finally(() => rm(dataDir, { recursive: true, force: true }));
  }
});

// Here the official client reads the data after a kill. kill.test.ts kills servers under load.
describe('after kill -9 and a start on the same data', () => {
  test('acknowledged state is still there: ids, names, statuses, limits, outcomes', async () => {
    const name = newName();
    const running = await create({ name, timeoutSecs: 3600, entrypoint: marked().entrypoint });
    await crash();
    const ephemeral = await create({ entrypoint: marked().entrypoint });
    await crash();
    const suspended = await create({ name: newName(), entrypoint: marked().entrypoint });
    await (await connect(suspended.sandboxId)).suspend(brisk);
    await crash();
    const terminated = await create({ entrypoint: marked().entrypoint });
    await terminated.terminate();

    const ids = [running, ephemeral, suspended, terminated].map((sandbox) => sandbox.sandboxId);
    const before = await Promise.all(ids.map(infoOf));
    expect(before.map((info) => info.status)).toEqual(['running', 'running', 'suspended', 'terminated']);
    await crash();
    const after = await Promise.all(ids.map(infoOf));
    expect(after.map(durablePart)).toEqual(before.map(durablePart));
    expect((await infoOf(name)).sandboxId).toBe(running.sandboxId);
    expect((await Sandbox.list(account())).map((info) => info.sandboxId)).toEqual(
      expect.arrayContaining(ids.slice(0, 3)),
    );
  });

  test('a rename holds, and the old name is free', async () => {
    const [before, after] = [newName(), newName()];
    const sandbox = await create({ name: before, entrypoint: marked().entrypoint });
    await sandbox.update({ name: after });
    await crash();
    expect((await infoOf(after)).sandboxId).toBe(sandbox.sandboxId);
    await expect(infoOf(before)).rejects.toThrow(SandboxNotFoundError);
    await expect(create({ name: after })).rejects.toMatchObject({ statusCode: 409 });
    expect((await create({ name: before, entrypoint: marked().entrypoint })).name).toBe(before);
  });

  test('snapshots are listed, can be restored, and stay deleted', async () => {
    const { entrypoint } = marked();
    const source = await create({ entrypoint });
    const kept = await source.checkpoint(brisk);
    await becomes(source.sandboxId, 'running');
    const deleted = await source.checkpoint(brisk);
    if (kept === undefined || deleted === undefined) {
      throw new Error('An awaited checkpoint must return its snapshot.');
    }
    await Sandbox.deleteSnapshot(deleted.snapshotId, account());
    await crash();

    const listed = await Sandbox.listSnapshots(account());
    expect(listed.map((snapshot) => snapshot.snapshotId)).toEqual([kept.snapshotId]);
    expect(await Sandbox.getSnapshot(kept.snapshotId, account())).toMatchObject({
      sandboxId: source.sandboxId,
      status: expect.stringMatching(/^(local_ready|completed)$/),
    });
    await expect(Sandbox.getSnapshot(deleted.snapshotId, account())).rejects.toMatchObject({
      statusCode: 404,
    });
    const restored = await create({ snapshotId: kept.snapshotId, entrypoint: marked().entrypoint });
    expect(await restored.status()).toBe('running');
  });
});

/** The fields that must survive a restart. `sandboxUrl` contains the port of the current server. */
function durablePart({ sandboxUrl, traceId, ...info }: Awaited<ReturnType<typeof infoOf>>) {
  return { ...info, reachable: sandboxUrl !== undefined };
}
