/** The range of an exponential back-off. */
export interface BackOffLimits {
  /** The longest pause after the first failure, in ms. */
  readonly firstMs: number;
  /** The longest pause after any number of failures, in ms. */
  readonly longestMs: number;
}

/**
 * The pause before the next attempt, in ms. It doubles with each failure up to a limit. `random` returns numbers from 0 to
 * below 1 and shortens the pause by up to a half, so that callers that failed together do not retry together.
 *
 * @example
 * await pause(clock, backOffMs(failures, { firstMs: 200, longestMs: 30_000 }, Math.random));
 */
export function backOffMs(
  failures: number,
  { firstMs, longestMs }: BackOffLimits,
  random: () => number,
): number {
  const most = Math.min(longestMs, firstMs * 2 ** (failures - 1));
  return jittered(most, random);
}

/** Shortens a pause (ms) by up to a half, so that callers that failed together do not retry together. */
export function jittered(milliseconds: number, random: () => number): number {
  return Math.ceil(milliseconds * (1 - random() / 2));
}

/** The pause before a retry that does not back off, in ms. */
export const retryMs = 1_000;
