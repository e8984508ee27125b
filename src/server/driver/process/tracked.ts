import type { ProcessFile } from './process-file.ts';
import type { ProcessTargets } from './sandbox-processes.ts';

/** What a driver knows of a sandbox whose process was started. */
export interface TrackedProcess extends ProcessTargets {
  readonly processFile: ProcessFile;
  /** The operation that brought up what runs now: the boot, or the latest resume that was completed. */
  incarnation: number;
  /** Whether it was last asked to stand still. */
  paused: boolean;
  /** The newest operation that was carried out. Older ones are over. */
  newestOperation: number;
  /** How its process ended, once that is known. */
  exitReason: string | undefined;
}

/** A sandbox as it is when its process has just started. */
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
