/** Whether this is a deep run, `npm run test:deep`, with all random cases instead of a quarter of them. */
export const isDeep = process.env['TEST_DEEP'] !== undefined;

const share = isDeep ? 1 : 0.25;

/** How many random cases of this many a run has. */
export function scaled(cases: number): number {
  return Math.round(cases * share);
}

/**
 * The least count in this run of an event that a deep run has about this often. Random counts vary by the root of their
 * mean. Four times that does not fail, but an event that never happens does, unless fewer than two are expected.
 */
export function leastCount(deepCount: number): number {
  const mean = deepCount * share;
  return Math.max(mean < 2 ? 0 : 1, Math.floor(mean - 4 * Math.sqrt(mean)));
}
