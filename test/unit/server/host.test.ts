import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSandbox, transition } from '../../../src/index.ts';
import { parsePolicy } from '../../../src/schema/index.ts';
import { reservedNames } from '../../../src/server/commands/names.ts';
import { newId } from '../../../src/server/commands/new-sandbox.ts';
import { routeTable } from '../../../src/server/http/routes/index.ts';
import {
  type BootJob,
  createHost,
  DriverError,
  type Host,
  NameTakenError,
  NotFoundError,
  type Observation,
  RuleError,
  type Store,
} from '../../../src/server/index.ts';
import { memoryStore } from '../../../src/server/store/memory.ts';
import { type FakeDriver, fail, fakeDriver, hang, succeed } from '../../harness/server/fake-driver.ts';
import { type VirtualClock, virtualClock } from '../../harness/server/virtual-clock.ts';

const namespace = 'default';
let clock: VirtualClock;
let store: Store;
let driver: FakeDriver;
let host: Host;
let problems: string[];

beforeEach(async () => {
  clock = virtualClock();
  store = memoryStore();
  problems = [];
  driver = fakeDriver();
  await start();
});

afterEach(() => host.close());

const observe = (seen: Observation) => {
  if (seen.type === 'problem') problems.push(String(seen.error));
};

/** Starts a host on the current store with a new driver: at first, and after a crash. */
async function start(): Promise<void> {
  driver = fakeDriver(driver.platform);
  host = await createHost({ store, driver, clock, random: () => 0, driftIntervalSeconds: 1e6, observe });
}

async function running(name: string | null, timeoutSeconds?: number): Promise<string> {
  const { sandbox } = await host.create({ namespace, name, timeoutSeconds });
  await clock.settle();
  expect((await host.get(namespace, sandbox.id)).sandbox.status).toBe('running');
  return sandbox.id;
}

const record = async (id: string) => (await host.get(namespace, id)).sandbox;
const status = async (id: string) => (await record(id)).status;

