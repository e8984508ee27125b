import { setTimeout as sleep } from 'node:timers/promises';
import type { Driver, Store } from '../../../src/server/index.ts';

/** A way to spoil what a server is made of. */
interface PlantedBug {
  readonly store?: (store: Store) => Store;
  readonly driver?: (driver: Driver) => Driver;
}

/** Servers that are wrong in a way that only a crash brings to light, by what is wrong with them; `none` is right. */
export const plantedBugs = {
  none: {},
  'answers before it commits': { store: answersEarly },
  'forgets what it answered': { store: forgetsAnswers },
  'counts timeouts from its start': { store: armsAnew },
  'releases only what it booted itself': { driver: releasesOwn },
  'takes what it did not boot for gone': { driver: findsOwn },
} satisfies Readonly<Record<string, PlantedBug>>;

/** The name of a planted bug. */
export type BugName = keyof typeof plantedBugs;

/** Writes a moment after it has said so. Whoever reads waits for that, so it never shows while the server lives. */
function answersEarly(store: Store): Store {
  let sequence = 0;
  let written: Promise<unknown> = store.lastSequence().then((last) => {
    sequence = last;
  });
  const begun = written;
  return new Proxy(store, {
    get(target, name: keyof Store) {
      if (name !== 'commit')
        return (...args: never[]) => written.then(() => Reflect.apply(target[name], target, args));
      return async (commit: Parameters<Store['commit']>[0]) => {
        await begun;
        const late = sleep(25).then(() => target.commit(commit));
        written = Promise.allSettled([written, late]);
        return { sequence: commit.change?.history ? ++sequence : null };
      };
    },
  });
}

function forgetsAnswers(store: Store): Store {
  return {
    ...store,
    commit: ({ response: _, ...commit }) => store.commit(commit),
    response: async () => undefined,
  };
}

/** What it finds armed at its start is due only when its whole time has passed once more. */
function armsAnew(store: Store): Store {
  const startedAt = Date.now();
  const armed = async () => {
    const timeouts = await store.due(Number.MAX_SAFE_INTEGER, 10_000);
    return Promise.all(
      timeouts.map(async ({ sandboxId, timeoutAt }) => {
        const sandbox = (await store.get(sandboxId))?.sandbox;
        const isOld = sandbox !== undefined && sandbox.updatedAt < startedAt;
        return { sandboxId, timeoutAt: isOld ? startedAt + (sandbox.timeoutMs ?? 0) : timeoutAt };
      }),
    );
  };
  return {
    ...store,
    due: async (at, limit) => (await armed()).filter(({ timeoutAt }) => timeoutAt <= at).slice(0, limit),
    nextTimeoutAt: async () =>
      (await armed()).reduce<number | null>(
        (next, { timeoutAt }) => Math.min(next ?? timeoutAt, timeoutAt),
        null,
      ),
  };
}

/** What an earlier server booted is said to be released, and runs on; it is left out when it is asked what there is. */
function releasesOwn(driver: Driver): Driver {
  const own = new Set<string>();
  const left = new Set<string>();
  return {
    ...driver,
    boot(job) {
      own.add(job.sandboxId);
      return driver.boot(job);
    },
    async release(job) {
      if (own.has(job.sandboxId)) return driver.release(job);
      left.add(job.sandboxId);
    },
    inventory: async () => (await driver.inventory()).filter(({ sandboxId }) => !left.has(sandboxId)),
  };
}

function findsOwn(driver: Driver): Driver {
  const own = new Set<string>();
  return {
    ...driver,
    boot(job) {
      own.add(job.sandboxId);
      return driver.boot(job);
    },
    inventory: async () => (await driver.inventory()).filter(({ sandboxId }) => own.has(sandboxId)),
  };
}
