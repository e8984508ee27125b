import type { SuiteCheck } from '../conformance.ts';
import type { Harness } from './harness.ts';

/** A check of one guarantee of a driver. */
export type Check = SuiteCheck<Harness, 'kill' | 'exit' | 'timesDone' | 'snapshotTypeOf' | 'generationOf'>;

/** The delays after which a check disturbs a call, in ms. At 0 the call has not yet had a turn of the event loop. */
export const moments = [0, 1, 3, 10, 30] as const;
