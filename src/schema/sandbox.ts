import { z } from 'zod';
import { brokenInvariant } from '../model/invariants.ts';
import {
  longestTimeoutMs,
  operationKinds,
  operationResults,
  outcomeReasons,
  pendingReasons,
  results,
  type Sandbox,
  statuses,
} from '../model/sandbox.ts';
import { count, instant, integer, someText, text, tooLong } from './fields.ts';

const limit = count.max(longestTimeoutMs, tooLong).nullable();

/** A sandbox record: every field of the right type, no unknown field, and every invariant. */
export const sandboxSchema = z
  .strictObject({
    id: someText,
    name: someText.nullable(),
    status: z.enum(statuses),
    version: count,
    operation: z.strictObject({ id: count, kind: z.enum(operationKinds), deadline: integer }).nullable(),
    lastOperation: z
      .strictObject({
        id: count,
        kind: z.enum(operationKinds),
        result: z.enum(operationResults),
        reason: text.nullable(),
        at: instant,
      })
      .nullable(),
    operations: count,
    incarnation: count.nullable(),
    generation: count,
    timeoutMs: limit,
    idleTimeoutMs: limit,
    suspendedTimeoutMs: limit,
    expiresAt: integer.nullable(),
    idleAt: integer.nullable(),
    discardAt: integer.nullable(),
    snapshotId: someText.nullable(),
    pendingReason: z.enum(pendingReasons).nullable(),
    outcome: z
      .strictObject({
        result: z.enum(results),
        reason: z.enum(outcomeReasons),
        detail: text.nullable(),
        exitCode: integer.nullable(),
      })
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
  }) satisfies z.ZodType<Sandbox>;
