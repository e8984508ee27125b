import { z } from 'zod';
import { brokenInvariant } from '../model/invariants.ts';
import {
  longestTimeoutMs,
  operationKinds,
  outcomeReasons,
  pendingReasons,
  results,
  type Sandbox,
  statuses,
} from '../model/sandbox.ts';
import { count, instant, integer, someText, text } from './fields.ts';

/** A sandbox record: every field of the right type, no unknown field, and every invariant. */
export const sandboxSchema: z.ZodType<Sandbox> = z
  .strictObject({
    id: someText,
    name: someText.nullable(),
    status: z.enum(statuses),
    version: count,
    operation: z.strictObject({ id: count, kind: z.enum(operationKinds), deadline: integer }).nullable(),
    operations: count,
    incarnation: count.nullable(),
    timeoutMs: integer
      .min(0, 'must be 0 or more')
      .max(longestTimeoutMs, 'is too long to be counted')
      .nullable(),
    expiresAt: integer.nullable(),
    snapshotId: someText.nullable(),
    pendingReason: z.enum(pendingReasons).nullable(),
    outcome: z
      .strictObject({ result: z.enum(results), reason: z.enum(outcomeReasons), detail: text.nullable() })
      .nullable(),
    createdAt: instant,
    updatedAt: instant,
    terminatedAt: instant.nullable(),
  })
  .superRefine((sandbox, context) => {
    const broken = brokenInvariant(sandbox);
    if (broken)
      context.addIssue({
        code: 'custom',
        path: broken.path.split('.'),
        message: `breaks an invariant: ${broken.message}`,
      });
  });
