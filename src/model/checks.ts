import { latestInstantMs, longestTimeoutMs } from './sandbox.ts';

/** A requirement on a value: a predicate, and the end of the sentence "… must be". */
export interface Check {
  readonly must: string;
  readonly holds: (value: unknown) => boolean;
}

/**
 * Malformed input. `path` names the place, as in `event.operation`. Nothing was changed.
 *
 * @example
 * try { transition(sandbox, event) } catch (error) {
 *   if (error instanceof MalformedInputError) console.error(error.path, error.message);
 * }
 */
export class MalformedInputError extends TypeError {
  override readonly name = 'MalformedInputError';
  readonly path: string;

  constructor(path: string, must: string, value: unknown) {
    super(`${path} must be ${must}, but is ${show(value)}.`);
    this.path = path;
  }
}

/** Any string, also an empty one. */
export const text: Check = { must: 'a string', holds: (value) => typeof value === 'string' };

/** A string that is not empty. */
export const someText: Check = {
  must: 'a string that is not empty',
  holds: (value) => typeof value === 'string' && value !== '',
};

/** Any whole number that is exact in a double. */
export const integer: Check = { must: 'a whole number', holds: Number.isSafeInteger };

/** A whole number that is exact in a double and within the bounds, both included. */
export const whole = /* @__NO_SIDE_EFFECTS__ */ (
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): Check => ({
  must: `a whole number from ${least} to ${most}`,
  holds: (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most,
});

/** An instant in epoch ms, within what `Date` can show. Clocks may jump, so it may lie before the epoch. */
export const instant = whole(-latestInstantMs, latestInstantMs);

/** One of a list of words. */
export const oneOf = /* @__NO_SIDE_EFFECTS__ */ (words: readonly string[]): Check => ({
  must: `one of ${words.join(', ')}`,
  holds: (value) => words.includes(value as string),
});

/** Null, or a value that passes the other check. */
export const orNull = /* @__NO_SIDE_EFFECTS__ */ ({ must, holds }: Check): Check => ({
  must: `null or ${must}`,
  holds: (value) => value === null || holds(value),
});

/** A limit of a sandbox in ms, or null for none. */
export const limit = orNull(whole(1, longestTimeoutMs));

/** Throws a {@link MalformedInputError} that names the place, unless the value passes the check. */
export function mustBe(check: Check, path: string, value: unknown): void {
  if (!check.holds(value)) throw new MalformedInputError(path, check.must, value);
}

/** Throws unless the value is an object and not an array. */
export function mustBeObject(path: string, value: unknown): asserts value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new MalformedInputError(path, 'an object', value);
  }
}

/** Formats a value for an error: short, and without running code of the value. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
