import * as fc from 'fast-check';

/** The seed of the run that is the same every time. */
export const fixedSeed = 20_261_122;

const asked = process.env['FAST_CHECK_SEED'];

/**
 * Checks a property twice: with the one fixed seed, and with a fresh one (or the one in FAST_CHECK_SEED). A failure
 * prints the seed and the path, which replay it.
 */
export function check<Drawn extends [unknown, ...unknown[]]>(
  property: fc.IProperty<Drawn>,
  { numRuns = 300 }: { numRuns?: number } = {},
): void {
  const fresh = asked === undefined ? Date.now() ^ (Math.random() * 2 ** 31) : Number(asked);
  for (const seed of [fixedSeed, fresh]) fc.assert(property, { seed, numRuns });
}
