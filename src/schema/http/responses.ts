import { z } from 'zod';
import { commands } from '../../model/events.ts';
import { operationKinds, operationResults, pendingReasons, statuses } from '../../model/sandbox.ts';
import { eventSchema } from '../event.ts';
import { count, instant, integer, someText, text } from '../fields.ts';
import { sandboxSchema } from '../sandbox.ts';
import type { OperationJson } from './operation-responses.ts';
import type { TypeOf } from './type-of.ts';

const status = z.enum(statuses);
const pendingReason = z.enum(pendingReasons);
const words = z.array(text);
const version = count.describe('Increases by one for each applied event, and only then.');
const actor = text.describe(
  'The author of the event: `platform`, `clock`, the name of the owner of a token, or `user`.',
);
const cause = text.describe('The cause of the event: `operation 3`, `deadline`, or the id of the request.');
const refusalCode = z.enum(['terminal', 'ephemeral', 'busy', 'not_running', 'invalid']);
const sequence = integer.min(0).describe('The position in the order of all changes of the server.');

/** The network access of a sandbox. */
export const networkInfoSchema = z.strictObject({
  allow_internet_access: z.boolean(),
  allow_out: words,
  deny_out: words,
});
export type NetworkInfo = TypeOf<typeof networkInfoSchema>;

/** The resources of a sandbox. Memory and disk are in MiB. */
export const resourcesInfoSchema = z.strictObject({
  cpus: z.number(),
  memory_mb: integer,
  disk_mb: integer,
  ephemeral_disk_mb: integer.describe('The same as `disk_mb`, under its older name.'),
  gpus: z.array(z.strictObject({ count, model: text })).optional(),
});
export type ResourcesInfo = TypeOf<typeof resourcesInfoSchema>;

/** A sandbox. Times are epoch ms. */
export const sandboxInfoSchema = z.strictObject({
  id: someText,
  namespace: someText,
  name: someText.nullable().describe('Null for an ephemeral sandbox.'),
  status,
  pending_reason: pendingReason.nullable(),
  image: text,
  resources: resourcesInfoSchema,
  secret_names: words,
  timeout_secs: z.number().min(0).describe('0 without a limit.'),
  idle_timeout_secs: z
    .number()
    .nullable()
    .describe('How long it may run without activity; null without a limit.'),
  suspended_timeout_secs: z
    .number()
    .nullable()
    .describe('How long it may stay suspended; null without a limit.'),
  entrypoint: words,
  network: networkInfoSchema.nullable(),
  network_policy: networkInfoSchema.nullable().describe('The same as `network`, under its older name.'),
  allow_unauthenticated_access: z.boolean(),
  exposed_ports: z.array(integer).nullable(),
  template_id: text.nullable(),
  snapshot_id: text.nullable().describe('The snapshot that it was restored from.'),
  snapshot_types: z
    .array(z.enum(['memory', 'filesystem']))
    .describe('The types of snapshots that the platform can take of it, the default first.'),
  metadata: z.record(z.string(), text).describe('The texts of the user.'),
  sandbox_url: text.nullable().describe('The URL of the sandbox; null unless it runs.'),
  outcome: text
    .nullable()
    .describe('The result of a terminated sandbox, such as `Success(UserTerminated)`; null before.'),
  termination_reason: text.optional(),
  exit_code: integer.nullable().describe('The exit code of its program, where it is known; null before.'),
  error_details: z.strictObject({ message: text }).optional(),
  container_id: z.null(),
  executor_id: z.null(),
  pool_id: z.null(),
  created_at: instant,
  updated_at: instant,
  terminated_at: instant.nullable(),
  expires_at: integer
    .nullable()
    .describe(
      'The time at which the run limit is due; null without a limit, or while the sandbox does not run.',
    ),
  idle_at: integer.nullable().describe('The time at which the idle limit is due; null as `expires_at`.'),
  discard_at: integer
    .nullable()
    .describe(
      'The time at which a suspended sandbox is discarded; null without a limit, or while it is not suspended.',
    ),
  last_operation: z
    .strictObject({
      id: count,
      kind: z.enum(operationKinds),
      result: z.enum(operationResults),
      reason: text.nullable(),
      at: instant,
    })
    .nullable()
    .describe('The last operation that ended by itself, and why it failed.'),
  generation: count.describe('Counts the changes of ports, network, access and metadata.'),
  applied_generation: count
    .nullable()
    .describe(
      'The generation that the platform has; null while nothing runs, while it is not known, and in the response to a change.',
    ),
  version,
  lifecycle: sandboxSchema.describe('The complete lifecycle record, as in the library.'),
});
export type SandboxInfo = TypeOf<typeof sandboxInfoSchema>;

/** The response to a create request. */
export const createdInfoSchema = z.strictObject({
  sandbox_id: someText,
  status,
  name: someText.optional(),
  pending_reason: pendingReason.optional(),
  sandbox_url: text.optional(),
});
export type CreatedInfo = TypeOf<typeof createdInfoSchema>;

const cursor = text.nullable();

/** A page of sandboxes: those that have not ended first, each part newest first. */
export const sandboxPageSchema = z.strictObject({
  sandboxes: z.array(sandboxInfoSchema),
  prev_cursor: cursor,
  next_cursor: cursor,
  leaves_out: z
    .literal(true)
    .optional()
    .describe('Present when sandboxes that a newer release has written may be missing in the list.'),
});
export type SandboxPage = TypeOf<typeof sandboxPageSchema>;

/** An archived sandbox. */
export const archivedInfoSchema = sandboxInfoSchema.extend({
  archived_at: instant.describe('When retention took the sandbox out of the list, in epoch ms.'),
});

