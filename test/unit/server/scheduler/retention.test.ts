import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseRetention } from '../../../../src/schema/parse.ts';
import {
  checkHistory,
  createHost,
  foldHistory,
  HistoryDeletedError,
  type Host,
  type HostOptions,
  type Observation,
  type Store,
} from '../../../../src/server/index.ts';
import { createRetention } from '../../../../src/server/scheduler/retention.ts';
import { memoryStore } from '../../../../src/server/store/memory.ts';
import { sqliteStore } from '../../../../src/server/store/sqlite/index.ts';
import { logObservations } from '../../../../src/server/telemetry/log.ts';
import { createMetrics } from '../../../../src/server/telemetry/metrics.ts';
import { type FakeDriver, fail, fakeDriver, hang } from '../../../harness/server/fake-driver.ts';
import { type VirtualClock, virtualClock } from '../../../harness/server/virtual-clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'retention-'));
afterAll(() => rmSync(folder, { recursive: true }));

const namespace = 'default';
const page = { namespace, limit: 99 };
let files = 0;
let host: Host;
let clock: VirtualClock;
let driver: FakeDriver;
let problems: unknown[];
let reports: Observation[];
let open: () => Store;

/** Starts a host, also after a restart. */
async function start(options: Partial<HostOptions> = {}): Promise<void> {
  problems = [];
  reports = [];
  host = await createHost({
    ...{ store: open(), driver, clock, random: () => 0, discardGraceSeconds: 0, ...options },
    observe(observation) {
      if (observation.type === 'problem') problems.push(observation.error);
      if (observation.type === 'retention') reports.push(observation);
    },
  });
}

async function restart(options: Partial<HostOptions> = {}): Promise<void> {
  await host.close();
  driver = fakeDriver(driver.platform);
  await start(options);
}

beforeEach(() => {
  clock = virtualClock();
  driver = fakeDriver();
});
afterEach(() => host.close());

/** Creates a sandbox that runs. Returns its id. */
async function running(name: string | null = null): Promise<string> {
  const { sandbox } = await host.create({ namespace, name });
  await clock.settle();
  return sandbox.id;
}

/** Creates a sandbox that has ended and is released. Returns its id. */
async function ended(name: string | null = null): Promise<string> {
  const id = await running(name);
  await host.send(namespace, id, { type: 'terminate' });
  await clock.settle();
  return id;
}

async function rename(id: string, times: number): Promise<void> {
  for (let count = 0; count < times; count++)
    await host.send(namespace, id, { type: 'rename', name: `n${count}` });
  await clock.settle();
}

/** Watches the changes after a position, until none follows. Returns how many there are. */
async function readFrom(after: number, sandboxId?: string): Promise<number> {
  const controller = new AbortController();
  const query = {
    namespace,
    after,
    ...(sandboxId !== undefined && { sandboxId }),
    signal: controller.signal,
  };
  let count = 0;
  const done = (async () => {
    for await (const _row of host.watch(query)) count += 1;
  })();
  // The test awaits it only after the clock has settled.
  done.catch(() => {});
  for (let times = 0; times < 5; times++) await clock.settle();
  controller.abort();
  await done;
  return count;
}

const minutes = (count: number) => clock.advance(count * 60_000);
const listed = async () => (await host.list(page)).items.map(({ sandbox }) => sandbox.id);
const archived = async () => (await host.listArchived(page)).items.map(({ sandbox }) => sandbox.id);
const historyOf = (id: string) => host.history(namespace, id, { limit: 999 });
const sequences = async (id: string) => (await historyOf(id)).map(({ sequence }) => sequence);

const halfAnHour = { archiveAfterSeconds: 60, deleteAfterSeconds: 1800 };

