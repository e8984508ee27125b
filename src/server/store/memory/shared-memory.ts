import type { Clock } from '../../../utils/clock.ts';
import { isUnsettled } from '../indexed-fields.ts';
import { memoryStore } from '../memory.ts';
import type { SandboxEntry } from '../records.ts';
import { type Holder, hostMemoryMs, type KnownHost, type SharedStore } from '../shared.ts';
import type { Commit, Committed, Store } from '../store.ts';

/** A store in memory that several hosts of one process use. */
export interface SharedMemoryStore extends Store {
  readonly shared: SharedStore;
  /** Opens the same data for another host. Closing one does not close the others. */
  another(): SharedMemoryStore;
}

/** Options of {@link sharedMemoryStore}. */
export interface SharedMemoryOptions {
  /** The time of the store. Default: that of this machine when it was created, and what has elapsed since. */
  readonly clock?: Pick<Clock, 'now'>;
}

/** A handle of the data, as the other handles see it. */
interface Handle {
  readonly listeners: Set<(sandboxIds: readonly string[]) => void>;
}

/** The data that all handles share. */
interface SharedData {
  readonly base: Store;
  readonly now: () => number;
  readonly hosts: Map<string, Omit<KnownHost, 'name' | 'held'>>;
  readonly turns: Map<string, number>;
  /** The host that holds each sandbox. It may be one that is not alive. */
  readonly holders: Map<string, Holder>;
  readonly handles: Set<Handle>;
  /** Runs one act at a time, so that a commit and the assignment of its work are one step. */
  readonly exclusive: <Result>(act: () => Promise<Result>) => Promise<Result>;
}

/**
 * Creates a store in memory that several hosts of one process share, for tests and simulations of several hosts.
 *
 * @example
 * const store = sharedMemoryStore({ clock });
 * const hosts = [store, store.another()].map((store) => createHost({ store, driver }));
 */
export function sharedMemoryStore({ clock }: SharedMemoryOptions = {}): SharedMemoryStore {
  const createdAt = Date.now() - performance.now();
  return openHandle({
    base: memoryStore(),
    now: () => clock?.now() ?? Math.floor(createdAt + performance.now()),
    hosts: new Map(),
    turns: new Map(),
    holders: new Map(),
    handles: new Set(),
    exclusive: createQueue(),
  });
}

function openHandle(data: SharedData): SharedMemoryStore {
  const { base, handles, exclusive } = data;
  const own: Handle = { listeners: new Set() };
  handles.add(own);
  return {
    ...base,
    shared: coordination(data, own),
    commit: (commit) => exclusive(() => commitAssigned(commit, data, own)),
    another: () => openHandle(data),
    async close() {
      handles.delete(own);
    },
  };
}

/** Commits, and assigns the platform work that the commit leaves. */
async function commitAssigned(commit: Commit, data: SharedData, own: Handle): Promise<Committed> {
  const committed = await data.base.commit(commit);
  const { change, host } = commit;
  if (change === undefined) return committed;
  const { id } = change.after.sandbox;
  const hadWork = change.before !== null && isUnsettled(change.before);
  if (isUnsettled(change.after)) {
    if (host !== undefined) hold(id, livingHolder(id, data)?.host ?? host, data);
  } else if (hadWork) data.holders.delete(id);
  hint([id], data, own);
  return host === undefined ? committed : { ...committed, holder: data.holders.get(id)?.host ?? null };
}

