import type { Paths } from './paths.ts';
import type { ProcessFile } from './process-file.ts';
import { type ProcessTargets, type SandboxProcesses, targetsOf } from './sandbox-processes.ts';

/** A sandbox with a process that the driver knows. */
export interface TrackedProcess extends ProcessTargets {
  readonly processFile: ProcessFile;
  /** The operation that started the current incarnation: the boot, or the latest completed resume. */
  incarnation: number;
  /** Whether the last request was to pause it. */
  paused: boolean;
  /** The newest operation that was carried out. Older ones are stale. */
  newestOperation: number;
  /** How its process ended, when that is known. */
  ending: Ending | undefined;
  /** The processes that were last stopped or continued, to undo that also when the process table cannot be read. */
  lastSignalled: SandboxProcesses | undefined;
}

/** How the process of a sandbox ended. */
export interface Ending {
  readonly reason: string;
  /** Its exit code, when it exited by itself and was a child of this server. */
  readonly exitCode: number | null;
}

/** Creates the state of a sandbox whose process has just started. */
export function track(paths: Paths, id: string, processFile: ProcessFile): TrackedProcess {
  return {
    ...targetsOf(paths, id, [processFile]),
    processFile,
    incarnation: processFile.operation,
    paused: false,
    newestOperation: processFile.operation,
    ending: undefined,
    lastSignalled: undefined,
  };
}
