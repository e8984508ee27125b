import type { Driver } from '../../../src/server/driver/driver.ts';
import { transient } from '../../../src/server/driver/failures.ts';
import type { SimulatedEffect } from '../../../src/server/driver/simulated/index.ts';
import { isLiving } from '../../../src/server/store/indexed-fields.ts';
import type { TimeoutQuery } from '../../../src/server/store/queries.ts';
import type { SnapshotRecord } from '../../../src/server/store/records.ts';
import type { DueTimeout, Store } from '../../../src/server/store/store.ts';
import { firstEventOnly } from '../server/first-event-only.ts';
import { calm, drawFaultProfile, type FaultProfile } from './fault-profile.ts';
import type { Run } from './simulate.ts';
import type { Overrides, World } from './world.ts';

/** A bug that is planted on purpose, and the violation that the simulation must report. */
export interface PlantedBug {
  readonly name: string;
  readonly overrides: Overrides;
  readonly expected: RegExp;
  /** The runs that must find it. By default the drawn ones. */
  readonly runs?: (seed: number) => Pick<Run, 'profile' | 'quietMs'>;
}

/** Runs without other faults that keep sandboxes for a while, so that wrong inventories are noticed. */
export const stressed =
  (faults: Partial<FaultProfile>): NonNullable<PlantedBug['runs']> =>
  () => ({
    profile: {
      ...calm,
      clients: 3,
      busyMs: 300_000,
      platform: { latencyMs: [0, 3_000], failures: 0.05 },
      ...faults,
    },
  });

