/** Whether this is a deep run, `npm run test:deep`, with all random cases instead of a quarter of them. */
export const isDeep = process.env['TEST_DEEP'] !== undefined;

const share = isDeep ? 1 : 0.25;

/** How many random cases of this many a run has. */
export function scaled(cases: number): number {
  return Math.round(cases * share);
}

/** The least count in this run of an event that a deep run must have this often. Random counts vary: a fifth less is enough. */
export function leastCount(deepCount: number): number {
  return isDeep ? deepCount : Math.floor(deepCount * share * 0.8);
}
