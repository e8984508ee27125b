// Must come before the SDK: on Node 20 its import fails without it.
import './support/node-20-shim.cjs';
import { rm } from 'node:fs/promises';
import { Sandbox, SandboxClient, SandboxNotFoundError } from 'tl33';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createDataDir,
  type RunningServer,
  sleepersWith,
  startServer,
  uniqueSleep,
} from './support/server.ts';

type CreateOptions = NonNullable<Parameters<typeof Sandbox.create>[0]>;

const brisk = { pollInterval: 0.05, timeout: 20 };
const soon = { timeout: 10_000, interval: 50 };

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
const becomes = async (identifier: string, status: string, limit = soon) => {
  const handle = await connect(identifier);
  await expect.poll(() => handle.status(), limit).toBe(status);
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
    await expect.poll(() => markers.flatMap(sleepersWith), soon).toEqual([]);
  } finally {
    // Only after a failure is any process left to end here; it must not outlive the test that failed.
    for (const pid of markers.flatMap(sleepersWith)) process.kill(pid, 'SIGKILL');
    markers = [];
    await server.stop().finally(() => rm(dataDir, { recursive: true, force: true }));
  }
});

describe('after kill -9 and a start on the same data', () => {
  test('what was answered is still there: ids, names, statuses, limits, outcomes', async () => {
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
    expect(after.map(lasting)).toEqual(before.map(lasting));
    expect((await infoOf(name)).sandboxId).toBe(running.sandboxId);
    expect((await Sandbox.list(account())).map((info) => info.sandboxId)).toEqual(
      expect.arrayContaining(ids.slice(0, 3)),
    );
  });

  test('a running sandbox is the same process as before', async () => {
    const { entrypoint, marker } = marked();
    const sandbox = await create({ name: newName(), entrypoint });
    const before = sleepersWith(marker);
    expect(before).toHaveLength(1);

    await server.kill();
    expect(sleepersWith(marker)).toEqual(before);
    await restart();
    await crash();
    expect(sleepersWith(marker)).toEqual(before);
    await becomes(sandbox.sandboxId, 'running');
  });

  test('a process that ended while nobody watched leaves a crashed sandbox', async () => {
    const { entrypoint, marker } = marked();
    const sandbox = await create({ entrypoint });
    await server.kill();
    for (const pid of sleepersWith(marker)) process.kill(pid, 'SIGKILL');
    await expect.poll(() => sleepersWith(marker), soon).toEqual([]);
    await restart();
    await becomes(sandbox.sandboxId, 'terminated');
    expect((await infoOf(sandbox.sandboxId)).outcome).toMatch(/^Failure\(/);
  });

  test('a suspended sandbox can be resumed', async () => {
    const { entrypoint, marker } = marked();
    const name = newName();
    const sandbox = await create({ name, entrypoint });
    await sandbox.suspend(brisk);
    await crash();
    expect(await infoOf(name)).toMatchObject({ sandboxId: sandbox.sandboxId, status: 'suspended' });
    await (await connect(name)).resume(brisk);
    expect(await infoOf(name)).toMatchObject({ sandboxId: sandbox.sandboxId, status: 'running' });
    expect(sleepersWith(marker)).toHaveLength(1);
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
    const gone = await source.checkpoint(brisk);
    if (kept === undefined || gone === undefined) {
      throw new Error('A checkpoint that was waited for must be told.');
    }
    await Sandbox.deleteSnapshot(gone.snapshotId, account());
    await crash();

    const listed = await Sandbox.listSnapshots(account());
    expect(listed.map((snapshot) => snapshot.snapshotId)).toEqual([kept.snapshotId]);
    expect(await Sandbox.getSnapshot(kept.snapshotId, account())).toMatchObject({
      sandboxId: source.sandboxId,
      status: expect.stringMatching(/^(local_ready|completed)$/),
    });
    await expect(Sandbox.getSnapshot(gone.snapshotId, account())).rejects.toMatchObject({ statusCode: 404 });
    const restored = await create({ snapshotId: kept.snapshotId, entrypoint: marked().entrypoint });
    expect(await restored.status()).toBe('running');
  });
});

describe('kill -9 while an operation is under way', () => {
  test('a boot is carried through, once', async () => {
    const { entrypoint, marker } = marked();
    // The sandbox class waits until it runs; its client returns with the answer, while it still boots.
    const { sandboxId } = await new SandboxClient(account(), true).create({ name: newName(), entrypoint });
    await crash();
    await becomes(sandboxId, 'running');
    await expect.poll(() => sleepersWith(marker), soon).toHaveLength(1);
    await crash();
    await becomes(sandboxId, 'running');
    expect(sleepersWith(marker)).toHaveLength(1);
  });

  test('a suspend and a resume are carried through', async () => {
    const { entrypoint, marker } = marked();
    const { sandboxId } = await create({ name: newName(), entrypoint });
    for (let round = 0; round < 3; round += 1) {
      await (await connect(sandboxId)).suspend({ wait: false });
      await crash();
      await becomes(sandboxId, 'suspended');
      await (await connect(sandboxId)).resume({ wait: false });
      await crash();
      await becomes(sandboxId, 'running');
      expect(sleepersWith(marker)).toHaveLength(1);
    }
  });

  test('a checkpoint is carried through', async () => {
    const source = await create({ entrypoint: marked().entrypoint });
    await source.checkpoint({ wait: false });
    await crash();
    await becomes(source.sandboxId, 'running');
    const [snapshot, ...others] = await Sandbox.listSnapshots(account());
    expect(others).toEqual([]);
    const snapshotId = snapshot?.snapshotId ?? expect.unreachable('the snapshot is lost');
    await expect
      .poll(async () => (await Sandbox.getSnapshot(snapshotId, account())).status, soon)
      .toMatch(/^(local_ready|completed)$/);
    const restored = await create({ snapshotId, entrypoint: marked().entrypoint });
    expect(await restored.status()).toBe('running');
  });

  test('a termination is carried through: no process stays', async () => {
    const sleeps = [marked(), marked(), marked()];
    for (const { entrypoint, marker } of sleeps) {
      const sandbox = await create({ name: newName(), entrypoint });
      expect(sleepersWith(marker)).toHaveLength(1);
      await sandbox.terminate();
      await crash();
      expect(await infoOf(sandbox.sandboxId)).toMatchObject({
        status: 'terminated',
        outcome: 'Success(UserTerminated)',
      });
      await expect.poll(() => sleepersWith(marker), soon).toEqual([]);
    }
  });
});

describe('a timeout', () => {
  const limitSeconds = 5;

  test('that passed while the server was down fires after the restart', async () => {
    const ephemeral = marked();
    const named = await create({
      name: newName(),
      timeoutSecs: limitSeconds,
      entrypoint: marked().entrypoint,
    });
    const nameless = await create({ timeoutSecs: limitSeconds, entrypoint: ephemeral.entrypoint });
    const passed = Date.now() + limitSeconds * 1000;
    expect([await named.status(), await nameless.status()]).toEqual(['running', 'running']);
    await server.kill();
    await clockReaches(passed);
    await restart();

    // Well below the limit: a timeout that only began to run with the restart would come too late.
    const atOnce = { timeout: 2500, interval: 50 };
    await becomes(named.sandboxId, 'suspended', atOnce);
    await becomes(nameless.sandboxId, 'terminated', atOnce);
    expect((await infoOf(nameless.sandboxId)).outcome).toBe('Success(Timeout)');
    await expect.poll(() => sleepersWith(ephemeral.marker), soon).toEqual([]);
    await (await connect(named.sandboxId)).resume(brisk);
    await becomes(named.sandboxId, 'running');
  });

  test('that is still to come is kept, neither forgotten nor started anew', async () => {
    const sandbox = await create({ timeoutSecs: limitSeconds, entrypoint: marked().entrypoint });
    const due = Date.now() + limitSeconds * 1000;
    await clockReaches(due - 2500);
    await crash();
    await becomes(sandbox.sandboxId, 'terminated');
    const { createdAt, terminatedAt, outcome } = await infoOf(sandbox.sandboxId);
    expect(outcome).toBe('Success(Timeout)');
    expect(terminatedAt?.getTime()).toBeGreaterThanOrEqual(
      (createdAt?.getTime() ?? Number.NaN) + limitSeconds * 1000,
    );
    expect(terminatedAt?.getTime()).toBeLessThan(due + 2000);
  });
});

/** What must not change when a server goes and comes back; `sandboxUrl` holds the port of the one that answered. */
function lasting({ sandboxUrl, traceId, ...info }: Awaited<ReturnType<typeof infoOf>>) {
  return { ...info, reachable: sandboxUrl !== undefined };
}

/** The clock is what these tests are about: nothing tells that it moved on while no server runs. */
function clockReaches(instant: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, instant - Date.now())));
}