/** A page of archived sandboxes, newest first. */
export const archivedPageSchema = z.strictObject({
  sandboxes: z.array(archivedInfoSchema),
  prev_cursor: cursor,
  next_cursor: cursor,
});

/** The response to a snapshot request. */
export const snapshotStartSchema = z.strictObject({
  snapshot_id: someText,
  status: z.literal('in_progress'),
});
type SnapshotStart = TypeOf<typeof snapshotStartSchema>;

/** The owner of a token. */
export const keyInfoSchema = z.strictObject({
  id: someText,
  organizationId: someText,
  projectId: someText,
  scopes: z
    .array(z.enum(['read', 'write', 'metrics', 'admin']))
    .describe('The requests that the token allows.'),
  expiresAt: instant.nullable().describe('The time from which the token is not valid; null for never.'),
});
export type KeyInfo = TypeOf<typeof keyInfoSchema>;

/** A snapshot. */
export const snapshotInfoSchema = z.strictObject({
  id: someText,
  namespace: someText,
  sandbox_id: someText,
  status: z.enum(['in_progress', 'local_ready', 'completed', 'failed']),
  snapshot_type: z.enum(['memory', 'filesystem']),
  error: text.optional(),
  snapshot_uri: text.optional(),
  size_bytes: z.number().optional(),
  created_at: instant,
  expires_at: instant
    .optional()
    .describe('When retention deletes the snapshot, in epoch ms. Present when the server expires snapshots.'),
});
export type SnapshotInfo = TypeOf<typeof snapshotInfoSchema>;

/** A page of snapshots, newest first. */
export const snapshotPageSchema = z.strictObject({
  snapshots: z.array(snapshotInfoSchema),
  prev_cursor: cursor,
  next_cursor: cursor,
});
export type SnapshotPage = TypeOf<typeof snapshotPageSchema>;

const command = z.enum(commands);

/** The commands of a sandbox, each with whether it is allowed now, and if not, why. */
export const actionListSchema = z.strictObject({
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
export type ActionList = TypeOf<typeof actionListSchema>;

/** The first event of a history. */
const created = z.strictObject({
  type: z.literal('created'),
  name: someText.nullable(),
  timeoutMs: integer.nullable(),
  idleTimeoutMs: integer.nullable(),
  suspendedTimeoutMs: integer.nullable(),
  at: instant,
});

/** One applied event. */
export const changeInfoSchema = z.strictObject({
  sequence,
  sandbox_id: someText,
  version,
  at: instant,
  from: status.nullable(),
  to: status,
  event: z.union([eventSchema, created]),
  actor,
  cause,
  lifecycle: sandboxSchema.describe('The record after the event.'),
  first_kept: z
    .literal(true)
    .optional()
    .describe('Present on the first event of a history whose earlier events were deleted.'),
});
export type ChangeInfo = TypeOf<typeof changeInfoSchema>;

/** An event that was refused, or that left the sandbox unchanged. */
export const unappliedInfoSchema = z.strictObject({
  sandbox_id: someText,
  version: version.describe('The version of the sandbox, which the event did not change.'),
  at: instant,
  event: eventSchema,
  actor,
  cause,
  code: z.enum(['satisfied', 'joined', 'stale', 'not_due', ...refusalCode.options]),
  reason: someText,
});
export type UnappliedInfo = TypeOf<typeof unappliedInfoSchema>;

/** A change that the server cannot read, such as after damage of its file. The record of the sandbox is not affected. */
export const missingInfoSchema = z.strictObject({
  sequence,
  sandbox_id: someText,
  version,
  to: status.describe('The status after the event.'),
});
export type MissingInfo = TypeOf<typeof missingInfoSchema>;

/** A part of a history, oldest first. */
export const historyPageSchema = z.strictObject({
  history: z.array(changeInfoSchema),
  missing: z
    .array(missingInfoSchema)
    .optional()
    .describe('The events of this part that the server cannot read. Omitted when there are none.'),
  next_after: version.nullable().describe('Pass it as `after` for the next part; null for the last part.'),
});
export type HistoryPage = TypeOf<typeof historyPageSchema>;

/** The result of a wait. */
export const waitResultSchema = z.strictObject({
  outcome: z.enum(['reached', 'unreachable', 'failed', 'timed_out']),
  reason: text.nullable(),
  sandbox: sandboxInfoSchema,
});
type WaitResult = TypeOf<typeof waitResultSchema>;

/** The data of the events of a stream, by the type of the event. */
export interface StreamEvents {
  /** Starts the stream of all sandboxes, with the sequence before its first change. */
  readonly ready: { readonly sequence: number };
  /** Starts the stream of one sandbox. */
  readonly state: { readonly sequence: number; readonly sandbox: SandboxInfo };
  readonly change: ChangeInfo;
  /** In the place of a change that the server cannot read. */
  readonly missing: MissingInfo;
  readonly refused: UnappliedInfo;
  readonly unchanged: UnappliedInfo;
  /** Ends a stream. */
  readonly closed: { readonly reason: string };
}

/** An error as JSON (RFC 9457). */
export const problemSchema = z.strictObject({
  type: someText.describe('A name of the kind of error, which ends with its code. It is not an address.'),
  title: someText,
  status: integer,
  detail: someText.describe('The sentence for the user.'),
  code: someText.describe('The kind of error. It keeps its meaning.'),
  instance: someText.describe('The id of the request.'),
});

/** The JSON of a response. */
export type ResponseJson =
  | SandboxInfo
  | CreatedInfo
  | SandboxPage
  | SnapshotStart
  | SnapshotInfo
  | SnapshotPage
  | ActionList
  | HistoryPage
  | WaitResult
  | OperationJson
  | KeyInfo;
