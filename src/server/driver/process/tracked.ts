import type { ProcessFile } from './process-file.ts';
import type { ProcessTargets } from './sandbox-processes.ts';

/** What a driver knows of a sandbox whose process was started. */
export interface TrackedProcess extends ProcessTargets {
  readonly mark: ProcessFile;
  /** The operation that brought up what runs now: the boot, or the latest resume that was completed. */
  incarnation: number;
  /** Whether it was last asked to stand still. */
  paused: boolean;
  /** The newest operation that was carried out. */
  done: number;
  /** How its process ended, once that is known. */
  ended: string | undefined;
}

/** A sandbox as it is when its process has just started. */
export function track(id: string, home: string, mark: ProcessFile): TrackedProcess {
  return {
    id,
    home,
    mark,
    marks: [mark],
    incarnation: mark.operation,
    paused: false,
    done: mark.operation,
    ended: undefined,
  };
}
