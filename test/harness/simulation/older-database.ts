import { createHost } from '../../../src/server/create-host.ts';
import { type Driver, DriverError } from '../../../src/server/driver/driver.ts';
import { simulatedDriver, simulatedPlatform } from '../../../src/server/driver/simulated/index.ts';
import type { CommandRequest, CreateRequest, Host } from '../../../src/server/host.ts';
import { memoryStore } from '../../../src/server/store/memory.ts';
import type { Store } from '../../../src/server/store/store.ts';
import { createRandom, type Random } from '../shared/random.ts';
import { must } from '../shared/violation.ts';
import { type WorldClock, worldClock } from './world-clock.ts';

/** A planted bug: another driver for the second host, other graces, or a host without the mode for a restored database. */
export interface OlderDatabaseBug {
  readonly driver?: (driver: Driver) => Driver;
  readonly orphanGraceSeconds?: number;
  readonly restored?: boolean;
  /** How long the database is away in a run of the mode, in ms. */
  readonly awayMs?: number;
  /** The store of the host that starts when the mode is over. */
  readonly afterwards?: (store: Store) => Store;
}

const namespace = 'default';
const minuteMs = 60_000;

/** How long nothing may be destroyed after the start on an older database, in ms: the shortest grace of the defaults. */
const graceMs = 14 * minuteMs;

/** How long the second host gets to release what has no record, in ms. */
const afterGraceMs = 5 * minuteMs;

/**
 * Runs a host, copies its database, lets the host go on, and starts a second host on the copy. Throws when that host
 * destroys a sandbox that ran, before the grace is over, or does not end what a client terminates.
 */
export async function runOlderDatabase(seed: number, bug: OlderDatabaseBug = {}): Promise<void> {
  const random = createRandom(seed);
  const clock = worldClock();
  const platform = simulatedPlatform();
  const driver = () => simulatedDriver({ platform, clock, seed, latencyMs: [0, 3_000] });
  const disk = copiableStore();
  const options = { clock, random: random.next, createId: idsFrom(random) };

  const first = await createHost({ ...options, store: disk.store, driver: driver() });
  await live(first, clock, random, 12);
  const older = await disk.copy();
  await live(first, clock, random, 30);
  await closed(first, clock);
  const before = platform.sandboxes().map(({ sandboxId }) => sandboxId);

  const own = driver();
  const { driver: planted = (one: Driver) => one, ...graces } = bug;
  const second = await createHost({ ...options, ...graces, store: older, driver: planted(own) });
  await clock.pass(graceMs);
  for (const id of before)
    must(platform.get(id) !== undefined, `${id} ran, and was destroyed on an older database`);

  const known = await recordsOf(older);
  for (const id of known) void second.send(namespace, id, { type: 'terminate' }).catch(() => {});
  await clock.pass(graceMs + afterGraceMs);
  const left = platform.sandboxes().map(({ sandboxId }) => sandboxId);
  must(left.length === 0, `${left.join(', ')} is still on the platform`);
  await closed(second, clock);
}

/** How long the database is away in a run of the mode for a restored database, in ms. All limits pass meanwhile. */
const usuallyAwayMs = 6 * 60 * minuteMs;

/**
 * Runs a host with limits and snapshots, copies its database, lets the host go on, and starts a second host on the copy after hours,
 * in the mode for a restored database. Throws when that host deletes the data of a snapshot, ends a sandbox at a limit that passed
 * while the database was away, or destroys a sandbox that ran.
 */
export async function runRestoredDatabase(seed: number, bug: OlderDatabaseBug = {}): Promise<void> {
  const random = createRandom(seed);
  const clock = worldClock();
  const platform = simulatedPlatform();
  const driver = () => simulatedDriver({ platform, clock, seed, latencyMs: [0, 3_000] });
  const disk = copiableStore();
  const options = { clock, random: random.next, createId: idsFrom(random) };

  // The platform has not deleted anything when the database is lost.
  const deleteSnapshot = () => Promise.reject(new DriverError('Busy.', { retryable: true }));
  const firstDriver = { ...driver(), deleteSnapshot };
  const first = await createHost({ ...options, store: disk.store, driver: firstDriver });
  const limits = { timeoutSeconds: 2 * 60 * 60, suspendedTimeoutSeconds: 3 * 60 * 60 };
  await live(first, clock, random, 30, limits);
  await deleteSomeSnapshots(first, random);
  const older = await disk.copy();
  await live(first, clock, random, 12, limits);
  await closed(first, clock);
  const before = platform.sandboxes().map(({ sandboxId }) => sandboxId);
  const data = platform.snapshots().map(({ snapshotId }) => snapshotId);
  const { driver: planted = (one: Driver) => one, awayMs = usuallyAwayMs, ...rest } = bug;
  const { afterwards = (one: Store) => one, ...more } = rest;
  await clock.pass(awayMs);

  const own = planted(driver());
  const second = await createHost({ restored: true, ...options, ...more, store: older, driver: own });
  await clock.pass(20 * minuteMs);
  const isThere = new Set(platform.snapshots().map(({ snapshotId }) => snapshotId));
  for (const id of data) must(isThere.has(id), `the data of the snapshot ${id} was deleted in the mode`);
  for (const { sandboxId, event } of await older.history({ after: 0, limit: 10_000 }))
    must(event.type !== 'timeout', `${sandboxId} ended at a limit of the past`);
  // The limits begin again at the start, and pass later than this.
  await clock.pass(60 * minuteMs);
  for (const id of before)
    must(platform.get(id) !== undefined, `${id} ran, and was destroyed on a restored database`);

  const decided = await decideAboutAll(second, clock, random);
  await clock.pass(5 * minuteMs);
  await closed(second, clock);
  const third = await createHost({ ...options, store: afterwards(older), driver: driver() });
  await clock.pass(graceMs + afterGraceMs);
  for (const [id, decision] of decided)
    must(
      (platform.get(id) !== undefined) === (decision !== 'release'),
      `${id} was to ${decision}, and ${platform.get(id) ? 'is still on the platform' : 'was destroyed'}`,
    );
  for (const [id, decision] of decided)
    if (decision === 'adopt')
      must((await older.get(id)) !== undefined, `${id} was adopted and has no record`);
  await closed(third, clock);
}

