import * as fc from 'fast-check';
import { type RequestPlan, requestPlan, sandboxPlan } from './requests.ts';
import { type Count, runSequence } from './run.ts';
import { type Overrides, type WorldOptions, worldOptions } from './world.ts';

/** Requests to one server. The first ones are valid and create sandboxes for the others. */
const plans: fc.Arbitrary<RequestPlan[]> = fc
  .tuple(
    fc.array(sandboxPlan, { minLength: 2, maxLength: 4 }),
    fc.array(requestPlan, { minLength: 18, maxLength: 36, size: 'max' }),
  )
  .map((parts) => parts.flat());

/** The property that the server responds to every request as the document says, and stays intact. */
export function fuzzProperty(
  count: Count = () => {},
  overrides: Overrides = {},
): fc.IAsyncProperty<[WorldOptions, RequestPlan[]]> {
  return fc.asyncProperty(worldOptions, plans, (drawn, sequence) =>
    runSequence(drawn, sequence, count, overrides),
  );
}
