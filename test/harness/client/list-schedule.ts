import * as fc from 'fast-check';
import { type Act, act, actsOf, beginning, type Surroundings, surroundings } from './schedule.ts';
import type { Beginning } from './server.ts';

/** Something that happens to one of many sandboxes or to their page, or a sandbox that is new. */
export type ListAct =
  | { readonly of: number; readonly act: Act }
  | { readonly of: 'new'; readonly beginning: Beginning };

/** All that is drawn for the life of a list. */
export interface ListSchedule extends Surroundings {
  /** How those begin that are there at first. */
  readonly beginnings: readonly Beginning[];
  readonly acts: readonly { readonly afterMs: number; readonly act: ListAct }[];
  /** Whether the server's list leaves out what has ended. */
  readonly leavesOut: boolean;
  /** Whether the first pages are given the list that a server rendered. */
  readonly isRendered: boolean;
}

const listAct: fc.Arbitrary<ListAct> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ of: fc.nat({ max: 3 }), act }) },
  { weight: 1, arbitrary: fc.record({ of: fc.constant('new' as const), beginning }) },
);

/** Schedules of every kind. */
export const listSchedules: fc.Arbitrary<ListSchedule> = fc
  .record({
    beginnings: fc.array(beginning, { maxLength: 3 }),
    acts: actsOf(listAct),
    leavesOut: fc.boolean(),
    isRendered: fc.constantFrom(false, false, true),
    surroundings,
  })
  .map(({ surroundings: around, ...drawn }) => ({ ...drawn, ...around }));
