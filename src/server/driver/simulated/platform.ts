import type { Adopted, Captured, Crash, PlatformCallKind } from '../driver.ts';
import type { SimulatedSandbox } from './simulated-sandbox.ts';

/** Something that was really done, or happened. `operation` is the incarnation for what no operation did. */
export interface SimulatedEffect {
  readonly kind: PlatformCallKind | 'adopt' | 'die' | 'deleteSnapshot';
  readonly sandboxId: string;
  readonly operation: number;
}

/** A snapshot that is there, and the operation that captured it. */
export interface SimulatedSnapshot extends Required<Captured> {
  readonly snapshotId: string;
  readonly sandboxId: string;
  readonly operation: number;
}

/** What the platform is asked to do at this instant. `snapshotId`: to boot from, or to capture. */
export interface SimulatedJob {
  readonly kind: PlatformCallKind;
  readonly sandboxId: string;
  readonly operation: number;
  readonly snapshotId?: string | null;
  /** Do it also when a newer operation has been carried out since, as a platform must not. */
  readonly unordered?: boolean;
}

/**
 * What there is, in memory, and everything that was ever done to it. It keeps its word, and does all at once: what is slow
 * or goes wrong does so on the way, in the driver. It outlives its drivers, as a platform outlives a server.
 */
export interface SimulatedPlatform {
  /** What is there under this id now. */
  get(sandboxId: string): SimulatedSandbox | undefined;
  /** Everything that is there now. */
  sandboxes(): readonly SimulatedSandbox[];
  /** The snapshots that are there now. */
  snapshots(): readonly SimulatedSnapshot[];
  /** Everything that was really done, in order; an operation that came again is not in it again. It only grows. */
  readonly effects: readonly SimulatedEffect[];
  /** How often an operation was really carried out. One that an `adopt` undid starts again at none. */
  timesDone(sandboxId: string, operation: number): number;
  /** Ends what runs, and reports a crash to every watcher unless it is silent. Returns whether there was anything. */
  kill(sandboxId: string, options?: { reason?: string; silent?: boolean }): boolean;
  /** Carries out an operation, once by its id. Throws a `DriverError` that is not retryable when it cannot be. */
  carryOut(job: SimulatedJob): Captured | undefined;
  /** Makes it so, whoever asks. Answers whether there is anything. */
  adopt(sandbox: Adopted): boolean;
  /** Nothing there is fine. */
  deleteSnapshot(snapshotId: string): void;
  /** Calls back for everything that is killed. Answers how to stop. */
  watch(onCrash: (crash: Crash) => void): () => void;
  /** Counts an attempt under a key, and returns its number, from 1 on. */
  countAttempt(key: string): number;
}
