import type { Adopted, Captured, Crash, PlatformCallKind } from '../driver.ts';
import type { SimulatedSandbox } from './simulated-sandbox.ts';

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
}

/** An operation for the platform to carry out at once. `snapshotId`: to boot from, or to capture. */
export interface SimulatedJob {
  readonly kind: PlatformCallKind;
  readonly sandboxId: string;
  readonly operation: number;
  readonly snapshotId?: string | null;
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
  /** Ends a sandbox, and reports a crash to every watcher unless `silent`. Returns whether the sandbox existed. */
  kill(sandboxId: string, options?: { reason?: string; silent?: boolean }): boolean;
  /** Carries out an operation, once by its id. Throws a permanent `DriverError` when it cannot. */
  carryOut(job: SimulatedJob): Captured | undefined;
  /**
   * Gives a running sandbox a generation of its configuration; ignores one that is not newer than its own. Throws a
   * permanent `DriverError` when this incarnation does not run.
   */
  configure(sandboxId: string, incarnation: number, generation: number): void;
  /** Makes a sandbox run or pause as the record says. Returns whether the sandbox exists. */
  adopt(sandbox: Adopted): boolean;
  /** Deletes a snapshot. Ignores an unknown one. */
  deleteSnapshot(snapshotId: string): void;
  /** Calls back for each crash. Returns a function that stops the reports. */
  watch(onCrash: (crash: Crash) => void): () => void;
  /** Counts an attempt under a key, and returns its number, from 1. */
  countAttempt(key: string): number;
}
