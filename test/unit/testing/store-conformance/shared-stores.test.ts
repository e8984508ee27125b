import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import {
  ConflictError,
  KeyUsedError,
  NameTakenError,
  NewerRecordError,
  StoreBusyError,
} from '../../../../src/server/store/errors.ts';
import {
  type SharedMemoryStore,
  sharedMemoryStore,
} from '../../../../src/server/store/memory/shared-memory.ts';
import type { SandboxEntry } from '../../../../src/server/store/records.ts';
import type { Holder, KnownHost, SharedStore } from '../../../../src/server/store/shared.ts';
import type { Commit, Committed, Store } from '../../../../src/server/store/store.ts';
import type { StoreConformanceOptions } from '../../../../src/testing/store-conformance/index.ts';
import { storeConformance } from '../../../../src/testing/store-conformance/index.ts';
import { virtualClock } from '../../../harness/server/virtual-clock.ts';

/** The changes of one handle that make it faulty. It is called once for each handle of the data. */
type Fault = (handle: SharedMemoryStore) => Partial<Store>;

/** Creates the faults of the handles of one check, which may share what they know. */
type Faults = () => Fault;

const none: Faults = () => () => ({});

/** A shared memory store on a virtual clock, with a fault in each handle. */
function optionsWith(faults: Faults): StoreConformanceOptions & { readonly newer: Set<string> } {
  const newer = new Set<string>();
  let clock = virtualClock();
  let fault: Fault;
  let first: SharedMemoryStore;
  const spoiled = (handle: SharedMemoryStore) => {
    const honest = withNewer(handle, newer);
    return { ...honest, ...fault(honest) };
  };
  return {
    newer,
    open() {
      clock = virtualClock();
      fault = faults();
      newer.clear();
      first = sharedMemoryStore({ clock });
      return spoiled(first);
    },
    another: async () => spoiled(first.another()),
    passTime: (_, milliseconds) => clock.advance(milliseconds),
    cut: () => setImmediate(),
    makeNewer: (_, id) => void newer.add(id),
  };
}

/** Treats the records of some sandboxes as those of a newer release. */
function withNewer(store: SharedMemoryStore, newer: ReadonlySet<string>): SharedMemoryStore {
  const fail = (sandboxId: string): never => {
    const row = { sandboxId, namespace: 'default' };
    throw new NewerRecordError(row, { cause: new Error('It is newer.') });
  };
  const ours = <Item extends SandboxEntry>(entries: readonly Item[]) =>
    entries.filter(({ sandbox }) => !newer.has(sandbox.id));
  const shared: SharedStore = {
    ...store.shared,
    async heartbeat(...values) {
      const beat = await store.shared.heartbeat(...values);
      return { ...beat, holds: new Map([...beat.holds].filter(([id]) => !newer.has(id))) };
    },
    take: async (...query) => ours(await store.shared.take(...query)),
    hold: async (host, id) => !newer.has(id) && store.shared.hold(host, id),
  };
  return {
    ...store,
    shared,
    get: async (id) => (newer.has(id) ? fail(id) : store.get(id)),
    async getByName(...name) {
      const entry = await store.getByName(...name);
      return entry && newer.has(entry.sandbox.id) ? fail(entry.sandbox.id) : entry;
    },
    async list(query) {
      const page = await store.list(query);
      return { ...page, items: ours(page.items) };
    },
    due: async (...query) => (await store.due(...query)).filter(({ sandboxId }) => !newer.has(sandboxId)),
    living: async (...part) => ours(await store.living(...part)),
  };
}

/** A handle with some methods of `shared` replaced. */
const sharedFault =
  (replace: (shared: SharedStore, handle: SharedMemoryStore) => Partial<SharedStore>): Faults =>
  () =>
  (handle) => ({ shared: { ...handle.shared, ...replace(handle.shared, handle) } });

/** A handle that lists hosts with other times. */
const hostsFault = (change: (host: KnownHost) => Partial<KnownHost>): Faults =>
  sharedFault(({ hosts }) => ({
    async hosts(...page) {
      const found = await hosts(...page);
      return { ...found, hosts: found.hosts.map((host) => ({ ...host, ...change(host) })) };
    },
  }));

/** A handle with another `commit`. */
const commitFault =
  (act: (commit: Commit, handle: SharedMemoryStore) => Promise<Committed>): Faults =>
  () =>
  (handle) => ({ commit: (commit) => act(commit, handle) });

