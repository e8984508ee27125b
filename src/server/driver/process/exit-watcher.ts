import type { ChildProcess } from 'node:child_process';
import type { CrashReports } from '../crash-reports.ts';
import { createChildWatcher, endingOfChild } from './child-watcher.ts';
import { unseenExit } from './failures.ts';
import { createOrphanWatcher, type OrphanWatcherContext } from './orphan-watcher.ts';
import { isThere, processesOf } from './sandbox-processes.ts';
import type { ProcessTable } from './table/table.ts';
import type { Ending, TrackedProcess } from './tracked.ts';

/**
 * Notices when the process of a sandbox ends, and reports it: as an exit when it ended by itself with a known code, else as
 * a crash.
 */
export interface ExitWatcher {
  /** Watches a child process of this server. Notices its end at once. */
  watchChild(tracked: TrackedProcess, child: ChildProcess): void;
  /** Watches a process that an earlier server started, by polling. */
  watchOrphan(tracked: TrackedProcess): void;
  /** Reports, a turn later, that a child ended with a code before it could be watched. */
  reportEnded(tracked: TrackedProcess, exitCode: number): void;
  /** Stops watching, because an end from now on was requested. */
  unwatch(tracked: TrackedProcess): void;
  /** Checks one sandbox now, and returns whether its process is alive. Rejects when the look fails. */
  isAlive(tracked: TrackedProcess): Promise<boolean>;
  close(): void;
}

interface ExitWatcherContext extends OrphanWatcherContext {
  readonly reports: CrashReports;
}

const unseen: Ending = { reason: unseenExit, exitCode: null };

/** Creates an exit watcher. */
export function createExitWatcher(context: ExitWatcherContext): ExitWatcher {
  const { table, reports } = context;
  const children = createChildWatcher(end);
  const orphans = createOrphanWatcher(context, (tracked) => end(tracked, unseen));
  /** The reports of the next turn. */
  const pending = new Map<TrackedProcess, NodeJS.Immediate>();

  function unwatch(tracked: TrackedProcess) {
    children.unwatch(tracked);
    orphans.unwatch(tracked);
    clearImmediate(pending.get(tracked));
    pending.delete(tracked);
  }

  /** Reports the end of a sandbox's first process, and kills the others, as in a container. */
  function end(tracked: TrackedProcess, ending: Ending) {
    unwatch(tracked);
    tracked.ending = ending;
    void killRest(table, tracked);
    report(reports, tracked, ending);
  }

  return {
    watchChild: children.watch,
    watchOrphan: orphans.watch,
    reportEnded(tracked, exitCode) {
      unwatch(tracked);
      const ending = endingOfChild(exitCode, null);
      tracked.ending = ending;
      const reportNow = () => {
        pending.delete(tracked);
        report(reports, tracked, ending);
      };
      pending.set(tracked, setImmediate(reportNow));
    },
    unwatch,
    async isAlive(tracked) {
      if (tracked.ending !== undefined) return false;
      const there = isThere(tracked.processFile, await table.look([tracked.processFile.pid]));
      if (!there) await children.settled(tracked);
      // Meanwhile the exit of a child may have been noticed, or the sandbox may have been released.
      if (!there && orphans.watched().has(tracked)) end(tracked, unseen);
      return there && tracked.ending === undefined;
    },
    close() {
      for (const tracked of [...children.watched(), ...orphans.watched(), ...pending.keys()])
        unwatch(tracked);
    },
  };
}

function report(
  reports: CrashReports,
  { id, incarnation }: Pick<TrackedProcess, 'id' | 'incarnation'>,
  { reason, exitCode }: Ending,
): void {
  const crash = { sandboxId: id, incarnation, reason };
  reports.publish(exitCode === null ? crash : { ...crash, exitCode });
}

async function killRest(table: ProcessTable, tracked: TrackedProcess): Promise<void> {
  const processes = await processesOf(table, tracked).catch(() => undefined);
  processes?.send('SIGKILL');
}
