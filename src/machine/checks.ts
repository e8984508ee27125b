import { latestInstantMs } from './sandbox.ts';

/** Answers nothing when a value is right, else what it must be, as the end of "… must be". */
export type Check = (value: unknown) => string | undefined;

/**
 * Input that does not have the shape it must have. `path` tells where, as in `event.operation`. Nothing was changed.
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

/** Any text, also an empty one. */
export const text: Check = (value) => (typeof value === 'string' ? undefined : 'a string');

/** A text with something in it. */
export const someText: Check = (value) =>
  typeof value === 'string' && value !== '' ? undefined : 'a string that is not empty';

/** A whole number that is exact in a double and within the bounds, both included. */
export const whole = (least: number, most: number = Number.MAX_SAFE_INTEGER): Check => {
  const must = `a whole number from ${least} to ${most}`;
  return (value) =>
    Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most ? undefined : must;
};

/** An instant in epoch ms, within what `Date` can show. Clocks may jump, so it may lie before the epoch. */
export const instant = whole(-latestInstantMs, latestInstantMs);

/** One of a list of words. */
export const oneOf = (words: readonly string[]): Check => {
  const must = `one of ${words.join(', ')}`;
  return (value) => (words.includes(value as string) ? undefined : must);
};

/** Null, or what the other check asks for. */
export const orNull =
  (check: Check): Check =>
  (value) => {
    if (value === null) return undefined;
    const must = check(value);
    return must && `null or ${must}`;
  };

/** Throws a {@link MalformedInputError} that names the place, unless the value is right. */
export function mustBe(check: Check, path: string, value: unknown): void {
  const must = check(value);
  if (must !== undefined) throw new MalformedInputError(path, must, value);
}

/** Throws unless the value is an object (no array), whose fields can then be looked at. */
export function mustBeObject(path: string, value: unknown): asserts value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new MalformedInputError(path, 'an object', value);
  }
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
