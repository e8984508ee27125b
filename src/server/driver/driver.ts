import type { PendingReason } from '../../model/sandbox.ts';
import type { Configuration } from '../configuration.ts';

/** The driver calls that carry out operations. */
export type PlatformCallKind = 'boot' | 'snapshot' | 'suspend' | 'resume' | 'release';

/** An operation for a driver to carry out. The host may send the same job again after a restart or an error. */
export interface Job {
  readonly sandboxId: string;
  /** The id of the operation. A driver does the work under one id once. */
  readonly operation: number;
  /** When the host gives up, in epoch ms. */
  readonly deadline: number;
  /** Aborts when the host cancels the operation: leave the sandbox as it was before, and settle soon. */
  readonly signal: AbortSignal;
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
  /** Reports what the boot is waiting for. */
  readonly progress: (reason: PendingReason) => void;
}

/** The capture of a snapshot. */
export interface SnapshotJob extends Job {
  readonly snapshotId: string;
  /**
   * Reports that the snapshot can be restored while its upload is still in progress. Every host passes it; a driver
   * need not call it.
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

/** A sandbox that should exist by its record: running as this incarnation, or paused when `incarnation` is null. */
export interface Adopted {
  readonly sandboxId: string;
  readonly incarnation: number | null;
}

/** A sandbox that exists on the platform. */
export interface Found {
  readonly sandboxId: string;
  readonly state: 'running' | 'paused';
}

/**
 * Connects a host to a platform. Every method is idempotent by sandbox id and operation id, settles soon after its
 * signal aborts, and resolves only when the platform has reached the requested state. To fail, throw a {@link
 * DriverError}. One that is not retryable ends the operation, with its message as the reason. After any other error
 * the host retries until the deadline. Source: contract, section 5.
 */
export interface Driver {
  boot(job: BootJob): Promise<void>;
  snapshot(job: SnapshotJob): Promise<Captured>;
  suspend(job: Job): Promise<void>;
  resume(job: ResumeJob): Promise<void>;
  /**
   * Gives a running sandbox a new configuration. Idempotent by sandbox id and generation. Without this method a new
   * configuration takes effect at the next boot or resume.
   */
  configure?(job: ConfigureJob): Promise<void>;
  /** Frees everything that the sandbox holds. Resolves also when it holds nothing. */
  release(job: ReleaseJob): Promise<void>;
  /** Removes the data of a snapshot. Resolves also when it does not exist. */
  deleteSnapshot(snapshotId: string): Promise<void>;
  /** Every sandbox on the platform, whether or not this driver started it. The host compares it with its records. */
  inventory(): Promise<readonly Found[]>;
  /** Adopts the sandboxes of an earlier server process, and makes each run or pause as its record says. */
  adopt(sandboxes: readonly Adopted[]): Promise<void>;
  /** Calls back for each sandbox that ended unexpectedly. Returns a function that stops the reports. */
  watch(onCrash: (crash: Crash) => void): () => void;
  /** Closes the driver. The sandboxes stay as they are. */
  close(): Promise<void>;
}

/** The failure of an operation. Users read its message as the reason. */
export class DriverError extends Error {
  override readonly name = 'DriverError';
  /** Whether a retry of the same job may succeed. */
  readonly retryable: boolean;

  constructor(message: string, options: { retryable: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.retryable = options.retryable;
  }
}
