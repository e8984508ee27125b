import { z } from 'zod';
import { defaultPolicy, longestTimeoutSeconds, type Policy } from '../model/policy.ts';

const seconds = z
  .int('must be a whole number of seconds')
  .min(1, 'must be at least 1 second')
  .max(longestTimeoutSeconds, `must be at most ${longestTimeoutSeconds} seconds`);

const limits = defaultPolicy.operationLimitSeconds;

/** A policy. Omitted values are the defaults. Source: contract, section 6. */
export const policySchema = z
  .strictObject({
    operationLimitSeconds: z
      .strictObject({
        boot: seconds.default(limits.boot),
        snapshot: seconds.default(limits.snapshot),
        suspend: seconds.default(limits.suspend),
        resume: seconds.default(limits.resume),
      })
      .prefault({}),
    suspendRetryDelaySeconds: seconds.default(defaultPolicy.suspendRetryDelaySeconds),
    omittedTimeoutSeconds: seconds.nullable().default(defaultPolicy.omittedTimeoutSeconds),
    zeroTimeout: z.enum(['none', 'plan_maximum']).default(defaultPolicy.zeroTimeout),
    planMaximumSeconds: seconds.nullable().default(defaultPolicy.planMaximumSeconds),
    timeoutMeasures: z.enum(['lifetime', 'idle']).default(defaultPolicy.timeoutMeasures),
    suspendedTimeoutSeconds: seconds.nullable().default(defaultPolicy.suspendedTimeoutSeconds),
  })
  .refine(
    ({ omittedTimeoutSeconds, planMaximumSeconds }) =>
      omittedTimeoutSeconds === null ||
      planMaximumSeconds === null ||
      omittedTimeoutSeconds <= planMaximumSeconds,
    { path: ['omittedTimeoutSeconds'], message: 'must not be above planMaximumSeconds' },
  ) satisfies z.ZodType<Policy>;
