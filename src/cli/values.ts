import { UsageError } from './help.ts';

/** A value as it was given, and where: `--port` or `SANDBOX_LIFECYCLE_PORT`. */
export interface Given {
  readonly text: string;
  readonly source: string;
}

/** Reads a value, or takes the fallback when none was given. Throws a {@link UsageError} where `read` has nothing. */
export function readValue<Value>(
  given: Given | undefined,
  fallback: Value,
  read: (text: string) => Value | undefined,
  help: string,
): Value {
  if (given === undefined) return fallback;
  const value = read(given.text);
  if (value === undefined) throw new UsageError(`${given.source} ${given.text} ${help}`);
  return value;
}

/** A whole number within bounds, or nothing. */
export function toWholeNumber(text: string, minimum: number, maximum: number): number | undefined {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return value >= minimum && value <= maximum ? value : undefined;
}

/** Milliseconds from `3s` or `500ms`, or nothing. */
export function toMilliseconds(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,9})(ms|s)$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  return Number(digits) * (unit === 's' ? 1000 : 1);
}

/** A share from 0 to 1, or nothing. */
export function toShare(text: string): number | undefined {
  const value = /^(\d(\.\d{0,9})?|\.\d{1,9})$/.test(text) ? Number(text) : Number.NaN;
  return value <= 1 ? value : undefined;
}
