import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** A living process with a mark of this world in its arguments. */
export interface LiveProcess {
  readonly pid: number;
  readonly mark: string;
  readonly isStopped: boolean;
}

/**
 * Creates marks that no other process on the machine has. A mark is also the duration of a `sleep`: half an hour, in case
 * a process is left.
 */
export function createMarks(): { next(): string; living(): LiveProcess[]; killAll(): void } {
  const beginning = `1799.${String(process.pid).padStart(7, '0')}${String(worlds++).padStart(3, '0')}`;
  const pattern = new RegExp(`${beginning.replace('.', '\\.')}\\d{6}`);
  let marks = 0;
  const living = () =>
    processes().flatMap(({ pid, words, isStopped }) => {
      const mark = pattern.exec(words)?.[0];
      return mark === undefined ? [] : [{ pid, mark, isStopped }];
    });
  return {
    next: () => `${beginning}${String(marks++).padStart(6, '0')}`,
    living,
    killAll() {
      for (const { pid } of living()) killIfThere(pid);
    },
  };
}

let worlds = 0;

interface Process {
  readonly pid: number;
  readonly words: string;
  readonly isStopped: boolean;
}

/** Every process with a command line; a zombie has none. */
function processes(): Process[] {
  return existsSync('/proc/self/cmdline') ? ofProc() : ofPs();
}

function ofProc(): Process[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        const words = readFileSync(`/proc/${entry}/cmdline`, 'utf8');
        const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
        const state = stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
        if (words === '' || state === 'Z' || state === 'X') return [];
        return [{ pid: Number(entry), words, isStopped: state === 'T' || state === 't' }];
      } catch {
        // The process exited after the listing.
        return [];
      }
    });
}

function ofPs(): Process[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => {
      const [, pid, state = '', words = ''] = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
      if (pid === undefined || state.startsWith('Z')) return [];
      return [{ pid: Number(pid), words, isStopped: state.startsWith('T') }];
    });
}

/** Kills a process. Returns false when it has exited since it was listed. */
export function killIfThere(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
