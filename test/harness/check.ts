import * as fc from 'fast-check';

/** The seed of the run that is the same every time. */
export const fixedSeed = 20_261_122;

const { FAST_CHECK_SEED: asked, FAST_CHECK_PATH: path } = process.env;

/** The seed of this run. Printed on success too, so that another run can repeat it. */
export const freshSeed = Date.now() ^ (Math.random() * 2 ** 31);
console.log(`fresh seed: ${freshSeed}`);

/**
 * Checks a property twice: with the one fixed seed, and with a fresh one (or only with the one in FAST_CHECK_SEED). A failure
 * prints the seed and the path, which replay it: FAST_CHECK_SEED=1 FAST_CHECK_PATH=2:3 with that test alone.
 */
export function check<Drawn extends [unknown, ...unknown[]]>(
  property: fc.IProperty<Drawn>,
  { numRuns = 300 }: { numRuns?: number } = {},
): void {
  if (asked !== undefined) {
    fc.assert(property, { seed: Number(asked), numRuns, ...(path !== undefined && { path }) });
    return;
  }
  for (const seed of [fixedSeed, freshSeed]) fc.assert(property, { seed, numRuns });
}
