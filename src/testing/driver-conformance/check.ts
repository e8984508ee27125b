import type { Stage } from './harness.ts';

/** One promise, and how to see whether it is kept. */
export interface Check {
  readonly name: string;
  /** The option without which it cannot be seen. */
  readonly needs?: 'kill' | 'timesDone';
  run(stage: Stage): Promise<void>;
}

/** Moments at which something that was begun is disturbed, in ms. At 0 it has not even had a turn. */
export const moments = [0, 1, 3, 10, 30] as const;
