import type { ChildProcess } from 'node:child_process';
import type { Reports } from '../crash-reports.ts';
import { gone } from './failures.ts';
import type { Every } from './options.ts';
import { processesOf, signal } from './sandbox-processes.ts';
import type { ProcessTable } from './table/table.ts';
import type { TrackedProcess } from './tracked.ts';

/** Notices when the process of a sandbox ends, and reports it as a crash. */
export interface ExitWatcher {
  /** Follows a child of this server, whose end is told at once. */
  child(tracked: TrackedProcess, child: ChildProcess): void;
  /** Follows a process that an earlier server started, which must be looked at from time to time. */
  stranger(tracked: TrackedProcess): void;
  /** Stops following: what comes now was asked for. */
  leave(tracked: TrackedProcess): void;
  /** Looks at one sandbox now. Answers whether its process is there. */
  isAlive(tracked: TrackedProcess): Promise<boolean>;
  close(): void;
}

/** How a child ended, in words: `exited with code 3`, `killed by SIGKILL`. */
export function endOf(code: number | null, signalName: string | null): string {
  return signalName === null ? `exited with code ${code}` : `killed by ${signalName}`;
}

/** Follows nothing yet. Its timer runs only while there are strangers to look at. */
export function createExitWatcher(world: {
  readonly table: ProcessTable;
  readonly reports: Reports;
  readonly every: Every;
  readonly watchIntervalMs: number;
}): ExitWatcher {
  const { table, reports } = world;
  const children = new Map<TrackedProcess, () => void>();
  const strangers = new Set<TrackedProcess>();
  let stopTimer: (() => void) | undefined;
  let looking = false;

  function leave(tracked: TrackedProcess) {
    children.get(tracked)?.();
    children.delete(tracked);
    strangers.delete(tracked);
    if (strangers.size === 0) {
      stopTimer?.();
      stopTimer = undefined;
    }
  }

  function end(tracked: TrackedProcess, reason: string) {
    leave(tracked);
    tracked.ended = reason;
    void killRest(tracked);
    reports.tell({ sandboxId: tracked.id, incarnation: tracked.incarnation, reason });
  }

  /** As in a container, what the first process started does not outlive it. */
  async function killRest(tracked: TrackedProcess) {
    const members = await processesOf(table, tracked).catch(() => undefined);
    members?.send('SIGKILL');
  }

  async function lookAtStrangers() {
    if (looking) return;
    looking = true;
    try {
      const asked = [...strangers];
      const seen = await table.look(asked.map(({ mark }) => mark.pid));
      // One that was left meanwhile is no longer our business.
      for (const tracked of asked) if (strangers.has(tracked) && !isThere(tracked, seen)) end(tracked, gone);
    } catch {
      // Looked at again next time: that a look failed says nothing about the process.
    } finally {
      looking = false;
    }
  }

  return {
    child(tracked, child) {
      const onExit = (code: number | null, signalName: string | null) => {
        // At this instant the number of its group cannot yet be anyone else's.
        signal(-tracked.mark.pid, 'SIGKILL');
        end(tracked, endOf(code, signalName));
      };
      child.once('exit', onExit);
      children.set(tracked, () => child.removeListener('exit', onExit));
    },
    stranger(tracked) {
      strangers.add(tracked);
      stopTimer ??= world.every(world.watchIntervalMs, () => void lookAtStrangers());
    },
    leave,
    async isAlive(tracked) {
      if (tracked.ended !== undefined) return false;
      const there = isThere(tracked, await table.look([tracked.mark.pid]));
      // Between the two, a child may have told of its end, or the sandbox may have been released.
      if (!there && strangers.has(tracked)) end(tracked, gone);
      return there && tracked.ended === undefined;
    },
    close() {
      for (const tracked of [...children.keys(), ...strangers]) leave(tracked);
    },
  };
}

function isThere(
  { mark }: TrackedProcess,
  seen: ReadonlyMap<number, { start: string; state: string }>,
): boolean {
  const found = seen.get(mark.pid);
  return found !== undefined && found.start === mark.start && found.state !== 'gone';
}
