import type { ChildProcess } from 'node:child_process';
import type { CrashReports } from '../crash-reports.ts';
import { unseenExit } from './failures.ts';
import type { Every } from './options.ts';
import { processesOf, signal } from './sandbox-processes.ts';
import type { ProcessInfo, ProcessTable } from './table/table.ts';
import type { TrackedProcess } from './tracked.ts';

/** Notices when the process of a sandbox ends, and reports it as a crash. */
export interface ExitWatcher {
  /** Watches a child process of this server. Notices its end at once. */
  watchChild(tracked: TrackedProcess, child: ChildProcess): void;
  /** Watches a process that an earlier server started, by polling. */
  watchOrphan(tracked: TrackedProcess): void;
  /** Stops watching, because an end from now on was requested. */
  unwatch(tracked: TrackedProcess): void;
  /** Checks one sandbox now, and returns whether its process is alive. */
  isAlive(tracked: TrackedProcess): Promise<boolean>;
  close(): void;
}

/** Describes how a child ended: `exited with code 3`, `killed by SIGKILL`. */
export function exitReasonOf(code: number | null, signalName: string | null): string {
  return signalName === null ? `exited with code ${code}` : `killed by ${signalName}`;
}

interface ExitWatcherContext {
  readonly table: ProcessTable;
  readonly reports: CrashReports;
  readonly every: Every;
  readonly watchIntervalMs: number;
}

/** Creates an exit watcher. Its timer runs only while it watches orphans. */
export function createExitWatcher(context: ExitWatcherContext): ExitWatcher {
  const { table, every, watchIntervalMs } = context;
  const children = new Map<TrackedProcess, () => void>();
  const orphans = new Set<TrackedProcess>();
  let stopTimer: (() => void) | undefined;
  let polling = false;

  function unwatch(tracked: TrackedProcess) {
    children.get(tracked)?.();
    children.delete(tracked);
    orphans.delete(tracked);
    if (orphans.size === 0) {
      stopTimer?.();
      stopTimer = undefined;
    }
  }

  function end(tracked: TrackedProcess, reason: string) {
    unwatch(tracked);
    endSandbox(context, tracked, reason);
  }

  async function pollOrphans() {
    if (polling) return;
    polling = true;
    try {
      const watched = [...orphans];
      const found = await table.look(watched.map(({ processFile }) => processFile.pid));
      // An orphan may have been unwatched meanwhile.
      for (const one of watched) if (orphans.has(one) && !isThere(one, found)) end(one, unseenExit);
    } catch {
      // A failed poll does not show that a process has exited. The next poll tries again.
    } finally {
      polling = false;
    }
  }

  return {
    watchChild(tracked, child) {
      const onExit = (code: number | null, signalName: string | null) => {
        // At this instant another group cannot yet have the same number.
        signal(-tracked.processFile.pid, 'SIGKILL');
        end(tracked, exitReasonOf(code, signalName));
      };
      child.once('exit', onExit);
      children.set(tracked, () => child.removeListener('exit', onExit));
    },
    watchOrphan(tracked) {
      orphans.add(tracked);
      stopTimer ??= every(watchIntervalMs, () => void pollOrphans());
    },
    unwatch,
    async isAlive(tracked) {
      if (tracked.exitReason !== undefined) return false;
      const there = isThere(tracked, await table.look([tracked.processFile.pid]));
      // Meanwhile the exit of a child may have been noticed, or the sandbox may have been released.
      if (!there && orphans.has(tracked)) end(tracked, unseenExit);
      return there && tracked.exitReason === undefined;
    },
    close() {
      for (const tracked of [...children.keys(), ...orphans]) unwatch(tracked);
    },
  };
}

/** Reports the end of a sandbox's first process, and kills the others, as in a container. */
function endSandbox({ table, reports }: ExitWatcherContext, tracked: TrackedProcess, reason: string): void {
  tracked.exitReason = reason;
  void killRest(table, tracked);
  reports.publish({ sandboxId: tracked.id, incarnation: tracked.incarnation, reason });
}

async function killRest(table: ProcessTable, tracked: TrackedProcess): Promise<void> {
  const processes = await processesOf(table, tracked).catch(() => undefined);
  processes?.send('SIGKILL');
}

function isThere({ processFile }: TrackedProcess, processes: ReadonlyMap<number, ProcessInfo>): boolean {
  const found = processes.get(processFile.pid);
  return found !== undefined && found.start === processFile.start && found.state !== 'exited';
}
