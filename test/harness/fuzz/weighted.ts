import * as fc from 'fast-check';

/** One of several arbitraries, drawn in proportion to their weights. */
export function weighted<Value>(
  ...options: readonly (readonly [weight: number, arbitrary: fc.Arbitrary<Value>])[]
): fc.Arbitrary<Value> {
  return fc.oneof(...options.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}
