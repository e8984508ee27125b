import type { SuiteCheck } from '../conformance.ts';
import type { Harness } from './harness.ts';
import type { HostPart } from './options.ts';

/** A check of one guarantee of a host. */
export interface Check extends SuiteCheck<Harness, 'restart' | 'another'> {
  /** The parts that the check uses and that an engine may lack. */
  readonly uses?: readonly HostPart[];
}
