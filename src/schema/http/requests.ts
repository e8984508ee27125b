import { z } from 'zod';
import { limitSecondsSchema, timeoutSecondsSchema } from '../timeout.ts';
import { metadataSchema, shortText, shortTexts } from './bounds.ts';

const port = z
  .int('must be a whole number')
  .min(1, 'must be at least 1')
  .max(65_535, 'must be at most 65535');
const ports = z.array(port).max(128, 'must have at most 128 items');
const cpus = z.number('must be a number').min(0.125, 'must be at least 0.125').max(64, 'must be at most 64');
const mebibytes = z.int('must be a whole number of MiB').positive('must be more than 0');
const memory = mebibytes.max(524_288, 'must be at most 524288 (512 GiB)');
const disk = mebibytes
  .min(10_240, 'must be at least 10240 (10 GiB)')
  .max(102_400, 'must be at most 102400 (100 GiB)');
const network = z.object({
  allow_internet_access: z.boolean('must be true or false').default(true),
  allow_out: shortTexts(256, 256).default([]),
  deny_out: shortTexts(256, 256).default([]),
});
const gpu = z.object({
  count: z.int('must be a whole number').min(1, 'must be at least 1').max(16, 'must be at most 16'),
  model: shortText(64),
});
const flag = z.boolean('must be true or false');

/**
 * The body of a create request. Unknown fields are ignored, unless the API knows them elsewhere. Null means omitted. The policy reads `timeout_secs`, and may
 * refuse it.
 */
export const createBody = z.object({
  name: shortText(256).nullish().describe('A DNS label. A sandbox with a name can be suspended.'),
  image: shortText(512).nullish(),
  resources: z
    .object({
      cpus: cpus.nullish(),
      memory_mb: memory
        .nullish()
        .describe('From 1024 to 8192 MiB for each CPU. Default: 1024, or the nearest that the CPUs allow.'),
      disk_mb: disk.nullish(),
      ephemeral_disk_mb: disk.nullish().describe('An older name of `disk_mb`.'),
      gpus: z.array(gpu).max(8, 'must have at most 8 items').nullish(),
    })
    .nullish(),
  secret_names: shortTexts(128, 256).nullish(),
  timeout_secs: timeoutSecondsSchema.nullish().describe('0 requests the maximum that the policy allows.'),
  idle_timeout_secs: limitSecondsSchema.nullish().describe('How long it may run without activity.'),
  suspended_timeout_secs: limitSecondsSchema
    .nullish()
    .describe('How long it may stay suspended before it is discarded.'),
  entrypoint: shortTexts(1024, 32_768).nullish().describe('The command to run.'),
  network: network.nullish(),
  snapshot_id: shortText(256).nullish().describe('The snapshot to restore from.'),
  allow_unauthenticated_access: flag.nullish(),
  allow_unauthenticated_proxy_access: flag
    .nullish()
    .describe('An older name of `allow_unauthenticated_access`.'),
  exposed_ports: ports.nullish(),
  template_id: shortText(256).nullish(),
  metadata: metadataSchema.nullish().describe('Texts by which a list can be filtered.'),
});
export type CreateBody = Readonly<z.input<typeof createBody>>;

/** The body of an update request. */
export const updateBody = z.object({
  name: z
    .string('must be a string; a name can be changed, but not removed')
    .max(256, 'must have at most 256 characters')
    .optional(),
  allow_unauthenticated_access: flag.optional(),
  exposed_ports: ports.optional().describe('An empty array exposes the management port only.'),
  network: network.nullish().describe('Null removes it.'),
  metadata: metadataSchema.nullish().describe('Replaces all of it. Null removes it.'),
  timeout_secs: timeoutSecondsSchema
    .nullish()
    .describe(
      'Counts from now while the sandbox runs. Null removes the limit; 0 has the same meaning as in a create request.',
    ),
  idle_timeout_secs: limitSecondsSchema
    .nullish()
    .describe('Counts from now while it runs. Null removes the limit.'),
  suspended_timeout_secs: limitSecondsSchema
    .nullish()
    .describe('Counts from now while it is suspended. Null removes the limit.'),
});
export type UpdateBody = Readonly<z.input<typeof updateBody>>;

/** The body of a snapshot request, which is optional. */
export const snapshotBody = z.object({
  snapshot_type: z
    .enum(['memory', 'filesystem'])
    .optional()
    .describe('What to capture. Without it: the first type that the platform of the server can take.'),
});
export type SnapshotBody = Readonly<z.input<typeof snapshotBody>>;

/** The body of a confirmation of absent sandboxes. */
export const confirmAbsencesBody = z.object({
  count: z
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .describe('The number of absent sandboxes that `GET /absences` has returned.'),
});

const sandboxId = shortText(256).min(1, 'must not be empty');

/** The body of a decision about sandboxes without a record. */
export const decideOrphansBody = z.object({
  decision: z
    .enum(['keep', 'release', 'adopt'], 'must be keep, release or adopt')
    .describe(
      '`keep` leaves them on the platform, `release` removes them with all that they hold, `adopt` creates records for them.',
    ),
  sandbox_ids: z
    .array(sandboxId, 'must be an array of strings')
    .min(1, 'must have at least 1 item')
    .max(1_000, 'must have at most 1000 items')
    .describe('The ids that `GET /orphans` has returned.'),
  namespace: z
    .string('must be a text')
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/,
      'must have 1 to 63 letters, digits, dots, hyphens and underscores',
    )
    .optional()
    .describe('`adopt`: the namespace of the records. Required then.'),
  names: z
    .record(sandboxId, shortText(256), 'must be an object of strings')
    .optional()
    .describe('`adopt`: names by the ids of sandboxes. One without a name becomes ephemeral.'),
});

/** The body of a request for a backup. */
export const backupBody = z.object({
  path: z
    .string('must be a text')
    .max(4_096, 'must have at most 4,096 characters')
    .regex(/^(\/|[A-Za-z]:[\\/])[^\0]*\.db$/, 'must be an absolute path that ends in .db')
    .describe(
      'The new file: an absolute path on the machine of the server, that ends in `.db` and does not exist.',
    ),
  database: z
    .string('must be a text')
    .max(64, 'must have at most 64 characters')
    .optional()
    .describe('The identity of the database to back up. A server that uses another one refuses the request.'),
});