describe.each([
  ['memory', () => memoryStore()],
  ['SQLite', undefined],
])('the retention of a host on %s', (_, inMemory) => {
  beforeEach(() => {
    const path = join(folder, `${++files}.db`);
    const memory = inMemory?.();
    open = () => memory ?? sqliteStore(path);
  });

  test('archives an ended sandbox, which is found by id until it is deleted with its history', async () => {
    await start({ retention: halfAnHour });
    const id = await ended('ada');
    const other = await running();
    const [entry, history] = [await host.get(namespace, id), await historyOf(id)];
    await minutes(11);
    expect([await listed(), await archived()]).toEqual([[other], [id]]);
    expect(await host.get(namespace, id)).toEqual(entry);
    const { archivedAt, ...same } = await host.getArchived(namespace, id);
    expect(same).toEqual(entry);
    // The run after ten minutes was the first one after the sandbox had ended for a minute.
    expect(archivedAt).toBe(1_000_000 + 600_000);
    expect((await host.listArchived(page)).items).toEqual([{ ...entry, archivedAt }]);
    expect(await historyOf(id)).toEqual(history);
    const { result } = await host.send(namespace, id, { type: 'terminate' });
    expect(result).toMatchObject({ outcome: 'unchanged', reason: 'satisfied' });
    await restart({ retention: halfAnHour });
    expect([await listed(), await archived()]).toEqual([[other], [id]]);
    for (const unknown of [other, 'ada', 'unknown'])
      await expect(host.getArchived(namespace, unknown)).rejects.toThrow('does not exist in this namespace');
    await expect(host.getArchived('team', id)).rejects.toThrow('does not exist in this namespace');
    await minutes(31);
    expect([await listed(), await archived()]).toEqual([[other], []]);
    await expect(host.get(namespace, id)).rejects.toThrow('does not exist in this namespace');
    await expect(historyOf(id)).rejects.toThrow('does not exist in this namespace');
    expect((await host.get(namespace, other)).sandbox.status).toBe('running');
    expect(problems).toEqual([]);
  });

  test('keeps the usage and the snapshots of a deleted sandbox', async () => {
    await start({ retention: halfAnHour });
    const id = await running();
    const { entry } = await host.send(namespace, id, { type: 'snapshot' });
    const snapshotId = entry.sandbox.snapshotId as string;
    await clock.settle();
    await host.send(namespace, id, { type: 'terminate' });
    await minutes(45);
    await expect(host.get(namespace, id)).rejects.toThrow('does not exist in this namespace');
    expect(await host.getSnapshot(namespace, snapshotId)).toMatchObject({
      sandboxId: id,
      status: 'completed',
    });
    const { sandbox } = await host.create({ namespace, configuration: { snapshotId } });
    await clock.settle();
    expect((await host.get(namespace, sandbox.id)).sandbox.status).toBe('running');
  });

  test('keeps a sandbox whose release is not confirmed, however long it has ended', async () => {
    driver.script('release', fail(new Error('The platform is down.')));
    await start({ retention: halfAnHour });
    const id = await ended();
    await minutes(45);
    expect([await listed(), await archived()]).toEqual([[id], []]);
    driver.script('release', async () => undefined);
    await minutes(30);
    await expect(host.get(namespace, id)).rejects.toThrow('does not exist in this namespace');
  });

  test('null keeps for ever, and a deletion without an archive goes through it', async () => {
    await start({ retention: { archiveAfterSeconds: null, deleteAfterSeconds: null } });
    const id = await ended();
    await minutes(25);
    expect([await listed(), await archived()]).toEqual([[id], []]);
    await restart({ retention: { archiveAfterSeconds: 60, deleteAfterSeconds: null } });
    await minutes(25);
    expect([await listed(), await archived()]).toEqual([[], [id]]);
    const other = await ended();
    await restart({ retention: { archiveAfterSeconds: null, deleteAfterSeconds: 1800 } });
    await minutes(25);
    expect([await listed(), await archived()]).toEqual([[other], []]);
    await minutes(20);
    expect([await listed(), await archived()]).toEqual([[], []]);
  });

  test('continues a deletion that another host has begun, whatever the settings are by then', async () => {
    await start({ retention: { archiveAfterSeconds: 60, deleteAfterSeconds: null } });
    const id = await ended();
    await minutes(11);
    await host.close();
    const store = open();
    await store.retention?.deleteArchived(Number.MAX_SAFE_INTEGER, 1);
    if (!inMemory) await store.close();
    await start({ retention: { archiveAfterSeconds: null, deleteAfterSeconds: null } });
    await minutes(11);
    expect(await readFrom(0)).toBe(0);
    await expect(host.get(namespace, id)).rejects.toThrow('does not exist in this namespace');
  });

  test('neither archives nor deletes for a while after a start and a step of the clock', async () => {
    await start({ retention: halfAnHour, discardGraceSeconds: 900 });
    const id = await ended();
    clock.jump(40 * 24 * 3_600_000);
    await minutes(14);
    expect([await listed(), await archived()]).toEqual([[id], []]);
    clock.jump(-40 * 24 * 3_600_000);
    await minutes(16);
    expect([await listed(), await archived()]).toEqual([[], [id]]);
    await minutes(31);
    expect(await archived()).toEqual([]);
  });

  test('notices a step of the clock right before a run', async () => {
    await start({ retention: halfAnHour, discardGraceSeconds: 900 });
    // The runs are after 900 s and after 1,500 s.
    await clock.advance(1_490_000);
    const id = await ended();
    await clock.advance(1_499_500 - 1_490_000);
    clock.jump(40 * 24 * 3_600_000);
    await clock.advance(10_000);
    expect([await listed(), await archived()]).toEqual([[id], []]);
  });

  test('ends an archived sandbox that turns up on the platform, also after a restart', async () => {
    const retention = { archiveAfterSeconds: 60, deleteAfterSeconds: null };
    await start({ retention });
    const id = await ended();
    await minutes(11);
    expect([await listed(), await archived()]).toEqual([[], [id]]);
    driver.script('release', hang);
    driver.platform.set(id, 'running');
    await minutes(9);
    expect([await listed(), await archived()]).toEqual([[id], []]);
    await restart({ retention });
    await minutes(30);
    expect(driver.platform.has(id)).toBe(false);
    expect([await listed(), await archived()]).toEqual([[], [id]]);
    expect(problems).toEqual([]);
  });

  test('forgets no response and no deleted snapshot because of a step of the clock', async () => {
    const openNext = open;
    let store: Store | undefined;
    open = () => {
      store = openNext();
      return store;
    };
    await start({ retention: halfAnHour, discardGraceSeconds: 900 });
    // The runs are after 900 s and after 1,500 s.
    await clock.advance(1_490_000);
    const request = { namespace, name: 'n' };
    const first = await host.create(request, { idempotencyKey: 'key' });
    await clock.settle();
    const { entry } = await host.send(namespace, first.sandbox.id, { type: 'snapshot' });
    await clock.settle();
    const snapshotId = entry.sandbox.snapshotId as string;
    await host.deleteSnapshot(namespace, snapshotId);
    await clock.advance(1_499_500 - 1_490_000);
    clock.jump(366 * 24 * 3_600_000);
    await clock.advance(1_000);
    clock.jump(-366 * 24 * 3_600_000);
    await clock.advance(1_000);
    expect((await host.create(request, { idempotencyKey: 'key' })).sandbox.id).toBe(first.sandbox.id);
    expect((await host.list(page)).items).toHaveLength(1);
    const deleted = () => store?.getSnapshot(snapshotId, { evenDeleted: true });
    expect(await deleted()).toBeDefined();
    await minutes(24 * 60 + 30);
    expect(await deleted()).toBeUndefined();
    await host.send(namespace, first.sandbox.id, { type: 'terminate' });
    const later = await host.create(request, { idempotencyKey: 'key' });
    expect(later.sandbox.id).not.toBe(first.sandbox.id);
    expect(problems).toEqual([]);
  });

  test('deletes nothing while the database is a restored one', async () => {
    const retention = {
      ...halfAnHour,
      eventsPerSandbox: 100,
      expireSnapshotsAfterSeconds: 60,
      snapshotsPerSandbox: 1,
    };
    await start({ retention, restored: true });
    const id = await ended();
    const named = await running('n');
    await rename(named, 250);
    await minutes(45);
    expect((await listed()).sort()).toEqual([id, named].sort());
    expect(await historyOf(named)).toHaveLength(252);
  });

  test('bounds the history of a living sandbox, which still leads to its record', async () => {
    await start({ retention: { eventsPerSandbox: 100 } });
    const [id, other] = [await running('n'), await running('short')];
    await rename(id, 350);
    const rows = await historyOf(id);
    expect(rows.length).toBeLessThan(200);
    expect(rows.length).toBeGreaterThanOrEqual(100);
    expect(rows[0]).toMatchObject({ isFirstKept: true, version: 352 - rows.length + 1 });
    expect(rows.slice(1).every((row) => row.isFirstKept === undefined)).toBe(true);
    const entry = await host.get(namespace, id);
    expect(foldHistory(rows)).toEqual(entry.sandbox);
    expect(checkHistory(rows, entry)).toBeUndefined();
    expect(await historyOf(other)).toHaveLength(2);
    await minutes(11);
    expect(await historyOf(id)).toHaveLength(100);
    expect(problems).toEqual([]);
  });

  test('cuts the histories that an earlier host has left too long', async () => {
    await start({ retention: { eventsPerSandbox: null } });
    const id = await running('n');
    await rename(id, 333);
    expect(await historyOf(id)).toHaveLength(335);
    await restart({ retention: { eventsPerSandbox: 120 } });
    await minutes(1);
    expect(await historyOf(id)).toHaveLength(120);
    expect(foldHistory(await historyOf(id))).toEqual((await host.get(namespace, id)).sandbox);
  });

  test('repeats a request whose rows were cut from the history with the present record', async () => {
    await start({ retention: { eventsPerSandbox: 100 } });
    const { sandbox } = await host.create({ namespace, name: 'n' }, { idempotencyKey: 'key' });
    await clock.settle();
    await rename(sandbox.id, 300);
    const again = await host.create({ namespace, name: 'n' }, { idempotencyKey: 'key' });
    expect(again.sandbox.id).toBe(sandbox.id);
  });

  test('deletes snapshots after their time, but not one that a boot reads', async () => {
    await start({ retention: { expireSnapshotsAfterSeconds: 1200 } });
    const id = await running();
    const take = async () => {
      const { entry } = await host.send(namespace, id, { type: 'snapshot' });
      await clock.settle();
      return entry.sandbox.snapshotId as string;
    };
    const [first, second] = [await take(), await take()];
    driver.script('boot', hang);
    const { sandbox } = await host.create({ namespace, configuration: { snapshotId: second } });
    await minutes(19);
    const kept = await take();
    const shown = async () => (await host.listSnapshots(page)).items.map((snapshot) => snapshot.id);
    expect((await shown()).sort()).toEqual([first, second, kept].sort());
    await minutes(12);
    // The boot exceeds its limit after ten minutes, unless it ends before.
    const isPending = (await host.get(namespace, sandbox.id)).sandbox.status === 'pending';
    expect(isPending).toBe(false);
    expect(await shown()).toEqual([kept]);
    expect(driver.deletedSnapshots.sort()).toEqual([first, second].sort());
  });

  test('keeps the newest completed snapshots of each sandbox', async () => {
    await start({ retention: { snapshotsPerSandbox: 2 } });
    const taken: Record<string, string[]> = {};
    for (const id of [await running(), await running()]) {
      taken[id] = [];
      for (let count = 0; count < 4; count++) {
        const { entry } = await host.send(namespace, id, { type: 'snapshot' });
        await clock.advance(1_000);
        taken[id]?.push(entry.sandbox.snapshotId as string);
      }
    }
    await minutes(11);
    const shown = (await host.listSnapshots(page)).items.map((snapshot) => snapshot.id);
    const all = Object.values(taken);
    expect(shown.sort()).toEqual(all.flatMap((ids) => ids.slice(2)).sort());
    expect(driver.deletedSnapshots.sort()).toEqual(all.flatMap((ids) => ids.slice(0, 2)).sort());
  });

  test('ends a watch whose next rows were deleted, and not one from the beginning', async () => {
    await start({ retention: { eventsPerSandbox: 100 } });
    const id = await running('n');
    const [, second] = await sequences(id);
    await rename(id, 330);
    await restart({ retention: { eventsPerSandbox: 100 } });
    await minutes(1);
    await expect(readFrom(second as number, id)).rejects.toThrow(HistoryDeletedError);
    const rows = await sequences(id);
    expect(await readFrom(0, id)).toBe(rows.length);
    expect(await readFrom((rows[0] as number) - 1, id)).toBe(rows.length);
    expect(await host.hasAllAfter(namespace, (rows[0] as number) - 1)).toBe(true);
    expect(await host.hasAllAfter(namespace, (rows[0] as number) - 2)).toBe(false);
    expect(await host.hasAllAfter('team', 0)).toBe(true);
  });
});