/** Commits on whatever the record is now: two hosts that compare by themselves, and do not lock. */
async function forced(commit: Commit, handle: Store): Promise<Committed> {
  const { change } = commit;
  const now = change && (await handle.get(change.after.sandbox.id));
  if (change === undefined || now === undefined) return handle.commit(commit);
  const after = { ...change.after, revision: now.revision + 1 };
  return handle.commit({ ...commit, change: { ...change, before: now, after } });
}

/** Stores with a fault that only several handles show, by the check that must find it. */
const wrong: Readonly<Record<string, readonly Faults[]>> = {
  'shows a commit of one host to every other host at once': [
    // Each host has a cache of the records.
    () => (handle) => {
      const cache = new Map<string, SandboxEntry>();
      return {
        async get(id) {
          const entry = cache.get(id) ?? (await handle.get(id));
          if (entry) cache.set(id, entry);
          return entry;
        },
      };
    },
  ],
  'lets exactly one of many hosts that write a record, a snapshot, a name or a key win': [
    // Each host compares before it waits, and does not lock.
    commitFault(async (commit, handle) => {
      const { change } = commit;
      const now = change && (await handle.get(change.after.sandbox.id));
      if (now?.revision !== change?.before?.revision) throw new ConflictError('a');
      await setImmediate();
      return forced(commit, handle);
    }),
    commitFault(({ snapshotBefore: _, ...commit }, handle) => handle.commit(commit)),
    () => {
      const names = new WeakMap<object, Set<string>>();
      return (handle) => ({
        async commit(commit) {
          const own = names.get(handle) ?? new Set();
          names.set(handle, own);
          const { name } = commit.change?.after.sandbox ?? {};
          if (name !== 'same') return handle.commit(commit);
          if (own.has(name)) throw new NameTakenError(name);
          own.add(name);
          return { sequence: 1 };
        },
      });
    },
    () => (handle) => {
      const keys = new Set<string>();
      return {
        async commit(commit) {
          if (!commit.response) return handle.commit(commit);
          if (keys.has(commit.response.key)) throw new KeyUsedError('key');
          keys.add(commit.response.key);
          return { sequence: null };
        },
      };
    },
  ],
  'loses no update of hosts that read again after a conflict': [
    commitFault(async (commit, handle) => {
      await setImmediate();
      return forced(commit, handle);
    }),
  ],
  'never adds a row before one that a follower has read, while several hosts write': [
    // Numbers are assigned outside of the lock, and some commits end later than those after them.
    () => {
      const hidden = new Set<number | null>();
      return (handle) => ({
        async commit(commit) {
          const committed = await handle.commit(commit);
          if (Number(committed.sequence) % 3 !== 0) return committed;
          hidden.add(committed.sequence);
          for (let turn = 0; turn < 5; turn++) await setImmediate();
          hidden.delete(committed.sequence);
          return committed;
        },
        history: async (query) =>
          (await handle.history(query)).filter(({ sequence }) => !hidden.has(sequence)),
      });
    },
  ],
  'opens the same data for several hosts at once, while another one writes': [
    // Each open prepares the data again.
    () => (handle) => {
      const id = `${Math.random()}`;
      return {
        ...handle,
        identity: { read: async () => ({ id, driverKind: null }), async writeDriverKind() {} },
      };
    },
    () => {
      let opened = 0;
      return (handle) => (opened++ === 0 ? handle : sharedMemoryStore());
    },
  ],
  'keeps all or nothing of a commit whose connection ends, and what was acknowledged': [
    // Acknowledges a commit that the end of the connection undoes.
    () => {
      let commits = 0;
      return (handle) => ({
        commit: async (commit) => (commits++ % 7 === 0 ? { sequence: 1 } : handle.commit(commit)),
      });
    },
    // Reports the end of a connection as a fault of the request.
    commitFault(async () => {
      throw new Error('Connection terminated');
    }),
    // Writes the record without its row.
    commitFault(async (commit, handle) => {
      if (commit.change?.history?.event.type !== 'boot.completed') return handle.commit(commit);
      const { history: _, ...change } = commit.change;
      await handle.commit({ change });
      throw new StoreBusyError('cut');
    }),
  ],
  'neither runs nor changes a record of a newer release': [
    () => (handle) => ({ get: async (id) => (id === 'work' ? undefined : handle.get(id)) }),
    () => (handle) => ({ due: async () => [{ sandboxId: 'work', timeoutAt: 5 }], living: handle.living }),
    sharedFault(() => ({ hold: async () => true })),
    // A host believes to hold what it cannot read.
    sharedFault(({ heartbeat }) => ({
      heartbeat: async (...values) => ({ ...(await heartbeat(...values)), holds: new Map([['work', 1]]) }),
    })),
    sharedFault(({ take }) => ({ take: async (...query) => (await take(...query)).slice(1) })),
  ],
  'assigns the work that a commit leaves to its host, and frees a sandbox whose work has ended': [
    // The host of the commit is not known to the store.
    commitFault(({ host: _, ...commit }, handle) => handle.commit(commit)),
    // Nothing is freed when the work ends.
    commitFault(async (commit, handle) => {
      const committed = await handle.commit(commit);
      if (commit.host === undefined || committed.holder !== null) return committed;
      await handle.shared.hold(commit.host, commit.change?.after.sandbox.id ?? '');
      return { ...committed, holder: commit.host };
    }),
  ],
  'leaves a sandbox with its living holder, whichever host commits': [
    // The last host that commits gets the work.
    commitFault(async (commit, handle) => {
      const committed = await handle.commit(commit);
      return committed.holder ? { ...committed, holder: commit.host ?? null } : committed;
    }),
    sharedFault(({ hold }) => ({ hold: (_, id) => hold('a', id) })),
  ],
  'gives the work of a host that has ended to the next host that commits': [
    // A lease that never expires.
    sharedFault(({ heartbeat }) => ({ heartbeat: (host) => heartbeat(host, Number.MAX_SAFE_INTEGER / 2) })),
    // A host that comes back still counts what it held, as a lease without fencing does.
    () => {
      const held = new Map<string, Set<string>>();
      return (handle) => ({
        async commit(commit) {
          const committed = await handle.commit(commit);
          const id = commit.change?.after.sandbox.id ?? '';
          const own = held.get(commit.host ?? '') ?? new Set();
          if (committed.holder === commit.host) held.set(commit.host ?? '', own.add(id));
          return committed;
        },
        shared: {
          ...handle.shared,
          async heartbeat(host, aliveMs) {
            const beat = await handle.shared.heartbeat(host, aliveMs);
            return { ...beat, holds: new Map([...(held.get(host) ?? [])].map((id) => [id, 1])) };
          },
        },
      });
    },
  ],
  'assigns nothing of a rejected commit': [
    // The host whose commit failed counts the sandbox as its own.
    () => {
      const failed = new Map<string, string>();
      return (handle) => ({
        commit: (commit) =>
          handle.commit(commit).catch((error: unknown) => {
            failed.set(commit.host ?? '', commit.change?.after.sandbox.id ?? '');
            throw error;
          }),
        shared: {
          ...handle.shared,
          async heartbeat(host, aliveMs) {
            const beat = await handle.shared.heartbeat(host, aliveMs);
            const id = failed.get(host);
            return id === undefined ? beat : { ...beat, holds: new Map([...beat.holds, [id, 1]]) };
          },
        },
      });
    },
  ],
  'takes only work without a living holder, at most as much as the limit, and none twice': [
    sharedFault(({ take }) => ({ take: (host) => take(host, 99) })),
    // Reads what is free, and takes it later.
    sharedFault((shared, handle) => ({
      async take(host, limit) {
        const free = (await handle.unsettled('', 99)).slice(0, limit);
        await setImmediate();
        for (const { sandbox } of free) await shared.hold(host, sandbox.id);
        return free;
      },
    })),
    // A host that is not alive takes too.
    sharedFault(({ take, heartbeat }) => ({
      async take(host, limit) {
        await heartbeat(host, 600_000);
        return take(host, limit);
      },
    })),
  ],
  'leaves a sandbox that has platform work with its holder when that lets go': [
    // It is freed, whatever its record says.
    () => {
      const freed = new Set<string>();
      return (handle) => ({
        shared: {
          ...handle.shared,
          async letGo(host, id) {
            await handle.shared.letGo(host, id);
            freed.add(id);
          },
          async heartbeat(host, aliveMs) {
            const beat = await handle.shared.heartbeat(host, aliveMs);
            return { ...beat, holds: new Map([...beat.holds].filter(([id]) => !freed.has(id))) };
          },
        },
      });
    },
  ],
  'lets one host at a time hold a sandbox, until it lets go or ends': [
    sharedFault(() => ({ hold: async () => true })),
    // Any host frees it.
    sharedFault(({ letGo }) => ({
      async letGo(_, id) {
        await letGo('a', id);
        await letGo('b', id);
      },
    })),
    sharedFault(() => ({ letGo: async () => {} })),
    // A commit without work frees it.
    commitFault(async (commit, handle) => {
      const committed = await handle.commit(commit);
      if (commit.host === undefined) return committed;
      for (const host of ['a', 'b']) await handle.shared.letGo(host, commit.change?.after.sandbox.id ?? '');
      return { ...committed, holder: null };
    }),
  ],
  'shows a host which hosts are alive and what it holds, by the time of the store': [
    sharedFault(({ heartbeat }) => ({
      async heartbeat(host, aliveMs) {
        return { ...(await heartbeat(host, aliveMs)), alive: [host] };
      },
    })),
    sharedFault(({ heartbeat }) => ({
      async heartbeat(host, aliveMs) {
        const beat = await heartbeat(host, aliveMs);
        return { ...beat, holds: new Map([...beat.holds.keys()].map((id) => [id, 1])) };
      },
    })),
    sharedFault(({ heartbeat }) => ({ heartbeat: (host) => heartbeat(host, Number.MAX_SAFE_INTEGER / 2) })),
  ],
  'frees everything that a host held when it leaves': [
    sharedFault(() => ({ leave: async () => {} })),
    // The host has ended, and what it held waits for the end of its time to live.
    sharedFault(({ leave, hold }) => ({
      async leave(host) {
        await leave(host);
        await hold('b', 'work');
      },
    })),
  ],
  'gives a turn to one host per interval, for each task': [
    sharedFault(() => ({ turn: async () => true })),
    sharedFault(({ turn }) => ({ turn: (_, everyMs) => turn('one', everyMs) })),
    // An interval of 0 does not end a turn.
    sharedFault(({ turn }) => ({ turn: async (task, everyMs) => everyMs === 0 || turn(task, everyMs) })),
    sharedFault(({ turn }) => ({ turn: (task) => turn(task, Number.MAX_SAFE_INTEGER / 2) })),
    // Each handle has turns of its own.
    () => (handle) => ({ shared: { ...handle.shared, turn: sharedMemoryStore().shared.turn } }),
  ],
  'gives each due timeout to exactly one share': [
    () => (handle) => ({ due: (at, limit) => handle.due(at, limit) }),
    () => (handle) => ({ nextTimeoutAt: () => handle.nextTimeoutAt() }),
    // The limit is applied before the share.
    () => (handle) => ({
      async due(at, limit, { share, ...query } = {}) {
        const first = new Set((await handle.due(at, limit, query)).map(({ sandboxId }) => sandboxId));
        return (await handle.due(at, 999, { share, ...query })).filter(({ sandboxId }) =>
          first.has(sandboxId),
        );
      },
    }),
  ],
  'lists the hosts in pages, with how many sandboxes each holds': [
    // Shows only living hosts.
    sharedFault(({ hosts }) => ({
      async hosts(...page) {
        const found = await hosts(...page);
        return { ...found, hosts: found.hosts.filter(({ aliveUntil }) => aliveUntil > found.now) };
      },
    })),
    // Counts the hosts of the page.
    sharedFault(({ hosts }) => ({
      async hosts(...page) {
        const found = await hosts(...page);
        return { ...found, living: found.hosts.length };
      },
    })),
    sharedFault(({ hosts }) => ({ hosts: (afterName) => hosts(afterName, 99) })),
    sharedFault(({ hosts }) => ({ hosts: (_, limit) => hosts('', limit) })),
    // Never forgets a host.
    () => {
      const ever = new Map<string, KnownHost>();
      return ({ shared }) => ({
        shared: {
          ...shared,
          async hosts(afterName, limit) {
            const found = await shared.hosts(afterName, 99);
            for (const host of found.hosts) ever.set(host.name, host);
            const all = [...ever.values()].filter(({ name }) => name > afterName && name !== 'a');
            return found.living === 1
              ? { ...found, hosts: all.slice(0, limit) }
              : shared.hosts(afterName, limit);
          },
        },
      });
    },
    // Counts what all hosts hold together.
    sharedFault(({ hosts }) => ({
      async hosts(...page) {
        const found = await hosts(...page);
        const held = found.hosts.reduce((sum, host) => sum + host.held, 0);
        return { ...found, hosts: found.hosts.map((host) => ({ ...host, held })) };
      },
    })),
  ],
  'knows when each host began and sent its last heartbeat, by the time of the store': [
    hostsFault((host) => ({ startedAt: host.lastHeartbeatAt })),
    hostsFault((host) => ({ lastHeartbeatAt: host.startedAt })),
    hostsFault((host) => ({ aliveUntil: host.startedAt + 1_800_000 })),
    // Takes the time of the host that asks.
    sharedFault(({ hosts }) => ({
      hosts: async (...page) => ({ ...(await hosts(...page)), now: Date.now() }),
    })),
  ],
  'lists what a host holds in pages, and since when': [
    sharedFault(({ heldBy }) => ({ heldBy: (host, afterId) => heldBy(host, afterId, 99) })),
    sharedFault(({ heldBy }) => ({ heldBy: (host, _, limit) => heldBy(host, '', limit) })),
    sharedFault(({ heldBy }) => ({
      heldBy: async (...page) =>
        (await heldBy(...page))?.map((held) => ({ ...held, heldSince: held.heldSince + 300_000 })),
    })),
    // A repeated hold begins again.
    () => {
      const begun = new Map<string, number>();
      return ({ shared }) => ({
        shared: {
          ...shared,
          async hold(host, id) {
            begun.set(id, (await shared.hosts('', 1)).now);
            return shared.hold(host, id);
          },
          heldBy: async (...page) =>
            (await shared.heldBy(...page))?.map((held) => ({
              ...held,
              heldSince: begun.get(held.sandboxId) ?? held.heldSince,
            })),
        },
      });
    },
    // Shows what all hosts hold.
    sharedFault(({ heldBy }) => ({
      async heldBy(_, ...page) {
        const all = [...((await heldBy('a', ...page)) ?? []), ...((await heldBy('b', ...page)) ?? [])];
        return all.sort((x, y) => (x.sandboxId < y.sandboxId ? -1 : 1));
      },
    })),
    sharedFault(({ heldBy }) => ({ heldBy: async (...page) => (await heldBy(...page)) ?? [] })),
  ],
  'names the living holder of a sandbox, and since when': [
    sharedFault(() => ({ holderOf: async () => null })),
    // Names a holder that is not alive.
    () => {
      const last = new Map<string, Holder>();
      return ({ shared }) => ({
        shared: {
          ...shared,
          async holderOf(id) {
            const holder = (await shared.holderOf(id)) ?? last.get(id) ?? null;
            if (holder) last.set(id, holder);
            return holder;
          },
        },
      });
    },
    // The time is that of the first holder.
    () => {
      const first = new Map<string, number>();
      return ({ shared }) => ({
        shared: {
          ...shared,
          async holderOf(id) {
            const holder = await shared.holderOf(id);
            if (holder && !first.has(id)) first.set(id, holder.heldSince);
            return holder && { ...holder, heldSince: first.get(id) ?? 0 };
          },
        },
      });
    },
  ],
  'takes no time from the clock of a host: one may be a day off': [
    sharedFault(({ heartbeat }) => ({
      heartbeat: async (host, aliveMs) => ({ ...(await heartbeat(host, aliveMs)), now: Date.now() }),
    })),
    // Each host judges by its own clock whether the others are alive.
    () => {
      const seen = new Map<string, number>();
      return (handle) => ({
        shared: {
          ...handle.shared,
          async heartbeat(host, aliveMs) {
            const beat = await handle.shared.heartbeat(host, aliveMs);
            const now = Date.now();
            seen.set(host, now);
            return { ...beat, alive: beat.alive.filter((name) => now - (seen.get(name) ?? now) < aliveMs) };
          },
        },
      });
    },
  ],
};

