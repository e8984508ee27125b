import type { PolicyInput } from '../model/policy.ts';
import type { QuotasInput } from '../schema/quotas.ts';
import type { RetentionInput } from '../schema/retention.ts';
import type { Clock } from '../utils/clock.ts';
import type { Driver } from './driver/driver.ts';
import type { Store } from './store/store.ts';
import type { Observation } from './telemetry/observation.ts';

/** The store and the driver of a host, and its settings. */
export interface HostOptions {
  readonly store: Store;
  readonly driver: Driver;
  /** Omitted limits have their defaults. */
  readonly policy?: PolicyInput;
  /** The quotas of each namespace. Omitted ones have their defaults, and null removes one. */
  readonly quotas?: QuotasInput | undefined;
  /** How long the host keeps what is old. Omitted settings have their defaults, and null is for ever. */
  readonly retention?: RetentionInput | undefined;
  readonly clock?: Clock;
  /** Returns numbers from 0 to less than 1, which spread retries. Default: `Math.random`. */
  readonly random?: () => number;
  /** Creates the ids of sandboxes and snapshots. By default, an id has 21 random characters of `[0-9a-z]`. */
  readonly createId?: () => string;
  /** The time between two comparisons of the platform's inventory with the records, in s. Default: 60. */
  readonly driftIntervalSeconds?: number;
  /**
   * How long the host waits after a start, and after a step of the clock, before it discards a sandbox that was suspended earlier, in s:
   * the clock may be wrong. Default: 900.
   */
  readonly discardGraceSeconds?: number;
  /**
   * How much longer than that interval a sandbox must be absent before the host ends it, and how long after its boot, its
   * resume or the start of the host it is not judged, in s. Default: 60.
   */
  readonly absenceGraceSeconds?: number;
  /**
   * How long a sandbox without a record is left alone, and how long the release of a sandbox waits that ended because it was
   * absent, in s. Default: 900.
   */
  readonly orphanGraceSeconds?: number;
  /** Whether the host releases sandboxes without a record after that grace. Default: `release`. */
  readonly orphans?: 'release' | 'keep';
  /**
   * Whether the database is older than the platform, because a backup was restored. While the mode lasts, the host destroys nothing on
   * the platform but what a user terminates and what an operator releases: it keeps sandboxes without a record, and the data of
   * snapshots; absences wait for {@link Host.confirmAbsences}; other releases wait; and limits that passed before the start begin again.
   * Default: false.
   */
  readonly restored?: boolean | undefined;
  /**
   * The name of this host among those of a store that several hosts share, for operators: 1 to 128 letters, digits and `.:-_`. Every host
   * has one of its own, also after a restart. Default: a random one.
   */
  readonly hostName?: string;
  /**
   * How long the other hosts wait after the last heartbeat of this one before they take over its work, in s, from 1. A heartbeat is sent
   * five times in it. Only on a store that several hosts share. Default: 15.
   */
  readonly aliveSeconds?: number;
  /** Receives every observation, after the commit. Exceptions from this callback are ignored. */
  readonly observe?: (observation: Observation) => void;
}
