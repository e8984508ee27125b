import { isInCgroup } from './cgroup.ts';
import { isEnvironmentOf } from './environment.ts';
import { hasCode } from './failures.ts';
import type { Paths } from './paths.ts';
import type { ProcessFile } from './process-file.ts';
import { descendantsOf, isDetached } from './table/family.ts';
import type { ProcessInfo, ProcessTable } from './table/table.ts';

/** Identifies the processes of a sandbox, by the process files of its operations, its variables and its folders. */
export interface ProcessTargets {
  readonly id: string;
  /** The folder with the sandbox's files, which is the HOME of its processes. */
  readonly home: string;
  /** The folders that only its processes work in. */
  readonly folders: readonly string[];
  /** The end of the path of its control group. */
  readonly cgroup: string;
  readonly processFiles: readonly ProcessFile[];
}

/** Identifies the processes of a sandbox by these process files. */
export function targetsOf(paths: Paths, id: string, processFiles: readonly ProcessFile[]): ProcessTargets {
  return { id, home: paths.files(id), folders: paths.workplaces(id), cgroup: paths.cgroup(id), processFiles };
}

/** The live processes of a sandbox, and how to signal them. */
export interface SandboxProcesses {
  readonly alive: readonly ProcessInfo[];
  /** Signals every process in `alive` and, at the same instant, processes that its group has started since. */
  send(name: NodeJS.Signals): void;
}

/**
 * Finds the processes of a sandbox: those in the group or session of a process with a process file. Where the table
 * knows more, also finds processes that moved to their own session: those that carry the sandbox's variables or are in its
 * control group, those that such a process has started, and those without a parent and a terminal that work in the sandbox's folder.
 */
export async function processesOf(table: ProcessTable, targets: ProcessTargets): Promise<SandboxProcesses> {
  const all = await table.all();
  const carries = (info: ProcessInfo) =>
    isEnvironmentOf(table.environment(info.pid), targets.id, targets.home);
  const leaders = targets.processFiles
    .filter((processFile) => isOurs(processFile, all, carries))
    .map((processFile) => processFile.pid);
  const isInside = (info: ProcessInfo) => leaders.some((leader) => belongs(info, leader));
  const worksInside = (info: ProcessInfo) =>
    isDetached(info, all) && isIn(table.workingDirectory(info.pid), targets.folders);

  const isGrouped = ({ pid }: ProcessInfo) => isInCgroup(table.cgroup(pid), targets.cgroup);

  const living = all.filter((info) => info.state !== 'exited' && info.pid !== process.pid && info.group > 1);
  const inside = living.filter(isInside);
  const found = living.filter(
    (info) => !isInside(info) && (carries(info) || isGrouped(info) || worksInside(info)),
  );
  // Also the children of a zombie are processes of the sandbox.
  const strays = [...found, ...descendantsOf([...all.filter(isInside), ...found], all)].filter(
    (info) => info.state !== 'exited' && info.pid !== process.pid && !isInside(info),
  );
  return {
    alive: [...inside, ...strays],
    send(name) {
      for (const id of new Set(inside.map((info) => info.group))) signal(-id, name);
      for (const { pid } of strays) signal(pid, name);
    },
  };
}

function isIn(directory: string | undefined, folders: readonly string[]): boolean {
  if (directory === undefined) return false;
  return folders.some((folder) => directory === folder || directory.startsWith(`${folder}/`));
}
/** Whether the process that a process file names is alive. */
export function isThere({ pid, start }: ProcessFile, processes: ReadonlyMap<number, ProcessInfo>): boolean {
  const found = processes.get(pid);
  return found !== undefined && found.start === start && found.state !== 'exited';
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

/**
 * Sends a signal to a process, or to a group when the target is negative. Returns false when it does not exist. Ignores
 * a process of another user: callers wait for the effect, so they notice.
 */
export function signal(target: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(target, name);
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false;
    if (hasCode(error, 'EPERM')) return true;
    throw error;
  }
}
