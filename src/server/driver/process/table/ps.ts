import { execFile } from 'node:child_process';
import { singleFlight } from '../../../../utils/single-flight.ts';
import type { ProcessInfo, ProcessTable } from './table.ts';

/** Runs a program, and returns its standard output. Rejects when it cannot be run or fails. */
export type RunProgram = (program: string, parameters: readonly string[]) => Promise<string>;

/**
 * Creates a process table that runs `ps`, for systems without `/proc`. `ps` reports neither sessions nor variables. A look
 * rejects when `ps` fails, or when it omits the process of the server, which it must list.
 */
export function psTable(run: RunProgram = runProgram): ProcessTable {
  const columns = ['-o', 'pid=,ppid=,pgid=,stat=,lstart='];

  async function ps(...parameters: readonly string[]): Promise<ProcessInfo[]> {
    const lines = (await run('ps', parameters)).split('\n');
    const found = lines.flatMap((line) => parse(line) ?? []);
    if (!found.some(({ pid }) => pid === process.pid))
      throw new Error('The output of ps is incomplete: it does not list the process of the server.');
    return found;
  }

  return {
    // Language and time zone would change the output, so both sides fix them.
    startScript: 'start=$(LC_ALL=C TZ=UTC ps -o lstart= -p $$) && [ -n "$start" ] || exit 74',
    look: async (pids) => {
      if (pids.length === 0) return new Map();
      // With the process of the server in the list, `ps` finds a process and does not fail.
      const seen = await ps(...columns, '-p', [...pids, process.pid].join(','));
      const wanted = new Set(pids);
      return new Map(seen.flatMap((one) => (wanted.has(one.pid) ? [[one.pid, one]] : [])));
    },
    all: singleFlight(() => ps('-ax', ...columns)),
    environment: () => undefined,
    workingDirectory: () => undefined,
    cgroup: () => undefined,
  };
}

function runProgram(program: string, parameters: readonly string[]): Promise<string> {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  return new Promise((resolve, reject) => {
    execFile(program, parameters, { env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout) => {
      if (error) reject(error);
      else resolve(stdout);
    });
  });
}

function parse(line: string): ProcessInfo | undefined {
  const [, pid, parent, group, state, start] =
    /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S.*?)\s*$/.exec(line) ?? [];
  if (state === undefined || start === undefined) return undefined;
  return {
    pid: Number(pid),
    parent: Number(parent),
    group: Number(group),
    session: null,
    hasTerminal: false,
    state: state.startsWith('Z') ? 'exited' : state.startsWith('T') ? 'stopped' : 'running',
    start,
  };
}
