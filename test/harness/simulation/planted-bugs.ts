import type { Driver } from '../../../src/server/driver/driver.ts';
import { transient } from '../../../src/server/driver/failures.ts';
import type { SimulatedEffect } from '../../../src/server/driver/simulated/index.ts';
import { isLiving } from '../../../src/server/store/indexed-fields.ts';
import type { Store } from '../../../src/server/store/store.ts';
import type { Plant, World } from './world.ts';

/** A bug that is put in on purpose, and what the simulation must say of it. */
export interface PlantedBug {
  readonly name: string;
  readonly plant: Plant;
  readonly found: RegExp;
}

/** Bugs that were each seen in a real platform, or nearly made in this one. */
export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'what is under way is known from memory only',
    plant: { store: (store) => ({ ...store, unsettled: async () => [] }) },
    found: /was not released|was never answered/,
  },
  {
    name: 'an operation has no deadline',
    plant: { memory: withoutDeadlines },
    found: /is still (pending|snapshotting|suspending|suspended)/,
  },
  {
    name: 'timeouts are armed in memory only',
    plant: { store: (store) => ({ ...store, nextTimeoutAt: async () => null }) },
    found: /has been due for|is still/,
  },
  {
    name: 'the platform does again what it did',
    plant: {
      platform: (platform) => ({
        ...platform,
        carryOut(job) {
          const { kind, sandboxId, operation } = job;
          const isAgain = platform.timesDone(sandboxId, operation) > 0;
          const captured = platform.carryOut(job);
          if (isAgain) (platform.effects as SimulatedEffect[]).push({ kind, sandboxId, operation });
          return captured;
        },
      }),
    },
    found: /was done 2 times/,
  },
  {
    name: 'time is counted since the start of the host',
    plant: { clock: elapsedSince },
    found: /has been due for|is still/,
  },
  {
    name: 'an answer is sent before the commit',
    plant: {
      store: (store) => ({
        ...store,
        async commit(commit) {
          store.commit(commit).catch(() => {});
          return { sequence: null };
        },
      }),
    },
    found: /not what is on the disk|is not on the disk/,
  },
  {
    name: 'the record is written whatever it has become since it was read',
    plant: {
      memory: (store) => ({
        ...store,
        async commit({ change, ...rest }) {
          if (change === undefined) return store.commit(rest);
          const before = (await store.get(change.after.sandbox.id)) ?? null;
          return store.commit({ ...rest, change: { ...change, before } });
        },
      }),
    },
    found: /built on an older record/,
  },
  {
    name: 'the answer under a key is kept after the commit',
    plant: {
      store: (store) => ({
        ...store,
        async commit({ response, ...rest }) {
          const committed = await store.commit(rest);
          if (response) await store.commit({ response });
          return committed;
        },
      }),
    },
    found: /was done 2 times|the doing of request|rejected|was unchanged, and has 1 rows/,
  },
  {
    name: 'a release that failed is not tried again',
    plant: {
      driver: (driver, world) => ({
        ...blind(driver, world),
        release: (job) => driver.release(job).catch(() => {}),
      }),
    },
    found: /is terminated, and on the platform it is (running|paused)/,
  },
  {
    name: 'a boot that ends after terminate is not cleaned up',
    plant: {
      driver: (driver, world) => ({
        ...blind(driver, world),
        async boot(job) {
          await driver.boot(job);
          if (job.signal.aborted) throw transient('It was called off.');
        },
      }),
    },
    found: /is terminated, and on the platform it is running/,
  },
  {
    name: 'a snapshot is not settled when its sandbox goes first',
    plant: {
      store: (store) => ({
        ...store,
        commit: ({ snapshot, ...rest }) =>
          store.commit(
            snapshot?.status === 'failed' || snapshot === undefined ? rest : { ...rest, snapshot },
          ),
      }),
    },
    found: /is still in progress/,
  },
  {
    name: 'the stream leaves a change out',
    plant: {
      store: (store) => ({
        ...store,
        async history(query) {
          const rows = await store.history(query);
          return query.sandboxId === undefined ? rows.filter(({ sequence }) => sequence % 7 > 0) : rows;
        },
      }),
    },
    found: /the stream of (left|right)/,
  },
];

/** Deadlines of operations are in no index. */
function withoutDeadlines(store: Store): Store {
  const due = async (at: number) => {
    const found = await store.due(at, Number.POSITIVE_INFINITY);
    const entries = await Promise.all(found.map(({ sandboxId }) => store.get(sandboxId)));
    return found.filter((_, index) => entries[index]?.sandbox.operation === null);
  };
  return {
    ...store,
    due: async (at, limit) => (await due(at)).slice(0, limit),
    nextTimeoutAt: async () => (await due(Number.POSITIVE_INFINITY))[0]?.timeoutAt ?? null,
  };
}

/** A clock that reads the wall once, and then counts. */
function elapsedSince(clock: Parameters<NonNullable<Plant['clock']>>[0], { clock: world }: World) {
  const start = clock.now() - Math.floor(world.elapsed());
  return { ...clock, now: () => start + Math.floor(world.elapsed()) };
}

/** A driver that does not see what is there after its sandbox has ended. */
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
