import type { ProcessTable } from './table/table.ts';

/** What can be changed about a process driver. Everything has a default. */
export interface ProcessDriverOptions {
  /** How often processes that this server did not start itself are looked at, in ms. Default: 500. */
  readonly watchIntervalMs?: number;
  /** How long all the processes of a sandbox may take to stop or to die, in ms. Default: 10 000. */
  readonly signalLimitMs?: number;
  /** Calls back again and again until what it answers is called. Default: `setInterval`, unreferenced. */
  readonly every?: Every;
  /** Where processes are looked up. Default: `/proc` on Linux, `ps` elsewhere. */
  readonly processes?: ProcessTable;
}

/** Calls back every so many milliseconds. Answers how to stop it. */
export type Every = (milliseconds: number, callback: () => void) => () => void;

/** Real time, in which a timer does not keep the server process from ending. */
export const everyUnreferenced: Every = (milliseconds, callback) => {
  const timer = setInterval(callback, milliseconds).unref();
  return () => clearInterval(timer);
};
