/** One process at the time of the query. */
export interface ProcessInfo {
  readonly pid: number;
  /** The process group it belongs to. */
  readonly group: number;
  /** The session it belongs to, or null where that is unknown. */
  readonly session: number | null;
  /** The process that has started it, or has adopted it since; 0 when that is unknown. */
  readonly parent: number;
  /** Whether it has a controlling terminal. */
  readonly hasTerminal: boolean;
  /** `stopped` only when all of its threads are. `exited` also for a zombie. */
  readonly state: 'running' | 'stopped' | 'exited';
  /** When it started, in the format of this table. Together with the pid it identifies one process for ever. */
  readonly start: string;
}

/**
 * The processes of the operating system. A query that fails rejects or throws: an error, such as no free descriptor, never
 * counts as the absence of a process.
 */
export interface ProcessTable {
  /** A `sh` script that sets the variable `start` to the {@link ProcessInfo.start} of that shell, or exits with 74. */
  readonly startScript: string;
  /** Looks up these processes, and returns those that exist. */
  look(pids: readonly number[]): Promise<ReadonlyMap<number, ProcessInfo>>;
  /** Every process. The result is never older than the call. */
  all(): Promise<readonly ProcessInfo[]>;
  /** The variables that a process was started with, each followed by a NUL; undefined where they are unknown. */
  environment(pid: number): string | undefined;
  /** The folder that a process works in, without links; undefined where it is unknown. */
  workingDirectory(pid: number): string | undefined;
  /** The path of the control group (cgroup v2) of a process; undefined where it is unknown. */
  cgroup(pid: number): string | undefined;
}