describe('the settings of retention', () => {
  beforeEach(() => {
    const memory = memoryStore();
    open = () => memory;
  });

  test('have defaults, and null for what is kept for ever', async () => {
    await start({ retention: { deleteAfterSeconds: null } });
    expect(host.retention).toEqual({
      archiveAfterSeconds: 86_400,
      deleteAfterSeconds: null,
      forgetResponsesAfterSeconds: 86_400,
      expireSnapshotsAfterSeconds: null,
      snapshotsPerSandbox: null,
      eventsPerSandbox: 10_000,
    });
    await restart();
    expect(host.retention.deleteAfterSeconds).toBe(2_592_000);
  });

  test.each([
    [{ archiveAfterSeconds: 59 }, 'retention.archiveAfterSeconds must be at least 60'],
    [{ deleteAfterSeconds: 1.5 }, 'retention.deleteAfterSeconds must be a whole number'],
    [{ eventsPerSandbox: 99 }, 'retention.eventsPerSandbox must be at least 100'],
    [{ snapshotsPerSandbox: 0 }, 'retention.snapshotsPerSandbox must be at least 1'],
    [{ snapshotsPerSandbox: 1_001 }, 'retention.snapshotsPerSandbox must be at most 1000'],
    [{ forgetResponsesAfterSeconds: 10 ** 10 }, 'must be at most 1000000000'],
    [{ deleteAfterDays: 1 }, 'retention.deleteAfterDays is not a field'],
  ])('%o is refused', async (retention, sentence) => {
    await start();
    const driver = fakeDriver();
    await expect(
      createHost({ store: memoryStore(), driver, clock, retention: retention as object }),
    ).rejects.toThrow(sentence);
  });
});

