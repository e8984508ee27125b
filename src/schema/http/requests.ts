import { z } from 'zod';
import { text } from '../fields.ts';
import { limitSecondsSchema, timeoutSecondsSchema } from '../timeout.ts';

const words = z.array(text, 'must be an array of strings');
const port = z
  .int('must be a whole number')
  .min(1, 'must be at least 1')
  .max(65_535, 'must be at most 65535');
const cpus = z.number('must be a number').positive('must be more than 0');
const mebibytes = z.int('must be a whole number of MiB').positive('must be more than 0');
const disk = mebibytes
  .min(10_240, 'must be at least 10240 (10 GiB)')
  .max(102_400, 'must be at most 102400 (100 GiB)');
const network = z.object({
  allow_internet_access: z.boolean('must be true or false').default(true),
  allow_out: words.default([]),
  deny_out: words.default([]),
});
const gpu = z.object({
  count: z.int('must be a whole number').min(1, 'must be at least 1'),
  model: text,
});
const flag = z.boolean('must be true or false');

/**
 * The body of a create request. Ignores unknown fields. Null means omitted. The policy reads `timeout_secs`, and may
 * refuse it.
 */
export const createBody = z.object({
  name: text.nullish().describe('A DNS label. A sandbox with a name can be suspended.'),
  image: text.nullish(),
  resources: z
    .object({
      cpus: cpus.nullish(),
      memory_mb: mebibytes.nullish(),
      disk_mb: disk.nullish(),
      ephemeral_disk_mb: mebibytes.nullish().describe('An older name of `disk_mb`.'),
      gpus: z.array(gpu).nullish(),
    })
    .nullish(),
  secret_names: words.nullish(),
  timeout_secs: timeoutSecondsSchema.nullish().describe('0 requests the maximum that the policy allows.'),
  idle_timeout_secs: limitSecondsSchema.nullish().describe('How long it may run without activity.'),
  suspended_timeout_secs: limitSecondsSchema
    .nullish()
    .describe('How long it may stay suspended before it is discarded.'),
  entrypoint: words.nullish().describe('The command to run.'),
  network: network.nullish(),
  snapshot_id: text.nullish().describe('The snapshot to restore from.'),
  allow_unauthenticated_access: flag.nullish(),
  allow_unauthenticated_proxy_access: flag
    .nullish()
    .describe('An older name of `allow_unauthenticated_access`.'),
  exposed_ports: z.array(port).nullish(),
  template_id: text.nullish(),
});
export type CreateBody = Readonly<z.input<typeof createBody>>;

/** The body of an update request. */
export const updateBody = z.object({
  name: z.string('must be a string; a name can be changed, but not removed').optional(),
  allow_unauthenticated_access: flag.optional(),
  exposed_ports: z.array(port).optional().describe('An empty array exposes the management port only.'),
  network: network.nullish().describe('Null removes it.'),
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
  snapshot_type: z.enum(['memory', 'filesystem']).default('filesystem'),
});
export type SnapshotBody = Readonly<z.input<typeof snapshotBody>>;