describe('platform work', () => {
  test('runs under its operation id, and its end changes the status', async () => {
    const id = await running('ada');
    await host.send(namespace, id, { type: 'suspend' });
    await clock.settle();
    await host.send(namespace, 'ada', { type: 'resume' });
    await clock.settle();
    await host.send(namespace, 'ada', { type: 'terminate' });
    await clock.settle();
    expect(driver.log()).toEqual(['boot 1', 'suspend 2', 'resume 3', 'release 4']);
    expect((await store.get(id))?.released).toBe(true);
  });

  test('that fails permanently is reported with its reason', async () => {
    driver.script('boot', fail(new DriverError('The image does not exist.', { retryable: false })));
    const { sandbox } = await host.create({ namespace });
    await clock.settle();
    expect((await record(sandbox.id)).outcome).toEqual({
      result: 'failure',
      reason: 'startup_failed',
      detail: 'The image does not exist.',
      exitCode: null,
    });
    expect(driver.log()).toEqual(['boot 1', 'release 2']);
  });

  test('that fails temporarily is retried with back-off under the same id', async () => {
    driver.script(
      'boot',
      fail(new Error('busy')),
      fail(new DriverError('busy', { retryable: true })),
      succeed,
    );
    const { sandbox } = await host.create({ namespace });
    await clock.advance(199);
    expect(driver.log()).toEqual(['boot 1']);
    await clock.advance(1);
    expect(driver.log()).toEqual(['boot 1', 'boot 1']);
    await clock.advance(399);
    expect(driver.log()).toHaveLength(2);
    await clock.advance(1);
    expect(driver.log()).toEqual(['boot 1', 'boot 1', 'boot 1']);
    expect(await status(sandbox.id)).toBe('running');
    expect(problems).toEqual(['Error: busy', 'DriverError: busy']);
  });

  test('that hangs past its deadline is aborted, and the sandbox is released', async () => {
    driver.script('boot', hang);
    const { sandbox } = await host.create({ namespace });
    await clock.advance(599_999);
    expect(await status(sandbox.id)).toBe('pending');
    await clock.advance(1);
    expect((await record(sandbox.id)).outcome?.reason).toBe('startup_timed_out');
    expect(driver.calls[0]?.job.signal.aborted).toBe(true);
    expect(driver.log()).toEqual(['boot 1', 'release 2']);
  });

  test('that hangs while suspending leaves the sandbox running, and the next attempt waits for the retry delay', async () => {
    const id = await running('ada', 1);
    driver.script('suspend', hang);
    await clock.advance(1_000);
    expect(await status(id)).toBe('suspending');
    await clock.advance(300_000);
    expect(await status(id)).toBe('running');
    await clock.advance(29_999);
    expect(driver.log()).toEqual(['boot 1', 'suspend 2']);
    await clock.advance(1);
    expect(driver.log()).toEqual(['boot 1', 'suspend 2', 'suspend 3']);
  });

  test('is aborted by terminate, and its late end changes nothing', async () => {
    let finish = () => {};
    driver.script(
      'boot',
      () =>
        new Promise((resolve) => {
          finish = () => resolve(undefined);
        }),
    );
    const { sandbox } = await host.create({ namespace });
    await host.send(namespace, sandbox.id, { type: 'terminate' });
    finish();
    await clock.settle();
    expect(driver.calls[0]?.job.signal.aborted).toBe(true);
    expect((await record(sandbox.id)).outcome?.reason).toBe('user_terminated');
    expect(driver.log()).toEqual(['boot 1', 'release 2']);
  });

  test('that ends too late is repaired to match the record', async () => {
    const id = await running('ada');
    let finish = () => {};
    driver.script(
      'suspend',
      () =>
        new Promise((resolve) => {
          finish = () => resolve(undefined);
        }),
    );
    await host.send(namespace, id, { type: 'suspend' });
    await clock.advance(300_000);
    expect(await status(id)).toBe('running');
    expect(driver.adopted).toEqual([]);
    finish();
    await clock.settle();
    expect(driver.adopted).toEqual([{ sandboxId: id, incarnation: 1 }]);
    expect(await status(id)).toBe('running');
  });

  test('starts when the aborted operation before it has ended, or after the grace time', async () => {
    let finish = () => {};
    driver.script(
      'boot',
      () =>
        new Promise((resolve) => {
          finish = () => resolve(undefined);
        }),
    );
    const patient = await host.create({ namespace });
    await clock.settle();
    await host.send(namespace, patient.sandbox.id, { type: 'terminate' });
    await clock.advance(9_000);
    expect(driver.log()).toEqual(['boot 1']);
    finish();
    await clock.settle();
    expect(driver.log()).toEqual(['boot 1', 'release 2']);

    const stuck = await host.create({ namespace });
    await clock.settle();
    await host.send(namespace, stuck.sandbox.id, { type: 'terminate' });
    await clock.advance(10_000);
    expect(driver.log().slice(2)).toEqual(['boot 1', 'release 2']);
    expect((await store.get(stuck.sandbox.id))?.released).toBe(true);
    // The sandbox started nevertheless, so it is released again.
    finish();
    await clock.settle();
    expect(driver.log().slice(2)).toEqual(['boot 1', 'release 2', 'release 2']);
    expect((await store.get(stuck.sandbox.id))?.released).toBe(true);
  });

  test('continues when its progress cannot be committed', async () => {
    const { commit } = store;
    store.commit = async (step) => {
      if (step.change?.history?.event.type === 'boot.progressed') throw new Error('disk is full');
      return commit(step);
    };
    driver.script('boot', async (job) => {
      (job as BootJob).progress('waiting_for_container');
      (job as BootJob).progress('tired' as 'scheduling');
      return undefined;
    });
    const { sandbox } = await host.create({ namespace });
    await clock.settle();
    expect(await status(sandbox.id)).toBe('running');
    expect(problems[0]).toBe('Error: disk is full');
    expect(problems[1]).toMatch(/event\.pendingReason must be one of/);
  });

  test('reports the reason why a boot waits', async () => {
    driver.script('boot', (job) => {
      (job as BootJob).progress('no_resources_available');
      return hang(job);
    });
    const { sandbox } = await host.create({ namespace });
    await clock.settle();
    expect((await record(sandbox.id)).pendingReason).toBe('no_resources_available');
  });

  test('retries a release until it succeeds', async () => {
    const id = await running(null);
    driver.script(
      'release',
      fail(new DriverError('unavailable', { retryable: false })),
      fail(new Error('busy')),
      succeed,
    );
    await host.send(namespace, id, { type: 'terminate' });
    await clock.advance(10_000);
    expect(driver.log()).toEqual(['boot 1', 'release 2', 'release 2', 'release 2']);
    expect((await store.get(id))?.released).toBe(true);
  });
});

