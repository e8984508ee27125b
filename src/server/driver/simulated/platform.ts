import type { SnapshotRecord } from '../../store/records.ts';
import type { Adopted, Captured, Crash, Exit, Inspection, PlatformCallKind } from '../driver.ts';
import type { EndOptions, SimulatedSandbox } from './simulated-sandbox.ts';

/** An effect on the platform. `operation` is the incarnation when an operation did not cause the effect. */
export interface SimulatedEffect {
  readonly kind: PlatformCallKind | 'adopt' | 'die' | 'deleteSnapshot';
  readonly sandboxId: string;
  readonly operation: number;
}

/** A snapshot on the platform, and the operation that captured it. */
export interface SimulatedSnapshot extends Required<Captured> {
  readonly snapshotId: string;
  readonly sandboxId: string;
  readonly operation: number;
  readonly type: SnapshotRecord['type'];
}

/** An operation for the platform to carry out at once. `snapshotId`: to boot from, or to capture. */
export interface SimulatedJob {
  readonly kind: PlatformCallKind;
  readonly sandboxId: string;
  readonly operation: number;
  readonly snapshotId?: string | null;
  /** The type of the snapshot to capture. Default: `filesystem`. */
  readonly snapshotType?: SnapshotRecord['type'] | null;
  /** The owner of a sandbox that boots. The inventory returns it. */
  readonly owner?: string | null;
  /** When a boot happens, in epoch ms. Default: 0. */
  readonly at?: number;
  /** The generation of the configuration that a boot or a resume begins with. Default: 1. */
  readonly generation?: number;
  /** Carries it out even after a newer operation, which a correct platform must not do. */
  readonly unordered?: boolean;
}

/**
 * A platform in memory, with a list of all effects. It is correct and immediate: latency and faults happen in the
 * driver. It outlives its drivers, as a platform outlives a server.
 */
export interface SimulatedPlatform {
  /** The sandbox that exists under this id now. */
  get(sandboxId: string): SimulatedSandbox | undefined;
  /** The sandboxes that exist now. */
  sandboxes(): readonly SimulatedSandbox[];
  /** The snapshots that exist now. */
  snapshots(): readonly SimulatedSnapshot[];
  /** All effects so far, in order. A repeated operation appears once. Only grows. */
  readonly effects: readonly SimulatedEffect[];
  /** How often an operation took effect. An `adopt` that undoes an operation resets its count to 0. */
  timesDone(sandboxId: string, operation: number): number;
  /**
   * Ends a sandbox, and reports the end to every watcher: an exit with an `exitCode`, else a crash. `silent`: without a
   * report and without a trace. Returns whether the sandbox existed.
   */
  kill(sandboxId: string, options?: EndOptions): boolean;
  /** Returns the knowledge of the platform about a sandbox. */
  inspect(sandboxId: string): Inspection;
  /** Carries out an operation, once by its id. Throws a permanent `DriverError` when it cannot. */
  carryOut(job: SimulatedJob): Captured | undefined;
  /**
   * Gives a running sandbox a generation of its configuration; ignores one that is not newer than its own. Throws a
   * permanent `DriverError` when this incarnation does not run.
   */
  configure(sandboxId: string, incarnation: number, generation: number): void;
  /**
   * Makes a sandbox run or pause as the record says. Reports the end of a sandbox that has ended; does nothing for one
   * without a trace.
   */
  adopt(sandbox: Adopted): void;
  /**
   * Makes a snapshot restorable before its capture completes. Returns false, and does nothing, without the sandbox, or when
   * the operation is stale or was carried out.
   */
  prepare(job: SimulatedJob): boolean;
  /** Deletes a snapshot. Ignores an unknown one. */
  deleteSnapshot(snapshotId: string): void;
  /** Calls back for each crash and each exit. Returns a function that stops the reports. */
  watch(onEnd: (end: Crash | Exit) => void): () => void;
  /** Counts an attempt under a key, and returns its number, from 1. */
  countAttempt(key: string): number;
}