/** Bugs of real platforms, and bugs that were nearly made in this project. */
export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'operations in progress are kept only in memory',
    overrides: { store: (store) => ({ ...store, unsettled: async () => [] }) },
    expected: /was not released|never got a response|its operation had \d+ of \d+ ms with a host/,
  },
  {
    name: 'an operation has no deadline',
    overrides: { memory: withoutDeadlines },
    expected: /is still (pending|snapshotting|suspending|suspended)/,
  },
  {
    name: 'timeouts are armed only in memory',
    overrides: { store: (store) => ({ ...store, nextTimeoutAt: async () => null }) },
    expected: /has been due for|is still/,
  },
  {
    name: 'the platform carries out an operation twice',
    overrides: {
      platform: (platform) => ({
        ...platform,
        carryOut(job) {
          const { kind, sandboxId, operation } = job;
          const isRepeated = platform.timesDone(sandboxId, operation) > 0;
          const captured = platform.carryOut(job);
          if (isRepeated) (platform.effects as SimulatedEffect[]).push({ kind, sandboxId, operation });
          return captured;
        },
      }),
    },
    expected: /was carried out 2 times/,
  },
  {
    name: 'time is measured from the start of the host',
    overrides: { clock: elapsedSince },
    expected: /has been due for|is still|an idle limit counts a step|its operation had/,
    // A longer run has no limit left at its end.
    runs: (seed) => {
      const profile = drawFaultProfile(seed);
      const platform = { ...profile.platform, silent: 0 };
      return { profile: { ...profile, losses: 0, orphans: 0, platform }, quietMs: 200_000 };
    },
  },
  {
    name: 'a response is sent before the commit',
    overrides: {
      store: (store) => ({
        ...store,
        async commit(commit) {
          store.commit(commit).catch(() => {});
          return { sequence: null };
        },
      }),
    },
    expected: /differs from the disk|is not on the disk/,
  },
  {
    name: 'a record is written although it has changed since it was read',
    overrides: {
      memory: (store) => ({
        ...store,
        async commit({ change, ...rest }) {
          if (change === undefined) return store.commit(rest);
          const before = (await store.get(change.after.sandbox.id)) ?? null;
          return store.commit({ ...rest, change: { ...change, before } });
        },
      }),
    },
    expected: /built on an older record/,
  },
  {
    name: 'the response for a key is stored after the commit',
    overrides: {
      store: (store) => ({
        ...store,
        async commit({ response, ...rest }) {
          const committed = await store.commit(rest);
          if (response) await store.commit({ response });
          return committed;
        },
      }),
    },
    expected:
      /(was carried out|took effect) 2 times|was caused by request|rejected|was unchanged, and has 1 rows/,
  },
  {
    name: 'a failed release is not retried',
    overrides: {
      driver: (driver, world) => ({
        ...blind(driver, world),
        release: (job) => driver.release(job).catch(() => {}),
      }),
    },
    expected: /is terminated, and on the platform it is (running|paused)/,
  },
  {
    name: 'a boot that ends after terminate is not cleaned up',
    overrides: {
      driver: (driver, world) => ({
        ...blind(driver, world),
        async boot(job) {
          await driver.boot(job);
          if (job.signal.aborted) throw transient('The boot was aborted.');
        },
      }),
    },
    expected: /is terminated, and on the platform it is running/,
  },
  {
    name: 'a snapshot is not settled when its sandbox ends first',
    overrides: {
      store: (store) => ({
        ...store,
        commit: ({ snapshot, ...rest }) =>
          store.commit(
            snapshot?.status === 'failed' || snapshot === undefined ? rest : { ...rest, snapshot },
          ),
      }),
    },
    expected: /is still in progress/,
  },
  {
    name: 'the data of a deleted snapshot is removed although a boot reads it',
    overrides: {
      store: withoutReaders(({ id, status }, deleted) => status === 'completed' && deleted.has(id)),
    },
    expected: /is removed while .* restores from it/,
  },
  {
    name: 'the data of a failed snapshot is removed although a boot reads it',
    overrides: { store: withoutReaders(({ status }) => status === 'failed') },
    expected: /is removed while .* restores from it/,
    runs: stressed({ clients: 8, platform: { latencyMs: [0, 20_000], localReady: 1, failures: 0.2 } }),
  },
  {
    name: 'a sandbox is created from a snapshot that was deleted since it was checked',
    overrides: {
      store: (store) => ({ ...store, commit: ({ restoredFrom: _, ...rest }) => store.commit(rest) }),
    },
    expected:
      /was created from snapshot .*, which (was deleted|is failed)|is removed while .* restores from it/,
  },
  {
    name: 'an update commits only its first event',
    overrides: { store: firstEventOnly },
    expected: /differs from the disk|must have a sequence|took effect/,
  },
  {
    name: 'a host forgets at its restart that a generation is not on the platform',
    overrides: { driver: withoutOldGenerations },
    expected: /has generation \d+, and on the platform \d+/,
    runs: stressed({ clients: 8, restarts: 8, platform: { latencyMs: [0, 20_000], failures: 0.3 } }),
  },
  {
    name: 'a suspended sandbox is not discarded after a restart',
    overrides: { store: withoutOldDiscards },
    expected: /is suspended, has been due for/,
  },
  {
    name: 'a downtime counts against the operations in progress',
    overrides: { store: (store, { clock }) => ({ ...store, lastHeartbeat: async () => clock.now() }) },
    expected: /its operation had \d+ of \d+ ms with a host/,
  },
  {
    name: 'the time before the last heartbeat counts as downtime too',
    overrides: { memory: (store) => ({ ...store, recordHeartbeat: async () => {} }) },
    expected: /by deadline.moved: it has \d+ ms left/,
  },
  {
    name: 'no idle limit is restarted after a start or a step of the clock',
    overrides: { store: (store) => ({ ...store, living: async () => [] }) },
    expected: /an idle limit counts (time without a host|a step of the clock)/,
  },
  {
    name: 'a sandbox is discarded right after a start',
    overrides: {
      store: (store) => ({
        ...store,
        due: (at, limit) => store.due(at, limit),
        nextTimeoutAt: () => store.nextTimeoutAt(),
      }),
    },
    expected: /a discard too soon after a (start|step of the clock)/,
  },
  {
    name: 'a step of the clock is not noticed',
    overrides: {
      clock: (clock, { clock: world }) => ({ ...clock, elapsed: () => world.now() - 1_700_000_000_000 }),
    },
    expected: /an idle limit counts|too soon after a step|its operation had \d+ of \d+ ms with a host/,
  },
  {
    name: 'an inventory that fails counts as empty',
    overrides: {
      driver: (driver) => ({ ...driver, inventory: () => driver.inventory().catch(() => []) }),
    },
    expected: /has not lost this sandbox/,
    runs: stressed({ inventoryWrong: { how: 'fails', fromMs: 50_000, forMs: 250_000 } }),
  },
  {
    name: 'an inspection that fails counts as absence',
    overrides: {
      driver: ({ inspect, ...driver }) => ({
        ...driver,
        ...(inspect && { inspect: (id) => inspect(id).catch(() => ({ state: 'absent' })) }),
      }),
    },
    expected: /has not lost this sandbox/,
    runs: stressed({ inspects: true, inspectFails: 1, inventoryLagMs: 150_000 }),
  },
  {
    name: 'the driver is not asked about a sandbox that the inventory omits',
    overrides: { driver: ({ inspect: _, ...driver }) => driver },
    expected: /has not lost this sandbox/,
    runs: stressed({ inspects: true, inventoryLagMs: 150_000 }),
  },
  {
    name: 'the stream skips a change',
    overrides: {
      store: (store) => ({
        ...store,
        async history(query) {
          const rows = await store.history(query);
          return query.sandboxId === undefined ? rows.filter(({ sequence }) => sequence % 7 > 0) : rows;
        },
      }),
    },
    expected: /the stream of (left|right)/,
  },
];

