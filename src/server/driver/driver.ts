import type { PendingReason } from '../../model/sandbox.ts';
import type { Configuration } from '../configuration.ts';

/** The calls by which a driver carries out an operation. */
export type PlatformCallKind = 'boot' | 'snapshot' | 'suspend' | 'resume' | 'release';

/** One operation that a driver is to carry out. The same job may come again after a restart, or after an error. */
export interface Job {
  readonly sandboxId: string;
  /** The id of the operation: work that was done already under this id is not done again. */
  readonly operation: number;
  /** When it is given up, in epoch ms. */
  readonly deadline: number;
  /** Aborted when the operation is called off: leave the sandbox as it was before, and settle soon. */
  readonly signal: AbortSignal;
  readonly configuration: Configuration;
}

/** The end of a sandbox. Its operation is 0 when the host has no record of what is to be released. */
export type ReleaseJob = Pick<Job, 'sandboxId' | 'operation' | 'signal'>;

/** The first start of a sandbox, from scratch or from a snapshot. */
export interface BootJob extends Job {
  readonly snapshotId: string | null;
  /** Tells what the boot waits for. */
  readonly progress: (reason: PendingReason) => void;
}

/** The capture of a snapshot. */
export interface SnapshotJob extends Job {
  readonly snapshotId: string;
  /**
   * Tells that the copy can be restored from, while it is still on its way to where it will stay. Every host gives it; a
   * driver need not call it.
   */
  readonly localReady?: () => void;
}

/** What is known of a snapshot once it is captured. */
export interface Captured {
  readonly sizeBytes?: number;
  readonly uri?: string;
}

/** The thing that ran is gone. `incarnation` is the operation id of the boot or resume that brought it up. */
export interface Crash {
  readonly sandboxId: string;
  readonly incarnation: number;
  readonly reason: string;
}

/** A sandbox that the records say is there: running as this incarnation, or paused when that is null. */
export interface Adopted {
  readonly sandboxId: string;
  readonly incarnation: number | null;
}

/** Something that the platform has under the id of a sandbox. */
export interface Found {
  readonly sandboxId: string;
  readonly state: 'running' | 'paused';
}

/**
 * The platform, as a host sees it. Every method is idempotent by sandbox id and operation id, settles soon after its
 * signal aborts, and resolves only when the thing is true. To fail, throw a {@link DriverError}: one that is not
 * retryable ends the operation with its message as the reason, any other error is tried again until the deadline.
 * Source: contract, section 5, "What a platform owes in turn".
 */
export interface Driver {
  boot(job: BootJob): Promise<void>;
  snapshot(job: SnapshotJob): Promise<Captured>;
  suspend(job: Job): Promise<void>;
  resume(job: Job): Promise<void>;
  /** Gives up all that the sandbox holds. Resolves also when there is nothing. */
  release(job: ReleaseJob): Promise<void>;
  /** Removes what a snapshot holds. Resolves also when there is nothing. */
  deleteSnapshot(snapshotId: string): Promise<void>;
  /** All that there really is, whoever asked for it: what the host holds against its records. */
  inventory(): Promise<readonly Found[]>;
  /** Takes up what an earlier process of the server left running or paused, as the records say it should be. */
  adopt(sandboxes: readonly Adopted[]): Promise<void>;
  /** Calls back for everything that is gone without having been asked to. Answers how to stop listening. */
  watch(onCrash: (crash: Crash) => void): () => void;
  /** Lets go of the sandboxes, which stay as they are. */
  close(): Promise<void>;
}

/** An operation that failed, for a reason that a person can read. */
export class DriverError extends Error {
  override readonly name = 'DriverError';
  /** Whether the same job may succeed when it is tried again. */
  readonly retryable: boolean;

  constructor(message: string, options: { retryable: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.retryable = options.retryable;
  }
}
