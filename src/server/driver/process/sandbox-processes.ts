import { isEnvironmentOf } from './environment.ts';
import type { ProcessFile } from './process-file.ts';
import type { ProcessInfo, ProcessTable } from './table/table.ts';

/** Identifies the processes of a sandbox, by the process files of its operations and by their variables. */
export interface ProcessTargets {
  readonly id: string;
  /** The folder with the sandbox's files, which is the HOME of its processes. */
  readonly home: string;
  readonly processFiles: readonly ProcessFile[];
}

/** The live processes of a sandbox, and how to signal them. */
interface SandboxProcesses {
  readonly alive: readonly ProcessInfo[];
  /** Signals every process in `alive` and, at the same instant, processes that its group has started since. */
  send(name: NodeJS.Signals): void;
}

/**
 * Finds the processes of a sandbox: those in the group or session of a process with a process file. Where the table
 * knows variables, also finds processes that moved to their own session but still carry the sandbox's variables.
 */
export async function processesOf(table: ProcessTable, targets: ProcessTargets): Promise<SandboxProcesses> {
  const all = await table.all();
  const carries = (info: ProcessInfo) =>
    isEnvironmentOf(table.environment(info.pid), targets.id, targets.home);
  const leaders = targets.processFiles
    .filter((processFile) => isOurs(processFile, all, carries))
    .map((processFile) => processFile.pid);
  const isInside = (info: ProcessInfo) => leaders.some((leader) => belongs(info, leader));

  const living = all.filter((info) => info.state !== 'exited' && info.pid !== process.pid && info.group > 1);
  const inside = living.filter(isInside);
  const strays = living.filter((info) => !isInside(info) && carries(info));
  return {
    alive: [...inside, ...strays],
    send(name) {
      for (const id of new Set(inside.map((info) => info.group))) signal(-id, name);
      for (const { pid } of strays) signal(pid, name);
    },
  };
}

function belongs(info: ProcessInfo, leader: number): boolean {
  return info.group === leader || info.session === leader;
}

/**
 * Whether a process file still identifies the same group. While the leader exists (even as a zombie), compares its
 * start. Without the leader, the system reserves the number while the group has members, but another process may have
 * had the number since; so one member must carry the sandbox's variables.
 */
function isOurs(
  processFile: ProcessFile,
  all: readonly ProcessInfo[],
  carries: (info: ProcessInfo) => boolean,
): boolean {
  const leader = all.find((info) => info.pid === processFile.pid);
  if (leader) return leader.start === processFile.start;
  return all.some((info) => belongs(info, processFile.pid) && carries(info));
}

/** Sends a signal to a process, or to a group when the target is negative. Ignores a process that has exited. */
export function signal(target: number, name: NodeJS.Signals): void {
  try {
    process.kill(target, name);
  } catch {
    // The process has exited, or belongs to another user. Callers wait for the effect, so they notice.
  }
}
