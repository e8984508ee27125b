import { z } from 'zod';
import { commands } from '../../model/events.ts';
import { pendingReasons, statuses } from '../../model/sandbox.ts';
import { eventSchema } from '../event.ts';
import { count, instant, integer, someText, text } from '../fields.ts';
import { sandboxSchema } from '../sandbox.ts';

const status = z.enum(statuses);
const pendingReason = z.enum(pendingReasons);
const words = z.array(text);
const version = count.describe('Grows by one for each applied event, and never otherwise.');
const actor = text.describe('Who did it: `platform`, `clock`, the name of a token, or `user`.');
const cause = text.describe('What led to it: `operation 3`, `deadline`, or the id of the request.');
const refusalCode = z.enum(['terminal', 'ephemeral', 'busy', 'not_running', 'invalid']);
const sequence = integer.min(0).describe('The place in the order of all changes of the server.');

/** What a sandbox may reach. */
export const networkAnswer = z.strictObject({
  allow_internet_access: z.boolean(),
  allow_out: words,
  deny_out: words,
});

/** What a sandbox has. Memory and disk are in MiB. */
export const resourcesAnswer = z.strictObject({
  cpus: z.number(),
  memory_mb: integer,
  disk_mb: integer,
  ephemeral_disk_mb: integer.describe('The same as `disk_mb`, under its older name.'),
  gpus: z.array(z.strictObject({ count, model: text })).optional(),
});

/** A sandbox. Times are epoch ms. */
export const sandboxAnswer = z.strictObject({
  id: someText,
  namespace: someText,
  name: someText.nullable().describe('Null for an ephemeral sandbox.'),
  status,
  pending_reason: pendingReason.nullable(),
  image: text,
  resources: resourcesAnswer,
  secret_names: words,
  timeout_secs: z.number().min(0).describe('0 when there is no limit.'),
  entrypoint: words,
  network: networkAnswer.nullable(),
  network_policy: networkAnswer.nullable().describe('The same as `network`, under its older name.'),
  allow_unauthenticated_access: z.boolean(),
  exposed_ports: z.array(integer).nullable(),
  template_id: text.nullable(),
  snapshot_id: text.nullable().describe('The snapshot that it was restored from.'),
  sandbox_url: text.nullable().describe('Where it can be reached; null unless it runs.'),
  outcome: text.nullable().describe('How it ended, as `Success(UserTerminated)`; null until then.'),
  termination_reason: text.optional(),
  error_details: z.strictObject({ message: text }).optional(),
  container_id: z.null(),
  executor_id: z.null(),
  pool_id: z.null(),
  created_at: instant,
  updated_at: instant,
  terminated_at: instant.nullable(),
  expires_at: integer
    .nullable()
    .describe('When its time is up; null when there is no limit, or it does not run.'),
  version,
  lifecycle: sandboxSchema.describe('The whole record of its lifecycle, as the library has it.'),
});

/** What a create request is answered with. */
export const createdAnswer = z.strictObject({
  sandbox_id: someText,
  status,
  name: someText.optional(),
  pending_reason: pendingReason.optional(),
  sandbox_url: text.optional(),
});

const cursor = text.nullable();

/** A page of sandboxes, newest first. */
export const sandboxesAnswer = z.strictObject({
  sandboxes: z.array(sandboxAnswer),
  prev_cursor: cursor,
  next_cursor: cursor,
});

/** What a snapshot request is answered with. */
export const snapshotBegunAnswer = z.strictObject({
  snapshot_id: someText,
  status: z.literal('in_progress'),
});

/** A snapshot. */
export const snapshotAnswer = z.strictObject({
  id: someText,
  namespace: someText,
  sandbox_id: someText,
  status: z.enum(['in_progress', 'local_ready', 'completed', 'failed']),
  snapshot_type: z.enum(['memory', 'filesystem']),
  error: text.optional(),
  snapshot_uri: text.optional(),
  size_bytes: z.number().optional(),
  created_at: instant,
});

/** All snapshots of a namespace. */
export const snapshotsAnswer = z.strictObject({ snapshots: z.array(snapshotAnswer) });

const command = z.enum(commands);

/** What may be done with a sandbox now, and why the rest may not. */
export const actionsAnswer = z.strictObject({
  id: someText,
  version,
  status,
  actions: z.array(
    z.union([
      z.strictObject({ command, allowed: z.literal(true) }),
      z.strictObject({
        command,
        allowed: z.literal(false),
        code: refusalCode,
        reason: someText,
      }),
    ]),
  ),
});

/** The event that begins a history. */
const created = z.strictObject({
  type: z.literal('created'),
  name: someText.nullable(),
  timeoutMs: integer.nullable(),
  at: instant,
});

/** One applied event. */
export const changeAnswer = z.strictObject({
  sequence,
  sandbox_id: someText,
  version,
  at: instant,
  from: status.nullable(),
  to: status,
  event: z.union([eventSchema, created]),
  actor,
  cause,
  lifecycle: sandboxSchema.describe('The record that the event led to.'),
});

/** An event that was refused, or that left the sandbox as it was. */
export const unappliedAnswer = z.strictObject({
  sandbox_id: someText,
  version: version.describe('That of the sandbox, before and after.'),
  at: instant,
  event: eventSchema,
  actor,
  cause,
  code: z.enum(['satisfied', 'joined', 'stale', 'not_due', ...refusalCode.options]),
  reason: someText,
});

/** A part of a history, first to last. */
export const historyAnswer = z.strictObject({
  history: z.array(changeAnswer),
  next_after: version.nullable().describe('Give it as `after` for what follows; null when nothing does.'),
});

/** What became of a wait. */
export const waitAnswer = z.strictObject({
  outcome: z.enum(['reached', 'unreachable', 'timed_out']),
  reason: text.nullable(),
  sandbox: sandboxAnswer,
});