describe('crashes', () => {
  test('end the sandbox with their reason', async () => {
    const id = await running(null);
    driver.crash({ sandboxId: id, incarnation: 1, reason: 'exited with code 137' });
    await clock.settle();
    expect((await record(id)).outcome).toEqual({
      result: 'failure',
      reason: 'crashed',
      detail: 'exited with code 137',
      exitCode: null,
    });
  });

  test('of an earlier incarnation change nothing', async () => {
    const id = await running('ada');
    await host.send(namespace, id, { type: 'suspend' });
    await clock.settle();
    await host.send(namespace, id, { type: 'resume' });
    await clock.settle();
    driver.crash({ sandboxId: id, incarnation: 1, reason: 'late' });
    await clock.settle();
    expect(await status(id)).toBe('running');
  });

  test('that arrive before the commit of the boot are not lost', async () => {
    driver.script('boot', async (job) => {
      driver.crash({ sandboxId: job.sandboxId, incarnation: job.operation, reason: 'exited with code 1' });
      return undefined;
    });
    const { sandbox } = await host.create({ namespace });
    await clock.settle();
    expect((await record(sandbox.id)).outcome?.reason).toBe('crashed');
    expect((await host.history(namespace, sandbox.id)).map(({ to }) => to)).toEqual([
      'pending',
      'running',
      'terminated',
    ]);
  });

  test('that change nothing are observed once', async () => {
    const id = await running(null);
    driver.crash({ sandboxId: id, incarnation: 1.5, reason: 'half' });
    await clock.advance(5_000);
    expect(problems).toEqual([expect.stringMatching(/event\.incarnation must be a whole number/)]);
  });

  test('of unknown sandboxes are ignored', async () => {
    driver.crash({ sandboxId: 'unknown', incarnation: 1, reason: 'exited' });
    await clock.advance(5_000);
    expect(problems).toEqual([]);
  });
});

describe('timeouts', () => {
  test('suspend a named sandbox and terminate an ephemeral one, at the millisecond', async () => {
    const named = await running('ada', 60);
    const ephemeral = await running(null, 60);
    await clock.advance(59_999);
    expect([await status(named), await status(ephemeral)]).toEqual(['running', 'running']);
    await clock.advance(1);
    expect([await status(named), await status(ephemeral)]).toEqual(['suspended', 'terminated']);
    expect((await record(ephemeral)).outcome?.reason).toBe('timeout');
  });

  test('that became due without a running host fire at the next start, the longest overdue first, once each', async () => {
    const ids = [await running(null, 20), await running(null, 10), await running(null, 30)];
    await host.close();
    clock.jump(3_600_000);
    await start();
    await clock.settle();
    await clock.advance(0);
    const ended = await Promise.all(ids.map(record));
    expect(ended.map(({ outcome }) => outcome?.reason)).toEqual(['timeout', 'timeout', 'timeout']);
    expect(driver.calls.map(({ job }) => job.sandboxId)).toEqual([ids[1], ids[0], ids[2]]);
    expect(ended.map(({ version }) => version)).toEqual([3, 3, 3]);
  });

  test('that are due in large numbers all fire', async () => {
    const ids = await Promise.all(
      Array.from({ length: 250 }, () => host.create({ namespace, timeoutSeconds: 5 })),
    );
    await clock.settle();
    await clock.advance(5_000);
    const page = await host.list({ namespace, statuses: ['terminated'], limit: 1000 });
    expect(page.items).toHaveLength(ids.length);
  });

  test('of 30 days and of 300 years do not overflow a timer', async () => {
    const month = await running(null, 30 * 86_400);
    await running(null, 300 * 365 * 86_400);
    await clock.advance(0);
    expect(clock.longestSleep).toBeLessThan(2 ** 31);
    expect(await status(month)).toBe('running');
  });

  test('follow the wall clock when it is set forward', async () => {
    const id = await running(null, 3600);
    clock.jump(3_600_000);
    await clock.advance(60_000);
    expect(await status(id)).toBe('terminated');
  });

  test('survive a temporary failure of the store', async () => {
    const id = await running(null, 10);
    const { due } = store;
    let failures = 2;
    store.due = async (...args) => {
      if (failures-- > 0) throw new Error('disk is full');
      return due(...args);
    };
    await clock.advance(10_000);
    expect(await status(id)).toBe('running');
    await clock.advance(3_000);
    expect(await status(id)).toBe('terminated');
  });
});

