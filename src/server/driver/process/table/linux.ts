import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { singleFlight } from '../../../../utils/single-flight.ts';
import { isAbsence } from '../failures.ts';
import type { ProcessInfo, ProcessTable } from './table.ts';

/**
 * The reads of `/proc`. Synchronous on purpose: reading kernel memory takes microseconds, less than a round trip to the
 * thread pool.
 */
export interface ProcFiles {
  read(path: string): string;
  list(path: string): string[];
  /** Where a link leads. */
  target(path: string): string;
}

const procFiles: ProcFiles = {
  read: (path) => readFileSync(path, 'utf8'),
  list: (path) => readdirSync(path),
  target: (path) => readlinkSync(path),
};

/**
 * Creates a process table that reads `/proc`. A start consists of clock ticks since the machine booted and the boot id,
 * because ticks alone could match a process from before a reboot. Only an error that shows the absence of a process counts
 * as absence; after any other error the whole look rejects.
 */
export function linuxTable(files: ProcFiles = procFiles): ProcessTable {
  let bootId: string | undefined;

  function see(pid: number): ProcessInfo | undefined {
    bootId ??= ifPresent(() => files.read('/proc/sys/kernel/random/boot_id'))?.trim() ?? '';
    const stat = ifPresent(() => files.read(`/proc/${pid}/stat`));
    return stat === undefined ? undefined : parse(files, pid, stat, bootId);
  }

  return {
    startScript,
    async look(pids) {
      if (see(process.pid) === undefined) throw notMounted();
      return new Map(pids.map(see).flatMap((info) => (info ? [[info.pid, info]] : [])));
    },
    all: singleFlight(async () => {
      const names = files.list('/proc').filter((name) => /^\d+$/.test(name));
      if (!names.includes(String(process.pid))) throw notMounted();
      return names.flatMap((name) => see(Number(name)) ?? []);
    }),
    environment: (pid) => ifPresent(() => files.read(`/proc/${pid}/environ`)),
    workingDirectory: (pid) =>
      ifPresent(() => files.target(`/proc/${pid}/cwd`))?.replace(/ \(deleted\)$/, ''),
    cgroup: (pid) => /^0::(.*)$/m.exec(ifPresent(() => files.read(`/proc/${pid}/cgroup`)) ?? '')?.[1],
  };
}

// The program name stands in parentheses and may contain anything, so fields count from the last parenthesis.
const startScript = `
boot=
if [ -e /proc/sys/kernel/random/boot_id ]; then
  read -r boot </proc/sys/kernel/random/boot_id || exit 74
fi
read -r stat </proc/$$/stat || exit 74
fields=\${stat##*) }
set_start() { start=\${20}@$boot; }
set_start $fields`;

function notMounted(): Error {
  return new Error(
    '/proc does not show the process of the server. The process driver needs a mounted /proc.',
  );
}

function parse(files: ProcFiles, pid: number, stat: string, bootId: string): ProcessInfo {
  const [state = '', parent, group, session, terminal, ...rest] = fieldsOf(stat);
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    hasTerminal: terminal !== '0',
    state: hasExited(state)
      ? 'exited'
      : isStopped(state) && allThreadsStopped(files, pid)
        ? 'stopped'
        : 'running',
    start: `${rest[14]}@${bootId}`,
  };
}

/** All fields but the first two: the state is the first, the start is the twentieth. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

const hasExited = (state: string) => state === 'Z' || state === 'X';
const isStopped = (state: string) => state === 'T' || state === 't';

function allThreadsStopped(files: ProcFiles, pid: number): boolean {
  const threads = ifPresent(() => files.list(`/proc/${pid}/task`)) ?? [];
  return threads.every((thread) => {
    const stat = ifPresent(() => files.read(`/proc/${pid}/task/${thread}/stat`));
    const [state = 'X'] = fieldsOf(stat ?? ') X');
    return isStopped(state) || hasExited(state);
  });
}

function ifPresent<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}
