import * as fc from 'fast-check';
import { type Act, act, actsOf, type Environment, environments, initialStates } from './schedule.ts';
import type { InitialState } from './simulated-server.ts';

/** An act on one of many sandboxes or on their page, or the creation of a sandbox. */
export type ListAct =
  | { readonly of: number; readonly act: Act }
  | { readonly of: 'new'; readonly initialState: InitialState };

/** A random schedule for a list of sandboxes. */
export interface ListSchedule extends Environment {
  /** The sandboxes that exist at first. */
  readonly initialStates: readonly InitialState[];
  readonly acts: readonly { readonly afterMs: number; readonly act: ListAct }[];
  /** Whether the server's list omits terminated sandboxes. */
  readonly omitsTerminated: boolean;
  /** Whether the first pages start with the list that a server rendered. */
  readonly isRendered: boolean;
}

const listAct: fc.Arbitrary<ListAct> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ of: fc.nat({ max: 3 }), act }) },
  { weight: 1, arbitrary: fc.record({ of: fc.constant('new' as const), initialState: initialStates }) },
);

/** Schedules of every kind. */
export const listSchedules: fc.Arbitrary<ListSchedule> = fc
  .record({
    initialStates: fc.array(initialStates, { maxLength: 3 }),
    acts: actsOf(listAct),
    omitsTerminated: fc.boolean(),
    isRendered: fc.constantFrom(false, false, true),
    environment: environments,
  })
  .map(({ environment, ...drawn }) => ({ ...drawn, ...environment }));
