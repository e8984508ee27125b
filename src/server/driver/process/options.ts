import type { ProcessTable } from './table/table.ts';

/** Options of a process driver. */
export interface ProcessDriverOptions {
  /** How often the driver polls processes that an earlier server started, in ms. Default: 500. */
  readonly watchIntervalMs?: number;
  /** How long all processes of a sandbox may take to stop or to exit after a signal, in ms. Default: 10 000. */
  readonly signalLimitMs?: number;
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
