import type { Clock } from '../../utils/clock.ts';
import type { OperationCounts } from '../reconciler/operation-counts.ts';
import type { Store, StoreStats } from '../store/store.ts';

/** The numbers of a host at this moment, for operators. */
export interface HostStats {
  /** The numbers of the store; null when it does not count them. */
  readonly store: StoreStats | null;
  /** The kind of the driver, such as `process`; null when it has none. */
  readonly driverKind: string | null;
  /** The timeouts that are due, at most 1,000. */
  readonly overdueTimeouts: number;
  /** How long the earliest of them is due, in ms; 0 without one. */
  readonly longestOverdueMs: number;
  readonly operations: OperationCounts;
  /** This host among those that share the store; null on a store of one process. */
  readonly membership: MembershipStats | null;
  /** The reports of crashes, repairs and other work in the background, without the operations. */
  readonly backgroundTasks: number;
}

/** The numbers of one of several hosts. */
export interface MembershipStats {
  /** The name of this host. */
  readonly host: string;
  /** The living hosts, by the last heartbeat of this one. */
  readonly living: number;
  /** The sandboxes that this host holds. */
  readonly held: number;
  /** How long ago this host sent the last heartbeat that succeeded, in ms. */
  readonly heartbeatAgeMs: number;
}

/** The most overdue timeouts that are counted. */
const mostOverdue = 1000;

/** The parts of a host that its numbers come from. */
interface StatsParts {
  readonly store: Store;
  readonly clock: Pick<Clock, 'now'>;
  readonly driverKind: string | undefined;
  readonly operations: () => OperationCounts;
  readonly backgroundTasks: () => number;
  readonly membership: (() => MembershipStats) | undefined;
}

/** Reads the numbers of a host. */
export async function readHostStats(parts: StatsParts): Promise<HostStats> {
  const { store, clock, driverKind = null } = parts;
  const now = clock.now();
  const due = await store.due(now, mostOverdue);
  return {
    store: (await store.stats?.()) ?? null,
    driverKind,
    overdueTimeouts: due.length,
    longestOverdueMs: Math.max(0, now - (due[0]?.timeoutAt ?? now)),
    operations: parts.operations(),
    membership: parts.membership?.() ?? null,
    backgroundTasks: parts.backgroundTasks(),
  };
}