/** Decides at random about each sandbox without a record. Returns the decisions. */
async function decideAboutAll(
  host: Host,
  clock: WorldClock,
  random: Random,
): Promise<ReadonlyMap<string, string>> {
  const decided = new Map<string, string>();
  const { items } = await meanwhile(clock, host.orphans({ limit: 1_000 }));
  for (const { sandboxId } of items) {
    const decision = random.pick(['keep', 'release', 'adopt'] as const);
    const names = { [sandboxId]: `found-${decided.size}` };
    await meanwhile(clock, host.decideOrphans({ decision, sandboxIds: [sandboxId], namespace, names }));
    decided.set(sandboxId, decision);
  }
  return decided;
}

/** Deletes about half of the snapshots, so that the copy has records whose data is about to be removed. */
async function deleteSomeSnapshots(host: Host, random: Random): Promise<void> {
  for (const { id } of (await host.listSnapshots({ namespace, limit: 100 })).items)
    if (random.chance(0.5)) await host.deleteSnapshot(namespace, id);
}

/** Sends random requests, with time between them. */
async function live(
  host: Host,
  clock: WorldClock,
  random: Random,
  requests: number,
  limits: Partial<CreateRequest> = {},
): Promise<void> {
  const ids: string[] = [];
  for (const { sandbox } of (await host.list({ namespace, limit: 100 })).items) ids.push(sandbox.id);
  for (let request = 0; request < requests; request++) {
    const target = random.pick(ids.length > 0 ? ids : ['']);
    if (target === '' || random.chance(0.35)) {
      const name = `box-${clock.elapsed().toFixed(0)}-${request}`;
      void host.create({ namespace, name, ...limits }).then(({ sandbox }) => ids.push(sandbox.id));
    } else void host.send(namespace, target, random.pick(commands)).catch(() => {});
    await clock.pass(random.between(100, 20_000));
  }
}

const commands: readonly CommandRequest[] = [
  { type: 'suspend' },
  { type: 'suspend' },
  { type: 'resume' },
  { type: 'resume' },
  { type: 'snapshot' },
  { type: 'terminate' },
];

async function closed(host: Host, clock: WorldClock): Promise<void> {
  await meanwhile(clock, host.close());
}

/** Lets time pass for the calls of the platform that a promise waits for. */
async function meanwhile<Result>(clock: WorldClock, awaited: Promise<Result>): Promise<Result> {
  await clock.pass(minuteMs);
  return awaited;
}

async function recordsOf(store: Store): Promise<readonly string[]> {
  return (await store.living('', 1_000)).map(({ sandbox }) => sandbox.id);
}

/** A store in memory, and a function that creates another one with the same data. */
function copiableStore(): { readonly store: Store; copy(): Promise<Store> } {
  const store = memoryStore();
  const commits: Parameters<Store['commit']>[0][] = [];
  let heartbeat: number | undefined;
  return {
    store: {
      ...store,
      async commit(commit) {
        const committed = await store.commit(commit);
        commits.push(commit);
        return committed;
      },
      async recordHeartbeat(at) {
        heartbeat = at;
        await store.recordHeartbeat(at);
      },
    },
    async copy() {
      const copy = memoryStore();
      for (const commit of commits) await copy.commit(commit);
      if (heartbeat !== undefined) await copy.recordHeartbeat(heartbeat);
      return copy;
    },
  };
}

function idsFrom(random: Random): () => string {
  return () => Array.from({ length: 8 }, () => random.between(0, 35).toString(36)).join('');
}
