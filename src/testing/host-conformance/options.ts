import type { PolicyInput } from '../../model/policy.ts';
import type { Driver } from '../../server/driver/driver.ts';
import type { Host } from '../../server/host.ts';
import type { Clock } from '../../utils/clock.ts';

/** The platform, the policy and the clock of a host to check. They fit the options of `createHost`. */
export interface HostSetup {
  /** The driver that the host must use. It records its calls. Every host of the same data reaches the same platform. */
  readonly driver: Driver;
  readonly policy: PolicyInput;
  /** The clock that the host must use. Absent with the option `ownTime`. */
  readonly clock?: Clock;
}

/** The methods that every host has. */
type RequiredMethod = 'create' | 'get' | 'send' | 'history' | 'close';

/** The methods that an engine may lack. */
export type OptionalMethod =
  | 'update'
  | 'list'
  | 'watch'
  | 'position'
  | 'waitFor'
  | 'getSnapshot'
  | 'listSnapshots'
  | 'deleteSnapshot';

/** A host to check: a whole `Host`, or the methods of one that an engine has. */
export type HostUnderTest = Pick<Host, RequiredMethod> & Partial<Pick<Host, OptionalMethod>>;

/** A part of a host that an engine may lack: a method, the command `configure` or the parts of `WriteOptions`. */
export type HostPart = OptionalMethod | 'configure' | 'idempotencyKey' | 'ifVersion' | 'ifSandbox';

/** Options of the suite. A check that needs a missing option or part is skipped, and its name says so. */
export interface HostConformanceOptions<Under extends HostUnderTest = HostUnderTest> {
  /** Starts a host without data, for each check. */
  readonly open: (setup: HostSetup) => Under | Promise<Under>;
  /**
   * Ends a host as a crash does, without `close`, then awaits `whileDown`, and starts a host on the same data. The suite has already
   * stopped the driver and the clock of the earlier one: its calls never settle. Leave it out for a host that does not persist.
   */
  readonly restart?: (
    host: Under,
    setup: HostSetup,
    whileDown: () => Promise<void>,
  ) => Under | Promise<Under>;
  /** Starts a second host on the same data, beside the first. Leave it out for an engine with one host. */
  readonly another?: (host: Under, setup: HostSetup) => Under | Promise<Under>;
  /**
   * Returns the time of the host, in epoch ms, for a host that reads a clock of its own, such as that of its database. The suite then
   * waits in real time. Without this option the suite gives each host a clock, and moves it.
   */
  readonly ownTime?: () => number | Promise<number>;
  /** The parts that the engine lacks, each with the reason. The checks that use one are skipped, and their names have the reason. */
  readonly lacks?: Readonly<Partial<Record<HostPart, string>>>;
  /** The real time in which an expected change must happen, in ms. Default: 30 000. */
  readonly limitMs?: number;
  /** How long to watch that something does not happen, in ms of real time. Default: 50. More finds more, without false alarms. */
  readonly quietMs?: number;
}
