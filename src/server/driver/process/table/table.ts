/** One process at the time of the query. */
export interface ProcessInfo {
  readonly pid: number;
  /** The process group it belongs to. */
  readonly group: number;
  /** The session it belongs to, or null where that is unknown. */
  readonly session: number | null;
  /** `stopped` only when all of its threads are. `exited` also for a zombie. */
  readonly state: 'running' | 'stopped' | 'exited';
  /** When it started, in the format of this table. Together with the pid it identifies one process for ever. */
  readonly start: string;
}

/** The processes of the operating system. */
export interface ProcessTable {
  /** A `sh` script that sets the variable `start` to the {@link ProcessInfo.start} of that shell. */
  readonly startScript: string;
  /** Looks up these processes, and returns those that exist. */
  look(pids: readonly number[]): Promise<ReadonlyMap<number, ProcessInfo>>;
  /** Every process. The result is never older than the call. */
  all(): Promise<readonly ProcessInfo[]>;
  /** The variables that a process was started with, each followed by a NUL; undefined where they are unknown. */
  environment(pid: number): string | undefined;
}
