import type { Mark } from './process-file.ts';
import type { Group } from './sandbox-processes.ts';

/** What a driver knows of a sandbox whose process was started. */
export interface Tracked extends Group {
  readonly mark: Mark;
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
export function track(id: string, home: string, mark: Mark): Tracked {
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
