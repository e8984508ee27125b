import type { Configuration } from '../../server/configuration.ts';
import type { Driver, SnapshotJob } from '../../server/driver/driver.ts';

/** The type of a snapshot. */
export type SnapshotType = SnapshotJob['snapshotType'];

/** A driver to check, with its own platform or a shared one. */
export interface DriverUnderTest {
  readonly driver: Driver;
  /** Creates a new driver on the same platform, as a restarted server does. The previous driver is closed. */
  readonly reopen: () => Driver | Promise<Driver>;
  /** Called at the end, after all sandboxes of the check are released and its driver is closed. */
  readonly cleanUp?: () => void | Promise<void>;
}

/** Options of the suite. A check that needs a missing option is skipped, and its name says so. */
export interface DriverConformanceOptions<Under extends DriverUnderTest = DriverUnderTest> {
  /** Creates a driver for each check. */
  readonly create: () => Under | Promise<Under>;
  /** Ends a running sandbox from outside, as a crash would. */
  readonly kill?: (under: Under, sandboxId: string) => void | Promise<void>;
  /** Ends the program of a running sandbox by itself, with this exit code. */
  readonly exit?: (under: Under, sandboxId: string, code: number) => void | Promise<void>;
  /** The type of a snapshot on the platform. */
  readonly snapshotTypeOf?: (under: Under, snapshotId: string) => SnapshotType | Promise<SnapshotType>;
  /** The generation of the configuration that a running sandbox has on the platform. */
  readonly generationOf?: (under: Under, sandboxId: string) => number | Promise<number>;
  /** How often an operation took effect. */
  readonly timesDone?: (under: Under, sandboxId: string, operation: number) => number | Promise<number>;
  /** The configuration of the sandboxes, where it differs from the default. */
  readonly configuration?: Partial<Configuration>;
  /** The time limit of each call, after which it counts as hanging, in ms. Default: 10 000. */
  readonly limitMs?: number;
  /**
   * How long to watch that something does not happen, in ms. Default: 50. A longer time finds more, without false
   * alarms.
   */
  readonly quietMs?: number;
}
