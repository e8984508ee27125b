import type { PendingReason } from '../../model/sandbox.ts';
import type { Configuration } from '../configuration.ts';
import type { SnapshotRecord } from '../store/records.ts';

/** The driver calls that carry out operations. */
export type PlatformCallKind = 'boot' | 'snapshot' | 'suspend' | 'resume' | 'release';

/** An operation for a driver to carry out. The host may send the same job again after a restart or an error. */
export interface Job {
  readonly sandboxId: string;
  /** The id of the operation. A driver does the work under one id once. */
  readonly operation: number;
  /** When the host gives up, in epoch ms. It may move after a downtime or a step of the clock; the signal ends the operation. */
  readonly deadline: number;
  /** Aborts when the host cancels the operation: leave the sandbox as it was before, and settle soon. */
  readonly signal: AbortSignal;
  /**
   * Aborts when another host continues the operation: stop to wait for it, and undo nothing. Given on a store that several hosts
   * share. A driver that ignores it is right too: its result is not used.
   */
  readonly letGo?: AbortSignal;
  readonly configuration: Configuration;
}

/** The end of a sandbox. The operation is 0 when the host does not have a record of the sandbox. */
export type ReleaseJob = Pick<Job, 'sandboxId' | 'operation' | 'signal'>;

/** The resume of a paused sandbox. */
export interface ResumeJob extends Job {
  /** The generation of the configuration in the job. */
  readonly generation: number;
}

/** A new configuration for a sandbox that runs: its ports, its network, its access. */
export interface ConfigureJob extends Pick<Job, 'sandboxId' | 'signal' | 'configuration'> {
  /** The incarnation that runs, which is the operation that started it. */
  readonly incarnation: number;
  /** Grows with each change of the configuration. A driver ignores one that is older than what it has applied. */
  readonly generation: number;
}

/** The first start of a sandbox, from scratch or from a snapshot. */
export interface BootJob extends ResumeJob {
  readonly snapshotId: string | null;
  /** The type of that snapshot; null without one. */
  readonly snapshotType: SnapshotRecord['type'] | null;
  /**
   * The identity of the database that the sandbox belongs to, for a platform that several servers share; null without
   * one. The platform keeps it with the sandbox, and the inventory returns it.
   */
  readonly owner: string | null;
  /** Reports what the boot is waiting for. */
  readonly progress: (reason: PendingReason) => void;
}

/** The capture of a snapshot. */
export interface SnapshotJob extends Job {
  readonly snapshotId: string;
  readonly snapshotType: SnapshotRecord['type'];
  /**
   * Reports that the snapshot can be restored while its upload is still in progress. From then on its data stays until
   * `deleteSnapshot`, also when the capture fails or is aborted, because a boot may read it. Every host passes it; a
   * driver need not call it.
   */
  readonly localReady?: () => void;
}

/** The result of a capture. */
export interface Captured {
  readonly sizeBytes?: number;
  readonly uri?: string;
}

/** A sandbox that ended unexpectedly. `incarnation` is the operation id of the boot or resume that started it. */
export interface Crash {
  readonly sandboxId: string;
  readonly incarnation: number;
  readonly reason: string;
}

/** A sandbox whose program ended by itself. No operation, and neither the platform nor its machine, ended it. */
export interface Exit extends Crash {
  /** The exit code of the program; null when a signal ended it. */
  readonly exitCode: number | null;
}

/** The state of one sandbox, as far as a driver knows. */
export type Inspection =
  | { readonly state: 'running' | 'paused' }
  /** It existed and has ended: proof, unlike absence. A number as `exitCode` means that its program ended by itself. */
  | { readonly state: 'exited'; readonly exitCode: number | null; readonly reason: string }
  /** The driver has no trace of it. */
  | { readonly state: 'absent' };

/** A sandbox that should exist by its record: running as this incarnation, or paused when `incarnation` is null. */
export interface Adopted {
  readonly sandboxId: string;
  readonly incarnation: number | null;
}

