import { z } from 'zod';
import type { SandboxEvent } from '../model/events.ts';
import { pendingReasons } from '../model/sandbox.ts';
import { instant, integer, text } from './fields.ts';

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
]);

/** Every event. Source: contract, section 2. */
export const eventSchema: z.ZodType<SandboxEvent> = z.discriminatedUnion('type', [
  ...commandSchema.options,
  ...reportSchema.options,
  plain('timeout'),
]);
