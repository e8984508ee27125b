import type { Configuration } from '../../server/configuration.ts';
import type { Driver } from '../../server/driver/driver.ts';

/** A driver to be checked, with a platform of its own or one that it shares with others. */
export interface DriverUnderTest {
  readonly driver: Driver;
  /** A new driver on the same platform, as a restarted server has one. The one before has been closed. */
  readonly reopen: () => Driver | Promise<Driver>;
  /** Called at the end, when all sandboxes of the check are released and its driver is closed. */
  readonly cleanUp?: () => void | Promise<void>;
}

/** What the suite needs. The checks of which something is left out are in it by name, and say so in their names. */
export interface DriverConformanceOptions<Under extends DriverUnderTest = DriverUnderTest> {
  /** Called for each check. */
  readonly create: () => Under | Promise<Under>;
  /** Ends from outside what runs for a sandbox, as an accident would. */
  readonly kill?: (under: Under, sandboxId: string) => void | Promise<void>;
  /** How often an operation was really carried out. */
  readonly timesDone?: (under: Under, sandboxId: string, operation: number) => number | Promise<number>;
  /** What the sandboxes of the checks are given, where that is not nothing. */
  readonly configuration?: Partial<Configuration>;
  /** How long anything may take before it counts as hanging, in ms; 10 000 when left out. */
  readonly limitMs?: number;
  /** How long to watch that something does not happen, in ms; 50 when left out. More finds more, and never errs. */
  readonly quietMs?: number;
}
