import { z } from 'zod';
import { type Policy, readTimeouts } from '../model/policy.ts';
import type { Timeouts } from '../model/sandbox.ts';
import { parse, SchemaError } from './parse.ts';

const wholeSeconds = 'must be a whole number of seconds';

/** The wire's `timeout_secs`, in seconds. The policy says what a number means and whether it is allowed. */
export const timeoutSecondsSchema = z.int(wholeSeconds).min(0, 'must be 0 or more');

/** The wire's `idle_timeout_secs` and `suspended_timeout_secs`, in seconds. */
export const limitSecondsSchema = z.int(wholeSeconds).min(1, 'must be at least 1');

/** The three limits of a create request. Null means omitted. */
export const timeoutsSchema = z.object({
  timeout_secs: timeoutSecondsSchema.nullish(),
  idle_timeout_secs: limitSecondsSchema.nullish(),
  suspended_timeout_secs: limitSecondsSchema.nullish(),
});

/**
 * Returns the limits in ms (null for none) of a create request from untrusted input. Throws {@link SchemaError} for a value
 * that does not fit the schema or that the policy does not allow.
 *
 * @example
 * parseTimeouts({ timeout_secs: 300 }).timeoutMs; // 300_000
 * parseTimeouts({ timeout_secs: '300' }); // SchemaError: request.timeout_secs must be a whole number of seconds.
 */
export function parseTimeouts(input: unknown, policy?: Policy): Timeouts {
  const reading = readTimeouts(parse(timeoutsSchema, 'request', input), policy);
  if ('problem' in reading) throw new SchemaError([{ path: reading.field, message: reading.problem }]);
  return reading.timeouts;
}