function coordination(data: SharedData, own: Handle): SharedStore {
  const { base, now, hosts, turns, holders, exclusive } = data;
  return {
    heartbeat: (host, aliveMs) =>
      exclusive(async () => {
        const at = now();
        for (const [name, { aliveUntil }] of hosts) if (aliveUntil < at - hostMemoryMs) hosts.delete(name);
        const startedAt = hosts.get(host)?.startedAt ?? at;
        hosts.set(host, { startedAt, lastHeartbeatAt: at, aliveUntil: at + aliveMs });
        const alive = [...hosts.keys()].filter((name) => isAlive(name, data)).sort();
        const entries = await Promise.all(heldIds(host, data).map((id) => base.get(id)));
        const revisions = entries.flatMap((entry) =>
          entry ? [[entry.sandbox.id, entry.revision] as const] : [],
        );
        return { now: at, alive, holds: new Map(revisions) };
      }),
    take: (host, limit) =>
      exclusive(async () => {
        if (!isAlive(host, data)) return [];
        const unsettled = await base.unsettled('', Number.MAX_SAFE_INTEGER);
        const free = (entry: SandboxEntry) => livingHolder(entry.sandbox.id, data) === undefined;
        const taken = unsettled.filter(free).slice(0, limit);
        for (const { sandbox } of taken) hold(sandbox.id, host, data);
        return taken;
      }),
    hold: (host, sandboxId) =>
      exclusive(async () => {
        const holder = livingHolder(sandboxId, data)?.host ?? host;
        if (holder !== host || !isAlive(host, data) || !(await base.get(sandboxId))) return false;
        hold(sandboxId, host, data);
        return true;
      }),
    letGo: (host, sandboxId) =>
      exclusive(async () => {
        const entry = await base.get(sandboxId);
        if (holders.get(sandboxId)?.host === host && !(entry && isUnsettled(entry)))
          holders.delete(sandboxId);
      }),
    turn: (task, everyMs) =>
      exclusive(async () => {
        const next = turns.get(task) ?? Number.NEGATIVE_INFINITY;
        // A turn in the far future is from before the clock was set back.
        if (next > now() && next <= now() + everyMs) return false;
        for (const [other, nextAt] of turns) if (nextAt <= now()) turns.delete(other);
        turns.set(task, now() + everyMs);
        return true;
      }),
    leave: (host) =>
      exclusive(async () => {
        hosts.delete(host);
        for (const id of heldIds(host, data)) holders.delete(id);
        hint([], data, own);
      }),
    async hosts(afterName, limit) {
      const known = [...hosts].map(([name, times]) => ({ name, ...times, held: heldIds(name, data).length }));
      const later = known.filter(({ name }) => name > afterName).sort((a, b) => (a.name < b.name ? -1 : 1));
      const living = known.filter(({ name }) => isAlive(name, data)).length;
      return { now: now(), living, hosts: later.slice(0, limit) };
    },
    heldBy: (host, afterId, limit) =>
      exclusive(async () => {
        if (!hosts.has(host)) return undefined;
        const ids = heldIds(host, data).filter((id) => id > afterId);
        const entries = await Promise.all(ids.slice(0, limit).map((id) => base.get(id)));
        return entries.flatMap((entry) => {
          if (entry === undefined) return [];
          const { namespace, sandbox } = entry;
          const heldSince = holders.get(sandbox.id)?.heldSince ?? now();
          return [{ sandboxId: sandbox.id, namespace, heldSince }];
        });
      }),
    holderOf: async (sandboxId) => livingHolder(sandboxId, data) ?? null,
    onHint(listener) {
      own.listeners.add(listener);
      return () => own.listeners.delete(listener);
    },
  };
}

const isAlive = (host: string, { hosts, now }: SharedData) => (hosts.get(host)?.aliveUntil ?? now()) > now();

function livingHolder(sandboxId: string, data: SharedData): Holder | undefined {
  const holder = data.holders.get(sandboxId);
  return holder !== undefined && isAlive(holder.host, data) ? holder : undefined;
}

/** Makes a host the holder of a sandbox. One that holds it already goes on. */
function hold(sandboxId: string, host: string, { holders, now }: SharedData): void {
  if (holders.get(sandboxId)?.host !== host) holders.set(sandboxId, { host, heldSince: now() });
}

/** The sandboxes that a host holds, ordered by id. */
function heldIds(host: string, { holders }: SharedData): readonly string[] {
  return [...holders].flatMap(([id, holder]) => (holder.host === host ? [id] : [])).sort();
}

/** Gives all other handles a hint, after the present turn. */
function hint(sandboxIds: readonly string[], { handles }: SharedData, own: Handle): void {
  for (const handle of handles)
    if (handle !== own)
      queueMicrotask(() => {
        for (const listener of handle.listeners) listener(sandboxIds);
      });
}

/** Creates a queue that runs its acts one after the other, in the order of the calls. */
function createQueue(): SharedData['exclusive'] {
  let tail: Promise<unknown> = Promise.resolve();
  return (act) => {
    const result = tail.then(act);
    tail = result.catch(() => {});
    return result;
  };
}
