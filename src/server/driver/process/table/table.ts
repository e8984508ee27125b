/** One process, as it was seen. */
export interface ProcessInfo {
  readonly pid: number;
  /** The process group it belongs to. */
  readonly group: number;
  /** The session it belongs to, or null where that cannot be told. */
  readonly session: number | null;
  /** `stopped` only when all of its threads are. `exited` also for one whose parent has not waited for it yet. */
  readonly state: 'running' | 'stopped' | 'exited';
  /** When it started, in the words of this table. Together with the pid it names one process for ever. */
  readonly start: string;
}

/** Where the operating system tells of its processes. */
export interface ProcessTable {
  /** Lines of `sh` that set the variable `start` to what {@link ProcessInfo.start} will be for that shell. */
  readonly startScript: string;
  /** Those of these processes that are there. */
  look(pids: readonly number[]): Promise<ReadonlyMap<number, ProcessInfo>>;
  /** Every process there is. What it answers is never older than the call. */
  all(): Promise<readonly ProcessInfo[]>;
  /** The variables that a process was started with, each followed by a NUL; undefined where it cannot be told. */
  environment(pid: number): string | undefined;
}
