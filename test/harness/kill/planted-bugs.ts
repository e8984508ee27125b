import { setTimeout as sleep } from 'node:timers/promises';
import type { Driver, Store } from '../../../src/server/index.ts';
import { firstEventOnly } from '../server/first-event-only.ts';

/** A planted bug: replacements for parts of a server. */
interface PlantedBug {
  readonly store?: (store: Store) => Store;
  readonly driver?: (driver: Driver) => Driver;
}

/** Bugs of a server that only a crash reveals, by name; `none` is a correct server. */
export const plantedBugs = {
  none: {},
  'responds before it commits': { store: respondsEarly },
  'commits only the first event of an update': { store: firstEventOnly },
  'forgets its responses': { store: forgetsResponses },
  'releases only sandboxes that it booted itself': { driver: releasesOwn },
  'takes sandboxes of an earlier server for exited': { driver: findsOwn },
} satisfies Readonly<Record<string, PlantedBug>>;

/** The name of a planted bug. */
export type BugName = keyof typeof plantedBugs;

/** Writes a moment after it reports success. Reads wait for pending writes, so the bug is invisible while the server runs. */
function respondsEarly(store: Store): Store {
  let sequence = 0;
  let written: Promise<unknown> = store.lastSequence().then((last) => {
    sequence = last;
  });
  const started = written;
  return new Proxy(store, {
    get(target, name: keyof Store) {
      const part = target[name];
      if (typeof part !== 'function' || name === 'backup') return part;
      if (name !== 'commit')
        return (...args: never[]) => written.then(() => Reflect.apply(part, target, args));
      return async (commit: Parameters<Store['commit']>[0]) => {
        await started;
        const late = sleep(25).then(() => target.commit(commit));
        written = Promise.allSettled([written, late]);
        if (!commit.change?.history) return { sequence: null };
        sequence += 1 + (commit.change.earlier?.length ?? 0);
        return { sequence };
      };
    },
  });
}

function forgetsResponses(store: Store): Store {
  return {
    ...store,
    commit: ({ response: _, ...commit }) => store.commit(commit),
    response: async () => undefined,
  };
}

/** Reports sandboxes of an earlier server as released without releasing them, and omits them from the inventory. */
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

/** Finds only sandboxes that it booted itself, and claims that all others have exited. */
function findsOwn(driver: Driver): Driver {
  const own = new Set<string>();
  return {
    ...driver,
    boot(job) {
      own.add(job.sandboxId);
      return driver.boot(job);
    },
    inventory: async () => (await driver.inventory()).filter(({ sandboxId }) => own.has(sandboxId)),
    inspect: async (id) => {
      if (own.has(id) && driver.inspect) return driver.inspect(id);
      return { state: 'exited', exitCode: null, reason: 'It has exited.' };
    },
  };
}
