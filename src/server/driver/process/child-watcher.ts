import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { transient } from '../failures.ts';
import { signal } from './sandbox-processes.ts';
import type { Ending, TrackedProcess } from './tracked.ts';

/** How long the system may take to report the end of a child that the process table shows already, in ms. */
const exitDelayMs = 1_000;

/** Notices the ends of children of this server at once. */
interface ChildWatcher {
  watch(tracked: TrackedProcess, child: ChildProcess): void;
  unwatch(tracked: TrackedProcess): void;
  /**
   * Waits for the report of an end that the process table shows already. Does nothing for a process that is not watched. Throws
   * a retryable error when the report does not arrive.
   */
  settled(tracked: TrackedProcess): Promise<void>;
  /** The processes that it watches. */
  watched(): readonly TrackedProcess[];
}

/** Creates a watcher without children. Calls back once for each end. */
export function createChildWatcher(onEnd: (tracked: TrackedProcess, ending: Ending) => void): ChildWatcher {
  const children = new Map<TrackedProcess, { stop: () => void; settled: Promise<void> }>();

  return {
    watch(tracked, child) {
      let resolve = () => {};
      const settled = new Promise<void>((settle) => {
        resolve = settle;
      });
      const onExit = (code: number | null, signalName: string | null) => {
        // At this instant another group cannot yet have the same number.
        signal(-tracked.processFile.pid, 'SIGKILL');
        onEnd(tracked, endingOfChild(code, signalName));
      };
      const stop = () => {
        child.removeListener('exit', onExit);
        resolve();
      };
      child.once('exit', onExit);
      children.set(tracked, { stop, settled });
    },
    unwatch(tracked) {
      children.get(tracked)?.stop();
      children.delete(tracked);
    },
    async settled(tracked) {
      if (!children.has(tracked)) return;
      const timer = new AbortController();
      const late = sleep(exitDelayMs, undefined, { signal: timer.signal, ref: false }).catch(() => {});
      await Promise.race([children.get(tracked)?.settled, late]);
      timer.abort();
      if (children.has(tracked))
        throw transient('the process table does not list its process, but it has not exited');
    },
    watched: () => [...children.keys()],
  };
}

/** Describes how a child ended: `exited with code 3`, `killed by SIGKILL`. */
export function endingOfChild(code: number | null, signalName: string | null): Ending {
  if (signalName !== null) return { reason: `killed by ${signalName}`, exitCode: null };
  return { reason: `exited with code ${code}`, exitCode: code };
}
