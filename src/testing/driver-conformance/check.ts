import type { SuiteCheck } from '../conformance.ts';
import type { Harness } from './harness.ts';

/** One promise of a driver, and how to see whether it is kept. */
export type Check = SuiteCheck<Harness, 'kill' | 'timesDone'>;

/** Moments at which something that was begun is disturbed, in ms. At 0 it has not even had a turn. */
export const moments = [0, 1, 3, 10, 30] as const;
