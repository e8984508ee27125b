import { z } from 'zod';
import { type Policy, readTimeout } from '../model/policy.ts';
import { parse, SchemaError } from './parse.ts';

/** The wire's `timeout_secs`, in seconds. The policy says what a number means and whether it is allowed. */
export const timeoutSecondsSchema = z.int('must be a whole number of seconds').min(0, 'must be 0 or more');

/**
 * Returns the limit in ms (null for none) of a `timeout_secs` from untrusted input; undefined means omitted. Throws
 * {@link SchemaError} for a value that does not fit the schema or that the policy does not allow.
 *
 * @example
 * parseTimeoutSeconds(300); // 300_000
 * parseTimeoutSeconds('300'); // SchemaError: timeout_secs must be a whole number of seconds.
 */
export function parseTimeoutSeconds(input: unknown, policy?: Policy): number | null {
  const reading = readTimeout(parse(timeoutSecondsSchema.optional(), 'timeout_secs', input), policy);
  if ('problem' in reading) throw new SchemaError([{ path: 'timeout_secs', message: reading.problem }]);
  return reading.timeoutMs;
}
