import type { ProcessFile } from './process-file.ts';
import type { ProcessTargets } from './sandbox-processes.ts';

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
  exitReason: string | undefined;
}

/** Creates the state of a sandbox whose process has just started. */
export function track(id: string, home: string, processFile: ProcessFile): TrackedProcess {
  return {
    id,
    home,
    processFile,
    processFiles: [processFile],
    incarnation: processFile.operation,
    paused: false,
    newestOperation: processFile.operation,
    exitReason: undefined,
  };
}