test('an error of one deletion is reported, does not keep the others, and is tried again', async () => {
  const memory = memoryStore();
  const retention = memory.retention as NonNullable<Store['retention']>;
  let fails = true;
  open = () => ({
    ...memory,
    retention: {
      ...retention,
      async archive(...query) {
        if (fails) throw new Error('The disk is broken.');
        return retention.archive(...query);
      },
    },
  });
  await start({ retention: { ...halfAnHour, eventsPerSandbox: 100 } });
  const [id, named] = [await ended(), await running('n')];
  await rename(named, 160);
  await minutes(11);
  expect(problems.map(String)).toContain('Error: The disk is broken.');
  expect(await historyOf(named)).toHaveLength(100);
  expect(await archived()).toEqual([]);
  fails = false;
  await minutes(10);
  expect(await archived()).toEqual([id]);
});

test('each run that did something is reported once', async () => {
  const memory = memoryStore();
  open = () => memory;
  await start({ retention: { ...halfAnHour, eventsPerSandbox: 100, snapshotsPerSandbox: 1 } });
  const [named] = [await running('n'), await ended(), await ended()];
  for (let count = 0; count < 2; count++) {
    await host.send(namespace, named, { type: 'snapshot' });
    await clock.settle();
  }
  await rename(named, 160);
  await minutes(25);
  const nothing = {
    type: 'retention',
    archivedSandboxes: 0,
    deletedRows: 0,
    deletedSnapshots: 0,
    cutEvents: 0,
  };
  const first = { ...nothing, archivedSandboxes: 2, deletedSnapshots: 1, cutEvents: 66 };
  expect(reports).toEqual([first]);
  await minutes(25);
  // Two marks, two records, and the three events of each.
  expect(reports).toEqual([first, { ...nothing, deletedRows: 10 }]);
});

