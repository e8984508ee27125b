import { z } from 'zod';
import type { SandboxEvent } from '../model/events.ts';
import { longestTimeoutMs, pendingReasons } from '../model/sandbox.ts';
import { instant, integer, text, tooLong } from './fields.ts';

/** The machine refuses a limit below 1. One that cannot be counted does not fit the schema. */
const countableLimit = integer.max(longestTimeoutMs, tooLong).nullable();

const plain = <const Type extends string>(type: Type) =>
  z.strictObject({ type: z.literal(type), at: instant });
const answer = <const Type extends string>(type: Type) => plain(type).extend({ operation: integer });
const failure = <const Type extends string>(type: Type) => answer(type).extend({ reason: text });

/** A command of a user. Strict: a field that the command does not have is an error. */
export const commandSchema = z.discriminatedUnion('type', [
  plain('suspend'),
  plain('resume'),
  plain('snapshot').extend({ snapshotId: text }),
  plain('rename').extend({ name: text }),
  plain('keepalive'),
  plain('setTimeouts').extend({
    timeoutMs: countableLimit.optional(),
    idleTimeoutMs: countableLimit.optional(),
    suspendedTimeoutMs: countableLimit.optional(),
  }),
  plain('configure'),
  plain('terminate'),
]);

/** A report of the platform. */
export const reportSchema = z.discriminatedUnion('type', [
  answer('boot.progressed').extend({ pendingReason: z.enum(pendingReasons) }),
  answer('boot.completed'),
  failure('boot.failed'),
  answer('snapshot.completed'),
  failure('snapshot.failed'),
  answer('suspend.completed'),
  failure('suspend.failed'),
  answer('resume.completed'),
  failure('resume.failed'),
  plain('crashed').extend({ incarnation: integer, reason: text }),
  plain('exited').extend({ incarnation: integer, exitCode: integer.nullable(), reason: text.nullable() }),
  plain('lost').extend({ version: integer, reason: text }),
]);

/** Every event. Source: contract, section 2. */
export const eventSchema = z.discriminatedUnion('type', [
  ...commandSchema.options,
  ...reportSchema.options,
  plain('timeout'),
  answer('deadline.moved').extend({ deadline: integer }),
]) satisfies z.ZodType<SandboxEvent>;
