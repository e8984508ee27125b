import type { SandboxEntry } from './records.ts';

/** One of several equal shares of the sandboxes. */
export interface Share {
  /** From 0. */
  readonly index: number;
  /** The number of shares, from 1. */
  readonly of: number;
}

/** The answer to a heartbeat. */
export interface Heartbeat {
  /** The time of the store, in epoch ms. It never depends on the clock of a host. */
  readonly now: number;
  /** The living hosts, this one included, ordered by name. */
  readonly alive: readonly string[];
  /** The sandboxes that this host holds, each with the revision of its record, without those whose records it cannot read. */
  readonly holds: ReadonlyMap<string, number>;
}

/** A host as the store knows it. Instants are epoch ms, by the time of the store. */
export interface KnownHost {
  readonly name: string;
  /** Its first heartbeat. */
  readonly startedAt: number;
  readonly lastHeartbeatAt: number;
  /** When its life ends without another heartbeat. */
  readonly aliveUntil: number;
  /** How many sandboxes it holds. */
  readonly held: number;
}

/** A page of the hosts of a store. */
export interface KnownHosts {
  /** The time of the store, in epoch ms. */
  readonly now: number;
  /** How many hosts are alive, on all pages. */
  readonly living: number;
  readonly hosts: readonly KnownHost[];
}

/** A sandbox that a host holds. */
export interface HeldSandbox {
  readonly sandboxId: string;
  readonly namespace: string;
  /** Since when the host holds it, in epoch ms by the time of the store. */
  readonly heldSince: number;
}

/** The host that holds a sandbox, and since when (epoch ms by the time of the store). */
export interface Holder {
  readonly host: string;
  readonly heldSince: number;
}

/** How long a store remembers a host that ended without leaving, in ms. */
export const hostMemoryMs = 3_600_000;

/**
 * Coordinates several hosts on one store. A host is alive while its last heartbeat is younger than its `aliveMs`, by the time of the
 * store. A host holds a sandbox while it alone may act on the platform for it.
 *
 * A commit with a `host` assigns the work that it leaves: a sandbox with platform work and without a living holder gets the host of the
 * commit, a living holder keeps it, and a commit that ends the work frees the sandbox. A commit that neither begins nor ends work leaves
 * the holder as it is.
 */
export interface SharedStore {
  /**
   * Registers this host, or renews it. Every host has a name of its own, also after a restart. Frees the sandboxes whose records this
   * release cannot read: a host of a newer release may have changed them.
   */
  heartbeat(host: string, aliveMs: number): Promise<Heartbeat>;
  /**
   * Takes at most `limit` sandboxes that have platform work but no living holder. Returns them; fewer than `limit` when it found no
   * more. A host that is not alive takes none.
   */
  take(host: string, limit: number): Promise<readonly SandboxEntry[]>;
  /**
   * Holds a sandbox, also one without work. Returns false when another living host holds it, when it does not exist, and when this
   * host is not alive.
   */
  hold(host: string, sandboxId: string): Promise<boolean>;
  /** Frees a sandbox that this host holds, and that has no platform work. Else does nothing. */
  letGo(host: string, sandboxId: string): Promise<void>;
  /** Returns true for one caller per interval, whichever host it is. An interval of 0 ends a turn at once. */
  turn(task: string, everyMs: number): Promise<boolean>;
  /** Ends the life of a host at once, and frees what it holds. */
  leave(host: string): Promise<void>;
  /** The living hosts, and for an hour those that ended without leaving, ordered by name, after this name. */
  hosts(afterName: string, limit: number): Promise<KnownHosts>;
  /**
   * The sandboxes that a host holds, ordered by id, after this id, also those whose records this release cannot read. Undefined for a
   * host that the store does not know.
   */
  heldBy(host: string, afterId: string, limit: number): Promise<readonly HeldSandbox[] | undefined>;
  /** The living host that holds a sandbox, or null. */
  holderOf(sandboxId: string): Promise<Holder | null>;
  /**
   * Calls `listener` with the ids of sandboxes that other hosts have changed, and with none when a host has left, so that there may be
   * work to take. A hint may be lost, and may come twice. Returns a function that ends it.
   */
  onHint(listener: (sandboxIds: readonly string[]) => void): () => void;
}

/** The number of buckets of sandboxes. A share is a set of buckets. */
const buckets = 4_096;

/** The bucket of a sandbox: a hash of its id, the same in every release. Stores index this field. */
export function bucketOf(sandboxId: string): number {
  // FNV-1a, with a last step that spreads the upper bits.
  let hash = 0x81_1c_9d_c5;
  for (let index = 0; index < sandboxId.length; index++)
    hash = Math.imul(hash ^ sandboxId.charCodeAt(index), 0x01_00_01_93);
  return ((hash ^ (hash >>> 15)) >>> 0) % buckets;
}

/** Whether a sandbox belongs to a share. */
export function isInShare(sandboxId: string, { index, of }: Share): boolean {
  return bucketOf(sandboxId) % of === index;
}