/** A store that lists some snapshots as removable although a pending sandbox restores from them. */
function withoutReaders(
  isListed: (snapshot: SnapshotRecord, deleted: ReadonlySet<string>) => boolean,
): NonNullable<Overrides['store']> {
  return (store, { audit }) => ({
    ...store,
    async removableSnapshots(afterId) {
      if (afterId !== '') return [];
      const removable = await store.removableSnapshots('', 99);
      const read = [...audit.snapshots.values()].filter((one) => isListed(one, audit.deletedSnapshots));
      const held = await Promise.all(read.map(({ id }) => store.isBeingRestored(id)));
      return [...removable, ...read.filter((_, index) => held[index]).map(({ id }) => id)];
    },
  });
}

/** A driver that does not get the generations from before its start. */
function withoutOldGenerations(driver: Driver, { audit }: World): Driver {
  const old = new Map([...audit.entries].map(([id, { sandbox }]) => [id, sandbox.generation]));
  return {
    ...driver,
    async configure(job) {
      if (job.generation > (old.get(job.sandboxId) ?? 0)) await driver.configure?.(job);
    },
  };
}

/** A store that does not return the limits of sandboxes that were suspended before it was opened. */
function withoutOldDiscards(store: Store, { audit }: World): Store {
  const old = new Set(
    [...audit.entries].filter(([, { sandbox }]) => sandbox.discardAt !== null).map(([id]) => id),
  );
  const isKept = ({ sandboxId, timeoutAt }: DueTimeout) =>
    !old.has(sandboxId) || audit.entries.get(sandboxId)?.sandbox.discardAt !== timeoutAt;
  const due = async (at: number, query?: TimeoutQuery) =>
    (await store.due(at, Number.POSITIVE_INFINITY, query)).filter(isKept);
  return {
    ...store,
    due: async (at, limit, query) => (await due(at, query)).slice(0, limit),
    nextTimeoutAt: async (query) => (await due(Number.POSITIVE_INFINITY, query))[0]?.timeoutAt ?? null,
  };
}

/** A store whose index has no deadlines of operations. */
function withoutDeadlines(store: Store): Store {
  const due = async (at: number, query?: TimeoutQuery) => {
    const found = await store.due(at, Number.POSITIVE_INFINITY, query);
    const entries = await Promise.all(found.map(({ sandboxId }) => store.get(sandboxId)));
    return found.filter((_, index) => entries[index]?.sandbox.operation === null);
  };
  return {
    ...store,
    due: async (at, limit, query) => (await due(at, query)).slice(0, limit),
    nextTimeoutAt: async (query) => (await due(Number.POSITIVE_INFINITY, query))[0]?.timeoutAt ?? null,
  };
}

/** A clock that reads the wall clock once, and then adds the elapsed time. */
function elapsedSince(clock: Parameters<NonNullable<Overrides['clock']>>[0], { clock: world }: World) {
  const start = clock.now() - Math.floor(world.elapsed());
  return { ...clock, now: () => start + Math.floor(world.elapsed()) };
}

/** A driver whose inventory omits sandboxes that have ended. */
function blind(driver: Driver, { audit }: World): Driver {
  return {
    ...driver,
    async inventory() {
      const found = await driver.inventory();
      return found.filter(({ sandboxId }) => {
        const entry = audit.entries.get(sandboxId);
        return entry === undefined || isLiving(entry);
      });
    },
  };
}
