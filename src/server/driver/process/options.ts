import type { ProcessTable } from './table/table.ts';

/** Options of a process driver. */
export interface ProcessDriverOptions {
  /** How often the driver polls processes that an earlier server started, in ms. Default: 500. */
  readonly watchIntervalMs?: number;
  /** How long all processes of a sandbox may take to stop or to exit after a signal, in ms. Default: 10 000. */
  readonly signalLimitMs?: number;
  /**
   * How much of the output of a program is kept, in bytes. The oldest half makes room for new output. Default: 64 MiB; at least
   * 256 KiB.
   */
  readonly outputLimitBytes?: number;
  /**
   * The folder of cgroup v2 in which the driver creates a group for each sandbox, or null for none. Default: the own group of the
   * server, when it was delegated to the user of the server.
   */
  readonly cgroup?: string | null;
  /** How long the folder of a sandbox without a record is kept after its release, in ms. Default: 7 days. */
  readonly setAsideMs?: number;
  /** The timer for polling. Default: `setInterval`, unreferenced. */
  readonly every?: Every;
  /** The source of process information. Default: `/proc` on Linux, `ps` elsewhere. */
  readonly processes?: ProcessTable;
}

/** Calls back at this interval (ms). Returns a function that stops it. */
export type Every = (milliseconds: number, callback: () => void) => () => void;

/** A real timer that does not keep the server process alive. */
export const everyUnreferenced: Every = (milliseconds, callback) => {
  const timer = setInterval(callback, milliseconds).unref();
  return () => clearInterval(timer);
};