describe('a restart', () => {
  test('continues a boot under the same operation id', async () => {
    driver.script('boot', hang);
    const { sandbox } = await host.create({ namespace });
    await clock.settle();
    await host.close();
    await start();
    await clock.settle();
    expect(driver.log()).toEqual(['boot 1']);
    expect(await status(sandbox.id)).toBe('running');
  });

  test('succeeds despite a sandbox that cannot be adopted', async () => {
    const stuck = await running('stuck', 60);
    const fine = await running('fine', 60);
    await host.close();
    driver = fakeDriver(driver.platform);
    driver.adopt = async ([one]) => {
      if (one?.sandboxId === stuck) throw new Error('no permission');
    };
    host = await createHost({ store, driver, clock, random: () => 0, driftIntervalSeconds: 1e6, observe });
    await clock.advance(60_000);
    expect(await status(fine)).toBe('suspended');
    expect(problems).toContain('Error: no permission');
  });

  test('adopts running and paused sandboxes, and completes unfinished releases', async () => {
    const runs = await running('runs');
    const sleeps = await running('sleeps');
    await host.send(namespace, sleeps, { type: 'suspend' });
    const ended = await running(null);
    driver.script('release', hang);
    await host.send(namespace, ended, { type: 'terminate' });
    await clock.settle();
    await host.close();
    await start();
    await clock.settle();
    expect(driver.adopted).toHaveLength(2);
    expect(driver.adopted).toContainEqual({ sandboxId: runs, incarnation: 1 });
    expect(driver.adopted).toContainEqual({ sandboxId: sleeps, incarnation: null });
    expect(driver.calls.map(({ kind, job }) => [kind, job.sandboxId])).toEqual([['release', ended]]);
  });
});

describe('commands', () => {
  test('that arrive concurrently are applied one by one, and only one of two starts the operation', async () => {
    const id = await running('ada');
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => host.send(namespace, id, { type: 'suspend' })),
    );
    expect(
      answers.map(({ result }) => result.outcome).filter((outcome) => outcome === 'applied'),
    ).toHaveLength(1);
    expect(answers.map(({ result }) => result.reason).filter((reason) => reason === 'joined')).toHaveLength(
      9,
    );
    await clock.settle();
    expect(driver.log()).toEqual(['boot 1', 'suspend 2']);
  });

  test('that are refused commit nothing', async () => {
    const id = await running(null);
    const { result } = await host.send(namespace, id, { type: 'suspend' });
    expect(result.refusal?.code).toBe('ephemeral');
    expect(await host.history(namespace, id)).toHaveLength(2);
  });

  test('to sandboxes of other namespaces are to unknown sandboxes', async () => {
    const id = await running('ada');
    await expect(host.get('elsewhere', id)).rejects.toThrow(new NotFoundError('sandbox', id));
    await expect(host.send('elsewhere', 'ada', { type: 'terminate' })).rejects.toThrow(NotFoundError);
    await expect(host.send(namespace, 'unknown', { type: 'terminate' })).rejects.toThrow(
      'The sandbox "unknown" does not exist in this namespace.',
    );
  });

  test('are reported again when the first report could not be committed', async () => {
    const { commit } = store;
    let failures = 1;
    store.commit = async (step) => {
      if (step.change?.history?.to === 'running' && failures-- > 0) throw new Error('disk is full');
      return commit(step);
    };
    const { sandbox } = await host.create({ namespace });
    await clock.advance(1_000);
    expect(await status(sandbox.id)).toBe('running');
    expect(problems).toEqual(['Error: disk is full']);
  });
});

