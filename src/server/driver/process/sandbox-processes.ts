import { isEnvironmentOf } from './environment.ts';
import type { ProcessFile } from './process-file.ts';
import type { ProcessInfo, ProcessTable } from './table/table.ts';

/** What tells a sandbox's processes from all others: where they started from, and the variables they were given. */
export interface ProcessTargets {
  readonly id: string;
  /** The sandbox's files folder, which is the HOME of its processes. */
  readonly home: string;
  readonly marks: readonly ProcessFile[];
}

/** The living processes of a sandbox, and how to reach them with a signal. */
interface SandboxProcesses {
  readonly alive: readonly ProcessInfo[];
  /** Signals every one of `alive` and, at the same instant, what its group has started since. */
  send(name: NodeJS.Signals): void;
}

/**
 * Finds the processes of a sandbox: those in the group or session of a marked process, and, where the table knows
 * variables, those that left it for a session of their own but still carry the sandbox's variables.
 */
export async function processesOf(table: ProcessTable, group: ProcessTargets): Promise<SandboxProcesses> {
  const all = await table.all();
  const carries = (seen: ProcessInfo) => isEnvironmentOf(table.environment(seen.pid), group.id, group.home);
  const leaders = group.marks.filter((mark) => isOurs(mark, all, carries)).map((mark) => mark.pid);
  const isInside = (seen: ProcessInfo) => leaders.some((leader) => belongs(seen, leader));

  const living = all.filter((seen) => seen.state !== 'gone' && seen.pid !== process.pid && seen.group > 1);
  const inside = living.filter(isInside);
  const strays = living.filter((seen) => !isInside(seen) && carries(seen));
  return {
    alive: [...inside, ...strays],
    send(name) {
      for (const id of new Set(inside.map((seen) => seen.group))) signal(-id, name);
      for (const { pid } of strays) signal(pid, name);
    },
  };
}

function belongs(seen: ProcessInfo, leader: number): boolean {
  return seen.group === leader || seen.session === leader;
}

/**
 * Whether the group that a mark names is still the one it named. While the leader is there (even unwaited for), its
 * start tells. Without it, the system keeps the number back for as long as the group has members, but a stranger may
 * have had it since: so one of them must carry the sandbox's variables.
 */
function isOurs(
  mark: ProcessFile,
  all: readonly ProcessInfo[],
  carries: (seen: ProcessInfo) => boolean,
): boolean {
  const leader = all.find((seen) => seen.pid === mark.pid);
  if (leader) return leader.start === mark.start;
  return all.some((seen) => belongs(seen, mark.pid) && carries(seen));
}

/** Sends a signal to a process, or to a group when negative. One that is gone already is no error. */
export function signal(target: number, name: NodeJS.Signals): void {
  try {
    process.kill(target, name);
  } catch {
    // Gone, or not ours to signal: whoever waits for the effect sees that it does not come.
  }
}
