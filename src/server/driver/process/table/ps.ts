import { execFile } from 'node:child_process';
import { singleFlight } from '../../../../utils/single-flight.ts';
import type { ProcessInfo, ProcessTable } from './table.ts';

/** Creates a process table that runs `ps`, for systems without `/proc`. `ps` reports neither sessions nor variables. */
export function psTable(): ProcessTable {
  const columns = ['-o', 'pid=,pgid=,stat=,lstart='];
  return {
    // Language and time zone would change the output, so both sides fix them.
    startScript: 'start=$(LC_ALL=C TZ=UTC ps -o lstart= -p $$)',
    look: async (pids) => {
      if (pids.length === 0) return new Map();
      const seen = await ps([...columns, '-p', pids.join(',')]);
      return new Map(seen.map((one) => [one.pid, one]));
    },
    all: singleFlight(() => ps(['-ax', ...columns])),
    environment: () => undefined,
  };
}

function ps(parameters: string[]): Promise<ProcessInfo[]> {
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  return new Promise((resolve, reject) => {
    execFile('ps', parameters, { env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout) => {
      // `ps` exits with 1 when it does not find the process.
      if (error && error.code !== 1) reject(error);
      else resolve(stdout.split('\n').flatMap((line) => parse(line) ?? []));
    });
  });
}

function parse(line: string): ProcessInfo | undefined {
  const [, pid, group, state, start] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S.*?)\s*$/.exec(line) ?? [];
  if (state === undefined || start === undefined) return undefined;
  return {
    pid: Number(pid),
    group: Number(group),
    session: null,
    state: state.startsWith('Z') ? 'exited' : state.startsWith('T') ? 'stopped' : 'running',
    start,
  };
}
