import * as fc from 'fast-check';
import { type RequestPlan, requestPlan, sandboxPlan } from './requests.ts';
import { type Count, runSequence } from './run.ts';
import { type Plant, type Setting, setting } from './world.ts';

/** Requests to one server; the first ones are meant well, and make what the others are about. */
const plans: fc.Arbitrary<RequestPlan[]> = fc
  .tuple(
    fc.array(sandboxPlan, { minLength: 2, maxLength: 4 }),
    fc.array(requestPlan, { minLength: 18, maxLength: 36, size: 'max' }),
  )
  .map((parts) => parts.flat());

/** The property that whatever is sent is answered as the document says, and breaks nothing. */
export function fuzzProperty(
  count: Count = () => {},
  plant: Plant = {},
): fc.IAsyncProperty<[Setting, RequestPlan[]]> {
  return fc.asyncProperty(setting, plans, (where, sequence) => runSequence(where, sequence, count, plant));
}