/** A check that waits for a hint fails only after a minute, so its faulty store is left out. */
const slow = ['gives the other hosts a hint of each change'];

const needsAnother = () => {
  const alone = new Set(storeConformance({ open: sharedMemoryStore }).map(({ name }) => name));
  return storeConformance(optionsWith(none)).filter(({ name }) => !alone.has(name));
};

test('every check of several hosts has a store that fails it', () => {
  const names = needsAnother().map(({ name }) => name);
  expect([...Object.keys(wrong), ...slow].sort()).toEqual([...names].sort());
});

test.each(needsAnother().map(({ name }) => name))('%s: accepts a right store', async (name) => {
  expect(await failureOf(name, none)).toBeUndefined();
});

test.each(Object.entries(wrong))('%s: finds the faulty store', async (name, faults) => {
  for (const [index, fault] of faults.entries())
    expect(await failureOf(name, fault), `store ${index}`).toBeInstanceOf(Error);
});

/** The failure of a check on these stores; undefined when it passes. */
async function failureOf(checkName: string, faults: Faults): Promise<unknown> {
  const check = storeConformance(optionsWith(faults)).find(({ name }) => name === checkName);
  if (check === undefined) throw new Error(`Unknown check "${checkName}".`);
  return check.run().then(
    () => undefined,
    (error: unknown) => error,
  );
}