describe('names', () => {
  test('are unique among living sandboxes, reserved while suspended, and free after termination', async () => {
    const first = await running('ada');
    await host.send(namespace, first, { type: 'suspend' });
    await clock.settle();
    await expect(host.create({ namespace, name: 'ada' })).rejects.toThrow(NameTakenError);
    await host.create({ namespace: 'elsewhere', name: 'ada' });
    await host.send(namespace, first, { type: 'terminate' });
    const second = await running('ada');
    expect((await host.get(namespace, 'ada')).sandbox.id).toBe(second);
  });

  test('go to one of several concurrent requests', async () => {
    const results = await Promise.allSettled([1, 2, 3].map(() => host.create({ namespace, name: 'ada' })));
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
  });

  test('in use reject the whole update', async () => {
    await running('ada');
    const id = await running('grace');
    const change = { name: 'ada', configuration: { allowUnauthenticatedAccess: true } };
    await expect(host.update(namespace, id, change)).rejects.toThrow(NameTakenError);
    const entry = await host.get(namespace, id);
    expect([entry.sandbox.name, entry.configuration.allowUnauthenticatedAccess]).toEqual(['grace', false]);
  });

  test('that look like an id, or are a word of the API, are refused at create and at rename', async () => {
    const id = await running(null);
    for (const name of [newId(), 'abcdefghijklmnopqrstu', ...reservedNames]) {
      await expect(host.create({ namespace, name })).rejects.toThrow(RuleError);
      await expect(host.update(namespace, id, { name })).rejects.toThrow(RuleError);
      await expect(host.send(namespace, id, { type: 'rename', name })).rejects.toThrow(/choose/);
    }
    expect((await host.get(namespace, id)).sandbox).toMatchObject({ name: null, version: 2 });
  });

  test('are ambiguous for every word that stands directly below /sandboxes/', () => {
    const words = routeTable.flatMap(({ path }) => /^\/sandboxes\/([^{/]+)/.exec(path)?.[1] ?? []);
    expect([...new Set(words)].sort()).toEqual([...reservedNames].sort());
  });
});

test('a command is carried out whatever its actor is called', async () => {
  for (const actor of ['clock', 'platform', 'user']) {
    const id = await running(`of-${actor}`);
    await host.send(namespace, id, { type: 'suspend' }, { actor });
    await clock.settle();
    expect((await host.get(namespace, id)).sandbox.status).toBe('suspended');
  }
});

describe('updates', () => {
  test('change the name and the configuration in one commit', async () => {
    const id = await running(null);
    const entry = await host.update(namespace, id, { name: 'ada', configuration: { exposedPorts: [3000] } });
    expect([entry.sandbox.name, entry.sandbox.version, entry.configuration.exposedPorts]).toEqual([
      'ada',
      4,
      [3000],
    ]);
  });

  test('of the configuration alone apply the event configure', async () => {
    const id = await running('ada');
    const { revision } = await host.get(namespace, id);
    const entry = await host.update(namespace, id, { name: 'ada', configuration: { exposedPorts: [3000] } });
    expect([entry.sandbox.version, entry.sandbox.generation, entry.revision]).toEqual([3, 2, revision + 1]);
    expect(entry.configuration.exposedPorts).toEqual([3000]);
    const rows = await host.history(namespace, id, { afterVersion: 2 });
    expect(rows.map(({ event }) => event.type)).toEqual(['configure']);
  });

  test('of a terminated sandbox are rejected', async () => {
    const id = await running('ada');
    await host.send(namespace, id, { type: 'terminate' });
    await expect(host.update(namespace, id, { configuration: { exposedPorts: [1] } })).rejects.toThrow(
      RuleError,
    );
    await expect(host.update(namespace, id, { name: 'grace' })).rejects.toThrow(
      /Cannot update a terminated sandbox/,
    );
  });
});

describe('snapshots', () => {
  test('are in progress, then completed with their size and address, and outlive their sandbox', async () => {
    const id = await running(null);
    driver.script('snapshot', async () => ({ sizeBytes: 42, uri: 'file:///x' }));
    const { entry } = await host.send(namespace, id, { type: 'snapshot', snapshotType: 'filesystem' });
    const snapshotId = entry.sandbox.snapshotId ?? '';
    expect((await host.getSnapshot(namespace, snapshotId)).status).toBe('in_progress');
    await clock.settle();
    await host.send(namespace, id, { type: 'terminate' });
    expect(await host.getSnapshot(namespace, snapshotId)).toMatchObject({
      status: 'completed',
      sizeBytes: 42,
      uri: 'file:///x',
      sandboxId: id,
    });
    expect((await host.listSnapshots({ namespace, limit: 9 })).items).toHaveLength(1);
    expect((await host.listSnapshots({ namespace: 'elsewhere', limit: 9 })).items).toEqual([]);
  });

  test.each([
    [
      'terminated',
      async (id: string) => void (await host.send(namespace, id, { type: 'terminate' })),
      'The sandbox was terminated during the capture.',
    ],
    [
      'crashed',
      async (id: string) => driver.crash({ sandboxId: id, incarnation: 1, reason: 'oom' }),
      'The sandbox crashed during the capture: oom',
    ],
    ['too slow', async () => clock.advance(600_000), 'The capture exceeded its time limit.'],
  ])('fail when the sandbox is %s', async (_reason, end, error) => {
    const id = await running(null);
    driver.script('snapshot', hang);
    const { entry } = await host.send(namespace, id, { type: 'snapshot', snapshotType: 'filesystem' });
    await end(id);
    await clock.settle();
    expect(await host.getSnapshot(namespace, entry.sandbox.snapshotId ?? '')).toMatchObject({
      status: 'failed',
      error,
    });
  });

  test('fail with the reason of the platform, and the sandbox keeps running', async () => {
    const id = await running(null);
    driver.script('snapshot', fail(new DriverError('No space is left.', { retryable: false })));
    const { entry } = await host.send(namespace, id, { type: 'snapshot', snapshotType: 'memory' });
    await clock.settle();
    expect(await host.getSnapshot(namespace, entry.sandbox.snapshotId ?? '')).toMatchObject({
      status: 'failed',
      error: 'No space is left.',
      type: 'memory',
    });
    expect(await status(id)).toBe('running');
  });

  test('can be restored once they are ready, and determine the resources', async () => {
    const { sandbox } = await host.create({ namespace, resources: { cpus: 2, diskMb: 20_480 } });
    await clock.settle();
    const { entry } = await host.send(namespace, sandbox.id, {
      type: 'snapshot',
      snapshotType: 'filesystem',
    });
    const snapshotId = entry.sandbox.snapshotId ?? '';
    await expect(host.create({ namespace, configuration: { snapshotId } })).rejects.toThrow(
      /its status is in_progress; retry when it is completed/,
    );
    await clock.settle();
    await expect(host.create({ namespace: 'elsewhere', configuration: { snapshotId } })).rejects.toThrow(
      NotFoundError,
    );
    await expect(
      host.create({ namespace, resources: { diskMb: 10_240 }, configuration: { snapshotId } }),
    ).rejects.toThrow(/less than the 20480/);
    const restored = await host.create({
      namespace,
      resources: { cpus: 4, diskMb: 30_720 },
      configuration: { snapshotId },
    });
    expect(restored.configuration.resources).toMatchObject({ cpus: 4, diskMb: 30_720 });
    await clock.settle();
    const memory = await host.send(namespace, restored.sandbox.id, {
      type: 'snapshot',
      snapshotType: 'memory',
    });
    await clock.settle();
    const again = await host.create({
      namespace,
      resources: { cpus: 9 },
      configuration: { snapshotId: memory.entry.sandbox.snapshotId },
    });
    expect(again.configuration.resources.cpus).toBe(4);
  });

  test('disappear from all results once deleted, and from the platform when no capture writes to them', async () => {
    const id = await running(null);
    driver.script('snapshot', hang);
    const { entry } = await host.send(namespace, id, { type: 'snapshot', snapshotType: 'filesystem' });
    const snapshotId = entry.sandbox.snapshotId ?? '';
    await host.deleteSnapshot(namespace, snapshotId);
    await clock.settle();
    await expect(host.getSnapshot(namespace, snapshotId)).rejects.toThrow(NotFoundError);
    expect(driver.deletedSnapshots).toEqual([]);
    await clock.advance(600_000);
    expect(driver.deletedSnapshots).toEqual([snapshotId]);
    expect(await store.removableSnapshots('', 99)).toEqual([]);
    await host.deleteSnapshot(namespace, snapshotId);
    expect(await store.removableSnapshots('', 99)).toEqual([]);
    await expect(host.deleteSnapshot('elsewhere', snapshotId)).rejects.toThrow(NotFoundError);
  });
});

describe('close', () => {
  test('does not wait forever for a driver that hangs', async () => {
    driver.script('boot', () => new Promise(() => {}));
    driver.close = () => new Promise(() => {});
    driver.adopt = () => new Promise(() => {});
    await host.create({ namespace });
    await clock.settle();
    const closed = host.close();
    await clock.advance(30_000);
    await closed;
    expect(problems).toContain('Error: The driver did not stop in time.');
    expect(problems).toContain('Error: The driver did not end an aborted operation in time.');
    await host.close();
  });

  test('closes the store, whatever the driver does', async () => {
    await host.close();
    const closed: string[] = [];
    driver = fakeDriver();
    driver.close = () => {
      closed.push('driver');
      throw new Error('no close today');
    };
    driver.watch = () => () => {
      throw new Error('no unwatch today');
    };
    const watched = { ...store, close: async () => void closed.push('store') };
    host = await createHost({ store: watched, driver, clock, observe });
    await host.close();
    expect(closed).toEqual(['driver', 'store']);
    expect(problems).toEqual(['Error: no unwatch today', 'Error: no close today']);
  });

  test('a host that cannot start because its driver cannot be watched closes the store', async () => {
    const closed: string[] = [];
    const watched = { ...store, close: async () => void closed.push('store') };
    driver.watch = () => {
      throw new Error('no watch today');
    };
    await expect(createHost({ store: watched, driver, clock })).rejects.toThrow('no watch today');
    expect(closed).toEqual(['store']);
  });

  test('an observer that rejects ends nothing', async () => {
    await host.close();
    driver = fakeDriver();
    host = await createHost({
      store: memoryStore(),
      driver,
      clock,
      observe: (async () => {
        throw new Error('no log today');
      }) as () => void,
    });
    const { sandbox } = await host.create({ namespace });
    await clock.settle();
    expect((await host.get(namespace, sandbox.id)).sandbox.status).toBe('running');
  });

  test('ignores an observer that throws', async () => {
    await host.close();
    driver = fakeDriver();
    const throwing = () => {
      throw new Error('listener');
    };
    host = await createHost({ store, driver, clock, observe: throwing });
    driver.script('boot', fail(new Error('busy')), succeed);
    const { sandbox } = await host.create({ namespace });
    await clock.advance(1_000);
    expect(await status(sandbox.id)).toBe('running');
  });
});

test('the history has no gaps, and folding it results in the record', async () => {
  const id = await running('ada', 60);
  await host.send(namespace, id, { type: 'snapshot', snapshotType: 'filesystem' });
  await clock.settle();
  await host.update(namespace, id, { name: 'grace' });
  await clock.advance(60_000);
  await host.send(namespace, id, { type: 'resume' });
  await clock.settle();
  await host.send(namespace, id, { type: 'terminate' });
  const [first, ...rest] = await host.history(namespace, id);
  if (first?.event.type !== 'created') throw new Error('The history does not begin with the creation.');
  const { type: _, ...input } = first.event;
  let { sandbox } = createSandbox({ id, ...input });
  for (const { event, version, from, to } of rest) {
    expect(from).toBe(sandbox.status);
    if (event.type !== 'created') sandbox = transition(sandbox, event).sandbox;
    expect([sandbox.version, sandbox.status]).toEqual([version, to]);
  }
  expect(sandbox).toEqual(await record(id));
});

test('the policy of the host applies', async () => {
  await host.close();
  host = await createHost({
    store,
    driver,
    clock,
    policy: { planMaximumSeconds: 3600, operationLimitSeconds: { boot: 5 } },
  });
  await expect(host.create({ namespace, timeoutSeconds: 7200 })).rejects.toThrow(
    /above the 3600 seconds that your plan allows/,
  );
  const { sandbox } = await host.create({ namespace, timeoutSeconds: 0 });
  expect(sandbox.timeoutMs).toBe(3_600_000);
  expect(sandbox.operation?.deadline).toBe(clock.now() + 5_000);
  await expect(createHost({ store, driver, policy: { suspendRetryDelaySeconds: 0 } })).rejects.toThrow(
    /policy\.suspendRetryDelaySeconds/,
  );
  expect(parsePolicy().operationLimitSeconds.boot).toBe(600);
});
