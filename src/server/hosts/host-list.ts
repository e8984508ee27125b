import type { Clock } from '../../utils/clock.ts';
import { NotFoundError } from '../errors.ts';
import type { SandboxEntry } from '../store/records.ts';
import type { HeldSandbox, Holder, KnownHost } from '../store/shared.ts';
import type { Store } from '../store/store.ts';

/** Selects a page. */
export interface HostPageQuery {
  /** The most items, from 1. */
  readonly limit: number;
  /** The cursor of an earlier page. */
  readonly cursor?: string | undefined;
}

/** A host, for operators. Instants are epoch ms by the time of the store. */
export interface HostInfo extends Omit<KnownHost, 'lastHeartbeatAt' | 'aliveUntil'> {
  readonly isAlive: boolean;
  /** Null before the first one, on a store that belongs to one process. */
  readonly lastHeartbeatAt: number | null;
  /** When its life ends without another heartbeat; null on a store that belongs to one process. */
  readonly aliveUntil: number | null;
}

/** A page of the hosts of a store, by name. */
export interface HostPage {
  /** Whether several hosts can share the store. If not, the list has this host alone. */
  readonly isShared: boolean;
  /** The time of the store, in epoch ms. */
  readonly now: number;
  /** How many hosts are alive, on all pages. */
  readonly living: number;
  readonly items: readonly HostInfo[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/** A page of the sandboxes that a host holds, by id. */
export interface HeldPage {
  readonly items: readonly HeldSandbox[];
  /** Null on the last page. */
  readonly nextCursor: string | null;
}

/** The host that holds a sandbox at this moment. */
export interface SandboxHolder {
  /** Whether several hosts can share the store. If not, this host acts for every sandbox. */
  readonly isShared: boolean;
  /** How many hosts are alive. */
  readonly living: number;
  /** Null for a sandbox without platform work, which no host holds. */
  readonly holder: Holder | null;
}

/** Reads the hosts of a store, and what they hold. */
export interface HostList {
  /** The name of this host. On a store that several hosts share, each has one of its own. */
  readonly hostName: string;
  /** The living hosts, and for an hour those that ended without leaving. */
  hosts(query: HostPageQuery): Promise<HostPage>;
  /**
   * The sandboxes that a host holds: it alone may act on the platform for them. They are those with platform work in progress. Throws
   * `NotFoundError` for an unknown host.
   */
  heldSandboxes(hostName: string, query: HostPageQuery): Promise<HeldPage>;
  /** The host that holds a sandbox. Throws `NotFoundError` for an unknown sandbox, and as `get` does. */
  holderOf(namespace: string, idOrName: string): Promise<SandboxHolder>;
}

/** The parts of a host that its list of hosts uses. */
interface HostListParts {
  readonly store: Pick<Store, 'shared' | 'lastHeartbeat' | 'unsettled'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly hostName: string;
  readonly lookup: { sandbox(namespace: string, idOrName: string): Promise<SandboxEntry> };
  /** How many sandboxes this process works on. */
  readonly working: () => number;
}

/** Creates the list of the hosts that share a store, or of the one host that has it alone. */
export function createHostList(parts: HostListParts): HostList {
  const { store, hostName, lookup } = parts;
  const { shared } = store;
  if (shared === undefined) return aloneList(parts);
  return {
    hostName,
    async hosts({ limit, cursor = '' }) {
      const { now, living, hosts } = await shared.hosts(cursor, limit + 1);
      const items = hosts.map((host) => ({ ...host, isAlive: host.aliveUntil > now }));
      return { isShared: true, now, living, ...pageOf(items, limit, ({ name }) => name) };
    },
    async heldSandboxes(name, { limit, cursor = '' }) {
      const held = await shared.heldBy(name, cursor, limit + 1);
      if (held === undefined) throw new NotFoundError('host', name);
      return pageOf(held, limit, ({ sandboxId }) => sandboxId);
    },
    async holderOf(namespace, idOrName) {
      const { sandbox } = await lookup.sandbox(namespace, idOrName);
      const [holder, { living }] = await Promise.all([shared.holderOf(sandbox.id), shared.hosts('', 1)]);
      return { isShared: true, living, holder };
    },
  };
}

/** The list of a host that has its store alone. It holds everything since its start. */
function aloneList({ store, clock, hostName, lookup, working }: HostListParts): HostList {
  const startedAt = clock.now();
  return {
    hostName,
    async hosts({ cursor = '' }) {
      const lastHeartbeatAt = await store.lastHeartbeat();
      const alone = { name: hostName, isAlive: true, startedAt, lastHeartbeatAt, aliveUntil: null };
      const items = hostName > cursor ? [{ ...alone, held: working() }] : [];
      return { isShared: false, now: clock.now(), living: 1, items, nextCursor: null };
    },
    async heldSandboxes(name, { limit, cursor = '' }) {
      if (name !== hostName) throw new NotFoundError('host', name);
      const entries = await store.unsettled(cursor, limit + 1);
      const held = entries.map(({ sandbox, namespace }) => ({
        ...{ sandboxId: sandbox.id, namespace, heldSince: startedAt },
      }));
      return pageOf(held, limit, ({ sandboxId }) => sandboxId);
    },
    async holderOf(namespace, idOrName) {
      await lookup.sandbox(namespace, idOrName);
      return { isShared: false, living: 1, holder: null };
    },
  };
}

/** A page of a list that was read one item beyond it. */
function pageOf<Item>(found: readonly Item[], limit: number, keyOf: (item: Item) => string) {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: found.length > limit && last !== undefined ? keyOf(last) : null };
}
