import { readdirSync, readFileSync } from 'node:fs';
import { singleFlight } from '../../../../utils/single-flight.ts';
import type { ProcessInfo, ProcessTable } from './table.ts';

/**
 * Creates a process table that reads `/proc`. A start consists of clock ticks since the machine booted and the boot id,
 * because ticks alone could match a process from before a reboot.
 */
export function linuxTable(): ProcessTable {
  const machineStart = read('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  const see = (pid: number) => parse(pid, read(`/proc/${pid}/stat`), machineStart);
  return {
    startScript,
    look: async (pids) => new Map(pids.map(see).flatMap((info) => (info ? [[info.pid, info]] : []))),
    all: singleFlight(async () => pids().flatMap((pid) => see(pid) ?? [])),
    environment: (pid) => read(`/proc/${pid}/environ`),
  };
}

// The program name stands in parentheses and may contain anything, so fields count from the last parenthesis.
const startScript = `
boot=
{ read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null
read -r stat </proc/$$/stat
fields=\${stat##*) }
set_start() { start=\${20}@$boot; }
set_start $fields`;

function parse(pid: number, stat: string | undefined, machineStart: string): ProcessInfo | undefined {
  if (stat === undefined) return undefined;
  const [state = '', , group, session, ...rest] = fieldsOf(stat);
  return {
    pid,
    group: Number(group),
    session: Number(session),
    state: hasExited(state) ? 'exited' : isStopped(state) && allThreadsStopped(pid) ? 'stopped' : 'running',
    start: `${rest[15]}@${machineStart}`,
  };
}

/** All fields but the first two: the state is the first, the start is the twentieth. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

const hasExited = (state: string) => state === 'Z' || state === 'X';
const isStopped = (state: string) => state === 'T' || state === 't';

function allThreadsStopped(pid: number): boolean {
  return list(`/proc/${pid}/task`).every((thread) => {
    const [state = 'X'] = fieldsOf(read(`/proc/${pid}/task/${thread}/stat`) ?? ') X');
    return isStopped(state) || hasExited(state);
  });
}

function pids(): number[] {
  return list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

// Synchronous on purpose: reading kernel memory takes microseconds, less than a round trip to the thread pool.
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