test('a report is one line of the log, and counts in the metrics', async () => {
  const lines: unknown[] = [];
  const info = (fields: object, message: string) => void lines.push({ message, ...fields });
  const log = logObservations({ info } as never);
  const metrics = createMetrics();
  const counts = { archivedSandboxes: 2, deletedRows: 10, deletedSnapshots: 0, cutEvents: 66 };
  for (let times = 0; times < 2; times++)
    for (const observe of [log, metrics.observe]) observe({ type: 'retention', ...counts });
  expect(lines).toEqual([
    { message: 'retention', ...counts },
    { message: 'retention', ...counts },
  ]);
  const rendered = await metrics.render();
  expect(rendered).toContain('sandbox_lifecycle_retention_total{kind="archived_sandboxes"} 4');
  expect(rendered).toContain('sandbox_lifecycle_retention_total{kind="cut_events"} 132');
  expect(rendered).toContain('sandbox_lifecycle_retention_total{kind="deleted_snapshots"} 0');
  open = () => memoryStore();
  await start();
});

test('a snapshot that cannot be deleted does not keep the others', async () => {
  const memory = memoryStore();
  let refused: string | undefined;
  open = () => ({
    ...memory,
    async commit(commit) {
      refused ??= commit.deletedSnapshot?.id;
      if (commit.deletedSnapshot && commit.deletedSnapshot.id === refused)
        throw new Error('The disk is broken.');
      return memory.commit(commit);
    },
  });
  await start({ retention: { expireSnapshotsAfterSeconds: 60 } });
  const id = await running();
  for (let count = 0; count < 3; count++) {
    await host.send(namespace, id, { type: 'snapshot' });
    await clock.settle();
  }
  await minutes(11);
  expect((await host.listSnapshots(page)).items.map((snapshot) => snapshot.id)).toEqual([refused]);
  expect(problems.map(String)).toContain('Error: The disk is broken.');
});

