import type { Driver } from '../../../src/server/driver/driver.ts';
import { transient } from '../../../src/server/driver/failures.ts';
import type { SandboxEntry } from '../../../src/server/store/records.ts';
import type { StoreRetention } from '../../../src/server/store/retention.ts';
import type { Store } from '../../../src/server/store/store.ts';
import { createRandom } from '../shared/random.ts';
import { namespaces } from './client.ts';
import { calm } from './fault-profile.ts';
import { createScript } from './script.ts';
import { type Run, simulate } from './simulate.ts';
import type { Overrides, World } from './world.ts';

/** The time in which the platform refuses to release one of the sandboxes, in ms. */
const stubbornMs = 900_000;

const [namespace] = namespaces;

/**
 * Runs a world whose retention is short, with crashes and a store that fails: sandboxes that end, one that cannot be released for a
 * while, others that stay, one of them with a long history, and a snapshot that outlives its sandbox.
 */
export function runRetention(seed: number, overrides: Overrides = {}): Promise<World> {
  const random = createRandom(Math.imul(seed, 0x9e3779b1));
  let stubborn = '';
  const script: Run['script'] = async ({ world, sender }) => {
    const steps = createScript(world, sender);
    const running = async (name: string | null) => {
      const id = await steps.create({ name });
      await steps.until(id, 'running');
      return id;
    };
    const [long, paused] = [await running('long'), await running('paused')];
    await steps.send(paused, { type: 'suspend' });
    await steps.until(paused, 'suspended');
    stubborn = await running(null);
    await steps.send(stubborn, { type: 'snapshot' });
    await steps.until(stubborn, 'running');
    for (const id of [stubborn, await running('a'), await running(null), await steps.create()])
      await steps.send(id, { type: 'terminate' });
    for (let count = 0; count < 230; count++) await steps.send(long, { type: 'rename', name: `n${count}` });
    await steps.pass(stubbornMs);
    await steps.send(await running('late'), { type: 'terminate' });
  };
  return simulate({
    seed,
    profile: {
      ...calm,
      ...{
        storeLatencyMs: random.pick([0, 3]),
        storeBusy: random.next() * 0.02,
        crashes: random.next() * 0.002,
      },
      ...{ restarts: 2, busyMs: 60_000, downtimeMs: 10_000 },
      retention: { archiveAfterSeconds: 60, deleteAfterSeconds: 120, eventsPerSandbox: 100 },
      platform: { latencyMs: [0, 500] },
    },
    overrides: { ...overrides, driver: (driver, world) => withoutRelease(driver, world, () => stubborn) },
    script,
    quietMs: 1_500_000,
  });
}

/** A platform that cannot release one sandbox for a while. */
function withoutRelease(driver: Driver, { clock }: World, sandboxId: () => string): Driver {
  return {
    ...driver,
    async release(job) {
      if (job.sandboxId === sandboxId() && clock.elapsed() < stubbornMs)
        throw transient('The platform is busy (simulated).');
      await driver.release(job);
    },
  };
}

/** A bug of retention, and the violation that the scenario must report. */
interface RetentionBug {
  readonly name: string;
  readonly memory: (store: Store) => Store;
  readonly expected: RegExp;
}

/** A store with a fault in its retention. */
const spoiled =
  (spoil: (retention: StoreRetention, store: Store) => Partial<StoreRetention>): RetentionBug['memory'] =>
  (store) => {
    const retention = store.retention as StoreRetention;
    return { ...store, retention: { ...retention, ...spoil(retention, store) } };
  };

/** A store that hides the sandboxes that `pick` returns for a deletion, in place of deleting them. */
const hiding =
  (pick: (store: Store, endedBefore: number) => Promise<readonly SandboxEntry[]>): RetentionBug['memory'] =>
  (store) => {
    const retention = store.retention as StoreRetention;
    const hidden = new Set<string>();
    const isShown = ({ sandbox }: SandboxEntry) => !hidden.has(sandbox.id);
    return {
      ...store,
      get: async (id) => (hidden.has(id) ? undefined : store.get(id)),
      retention: {
        ...retention,
        async listArchived(query) {
          const page = await retention.listArchived(query);
          return { ...page, items: page.items.filter(isShown) };
        },
        async deleteArchived(endedBefore) {
          const [first] = (await pick(store, endedBefore)).filter(isShown);
          if (first !== undefined) hidden.add(first.sandbox.id);
          return first === undefined ? 0 : 1;
        },
      },
    };
  };

const endedBy = (endedBefore: number) => (entry: SandboxEntry) =>
  (entry.sandbox.terminatedAt ?? Number.POSITIVE_INFINITY) < endedBefore;

/** Bugs that retention must not have. */
export const retentionBugs: readonly RetentionBug[] = [
  {
    name: 'a sandbox that is not released is deleted',
    memory: hiding(async (store, endedBefore) => {
      const { items } = await store.list({ namespace, limit: 999, statuses: ['terminated'] });
      return items.filter(endedBy(endedBefore)).filter(({ released }) => !released);
    }),
    expected: /was deleted, and is not released/,
  },
  {
    name: 'a living sandbox is archived',
    memory: spoiled((retention, store) => ({
      async listArchived(query) {
        const page = await retention.listArchived(query);
        const { items } = await store.list({ ...query, statuses: ['suspended'] });
        return { ...page, items: [...page.items, ...items.map((entry) => ({ ...entry, archivedAt: 0 }))] };
      },
    })),
    expected: /was archived, and is suspended/,
  },
  {
    name: 'a record is deleted before its history',
    memory: hiding(async (store, endedBefore) => {
      const page = await store.retention?.listArchived({ namespace, limit: 999 });
      return (page?.items ?? []).filter(endedBy(endedBefore));
    }),
    expected: /was deleted, and its history still has \d+ rows/,
  },
  {
    name: 'a sandbox is archived before its time',
    memory: spoiled((retention) => ({
      archive: (before, ...rest) => retention.archive(before + 3_600_000, ...rest),
    })),
    expected: /was archived too early/,
  },
  {
    name: 'nothing is ever deleted',
    memory: spoiled(() => ({ deleteArchived: async () => 0 })),
    expected: /has ended long ago, and is not deleted/,
  },
  {
    name: 'the history of a living sandbox loses its first rows without a mark',
    memory: (store) => ({
      ...store,
      history: async (query) => (await store.history(query)).map(({ isFirstKept: _, ...row }) => row),
    }),
    expected: /the history of \w+: Its row is missing/,
  },
  {
    name: 'the history of a living sandbox is cut too short',
    memory: spoiled((retention) => ({
      cutHistory: (id, kept, limit) => retention.cutHistory(id, kept - 1, limit),
    })),
    expected: /has 99 rows of history, and 100 must stay/,
  },
];