/** A sandbox that exists on the platform. */
export interface Found {
  readonly sandboxId: string;
  readonly state: 'running' | 'paused';
  /** The `owner` of its boot. Undefined or null on a platform that does not keep it. */
  readonly owner?: string | null | undefined;
}

/** The mark of the database that owns the state of a driver. */
export interface Ownership {
  /** The identity of the database; null when the state has no owner yet. */
  read(): Promise<string | null>;
  /** Durable when it resolves. The host calls it once, for a state without an owner. */
  write(identity: string): Promise<void>;
}

/** The parts of a configuration that a platform can enforce on a running sandbox. */
export type EnforcedSetting = 'exposedPorts' | 'network' | 'allowUnauthenticatedAccess';

/**
 * Connects a host to a platform. Every method is idempotent by sandbox id and operation id, settles soon after its
 * signal aborts, and resolves only when the platform has reached the requested state. To fail, throw a {@link
 * DriverError}. One that is not retryable ends the operation, with its message as the reason. After any other error
 * the host retries until the deadline. Source: contract, section 5.
 */
export interface Driver {
  /** The kind of the platform, such as `process`. A database remembers it, and a server with another kind refuses to start. */
  readonly kind?: string;
  /**
   * The hosts that can reach what the driver made: only this process, or every host of a store that several share. Such a store needs
   * `everywhere`. Without this field: `process`.
   */
  readonly reach?: 'process' | 'everywhere';
  /** Absent on a driver that keeps no state of its own. */
  readonly ownership?: Ownership;
  /** The types of snapshots that the platform can take. The first one is the default. Without this field: both. */
  readonly snapshotTypes?: readonly SnapshotRecord['type'][];
  /**
   * The settings that the platform enforces. A driver without `configure` cannot change them while a sandbox runs, so the
   * host refuses such a change. Without this field: all of them.
   */
  readonly enforces?: readonly EnforcedSetting[];
  boot(job: BootJob): Promise<void>;
  snapshot(job: SnapshotJob): Promise<Captured>;
  suspend(job: Job): Promise<void>;
  resume(job: ResumeJob): Promise<void>;
  /**
   * Gives a running sandbox a new configuration. Idempotent by sandbox id and generation. Without this method, a change of
   * what the platform enforces is refused except while the sandbox is suspended.
   */
  configure?(job: ConfigureJob): Promise<void>;
  /** Frees everything that the sandbox holds. Resolves also when it holds nothing. */
  release(job: ReleaseJob): Promise<void>;
  /** Removes the data of a snapshot. Resolves also when it does not exist. */
  deleteSnapshot(snapshotId: string): Promise<void>;
  /** Every sandbox on the platform, whether or not this driver started it. The host compares it with its records. */
  inventory(): Promise<readonly Found[]>;
  /**
   * Looks at one sandbox. Rejects when the look fails: an error is never absence. With this method the host asks about each
   * sandbox that the inventory omits, before it counts as missing.
   */
  inspect?(sandboxId: string): Promise<Inspection>;
  /**
   * Adopts the sandboxes of an earlier server process, and makes each run or pause as its record says. A sandbox that the
   * driver does not find is not an error, and its absence alone is not a crash.
   */
  adopt(sandboxes: readonly Adopted[]): Promise<void>;
  /** Calls back for each sandbox that ended without a request. Returns a function that stops the reports. */
  watch(onEnd: (end: Crash | Exit) => void): () => void;
  /** Closes the driver. The sandboxes stay as they are. */
  close(): Promise<void>;
}

/** The failure of an operation. Users read its message as the reason. */
export class DriverError extends Error {
  override readonly name = 'DriverError';
  /** Whether a retry of the same job may succeed. */
  readonly retryable: boolean;
  /**
   * Whether the platform has carried out a newer operation of the sandbox. The record is then older than the platform, as
   * after a restore of the database: the host ends nothing because of it.
   */
  readonly isStale: boolean;

  constructor(message: string, options: { retryable: boolean; isStale?: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.retryable = options.retryable;
    this.isStale = options.isStale ?? false;
  }
}