test('of several hosts on one store, only the one whose turn it is archives and deletes', async () => {
  const memory = memoryStore();
  const retention = memory.retention as NonNullable<Store['retention']>;
  await start({ store: memory });
  const answers = [
    async () => false,
    () => Promise.reject(new Error('The store is busy.')),
    async () => true,
  ];
  const asked: unknown[] = [];
  let archivings = 0;
  const each = createRetention({
    store: {
      ...memory,
      retention: { ...retention, archive: async () => archivings++ * 0 },
    },
    holding: {
      async turn(...query) {
        asked.push(query);
        return answers.shift()?.() ?? false;
      },
    },
    ...{ clock, settings: parseRetention(), graceMs: 0, restored: false },
    adjusted: async () => {},
    deleteSnapshot: async () => {},
    observe: () => {},
    onProblem: (error) => void problems.push(error),
  });
  each.start();
  const counts: number[] = [];
  for (let runs = 0; runs < 3; runs++) {
    await clock.settle();
    counts.push(archivings);
    await minutes(10);
  }
  each.close();
  expect(counts).toEqual([0, 0, 1]);
  expect(asked[0]).toEqual(['retention', 300_000]);
  expect(problems.map(String)).toEqual(['Error: The store is busy.']);
});

test('a store without retention keeps everything', async () => {
  const { retention: _, ...store } = memoryStore();
  open = () => store;
  await start({ retention: { ...halfAnHour, eventsPerSandbox: 100 } });
  const [id, named] = [await ended(), await running('n')];
  await rename(named, 160);
  await minutes(45);
  expect((await listed()).sort()).toEqual([id, named].sort());
  expect(await host.listArchived(page)).toEqual({ items: [], previousCursor: null, nextCursor: null });
  await expect(host.getArchived(namespace, id)).rejects.toThrow('does not exist in this namespace');
  expect(await historyOf(named)).toHaveLength(162);
  expect(await host.hasAllAfter(namespace, 0)).toBe(true);
});
