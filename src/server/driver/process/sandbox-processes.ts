import { isEnvironmentOf } from './environment.ts';
import type { ProcessFile } from './process-file.ts';
import type { ProcessInfo, ProcessTable } from './table/table.ts';

/** Names the processes of a sandbox: by the process files that its operations left, and by their variables. */
export interface ProcessTargets {
  readonly id: string;
  /** The sandbox's files folder, which is the HOME of its processes. */
  readonly home: string;
  readonly processFiles: readonly ProcessFile[];
}

/** The living processes of a sandbox, and how to reach them with a signal. */
interface SandboxProcesses {
  readonly alive: readonly ProcessInfo[];
  /** Signals every one of `alive` and, at the same instant, what its group has started since. */
  send(name: NodeJS.Signals): void;
}

/**
 * Finds the processes of a sandbox: those in the group or session of a process with a process file, and, where the table knows
 * variables, those that left it for a session of their own but still carry the sandbox's variables.
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
 * Whether the group that a process file names is still the one it named. While the leader is there (even unwaited for), its
 * start tells. Without it, the system keeps the number back for as long as the group has members, but another process may
 * have had it since: so one of them must carry the sandbox's variables.
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

/** Sends a signal to a process, or to a group when negative. One that has exited already is no error. */
export function signal(target: number, name: NodeJS.Signals): void {
  try {
    process.kill(target, name);
  } catch {
    // It has exited, or is not ours to signal: a caller that waits for the effect sees that it does not come.
  }
}
