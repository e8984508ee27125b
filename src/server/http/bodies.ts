import { z } from 'zod';
import { timeoutSecondsSchema } from '../../schema/timeout.ts';
import { RuleError } from '../errors.ts';

const words = z.array(z.string('must be a string'), 'must be an array of strings');
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
  model: z.string('must be a string'),
});
const flag = z.boolean('must be true or false');

/**
 * The body of a create request. Fields that the sources do not know are passed over, as the API does; null means
 * left out. `timeout_secs` is read by the policy, which has reasons to refuse.
 */
export const createBody = z.object({
  name: z.string('must be a string').nullish(),
  image: z.string('must be a string').nullish(),
  resources: z
    .object({
      cpus: cpus.nullish(),
      memory_mb: mebibytes.nullish(),
      disk_mb: disk.nullish(),
      ephemeral_disk_mb: mebibytes.nullish(),
      gpus: z.array(gpu).nullish(),
    })
    .nullish(),
  secret_names: words.nullish(),
  timeout_secs: timeoutSecondsSchema.nullish(),
  entrypoint: words.nullish(),
  network: network.nullish(),
  snapshot_id: z.string('must be a string').nullish(),
  allow_unauthenticated_access: flag.nullish(),
  allow_unauthenticated_proxy_access: flag.nullish(),
  exposed_ports: z.array(port).nullish(),
  template_id: z.string('must be a string').nullish(),
});

/** The body of an update request. */
export const updateBody = z.object({
  name: z.string('must be a string; a name can be changed, but never taken away').optional(),
  allow_unauthenticated_access: flag.optional(),
  exposed_ports: z.array(port).optional(),
  network: network.optional(),
});

/** The body of a snapshot request, which may also be left out. */
export const snapshotBody = z.object({
  snapshot_type: z.enum(['memory', 'filesystem']).default('filesystem'),
});

const dnsLabel = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Throws a {@link RuleError} for a name that the API does not take: it has to be a DNS label that begins with a letter. */
export function mustBeName(name: string): string {
  if (dnsLabel.test(name)) return name;
  throw new RuleError(
    `The name ${JSON.stringify(name.slice(0, 80))} is not valid; use 1 to 63 lowercase letters, digits and hyphens, beginning with a letter and not ending with a hyphen.`,
  );
}

/** The port of the sandbox's own daemon, which is not the user's to expose. */
const managementPort = 9501;

/** Throws a {@link RuleError} when the management port is among them. */
export function mustBeExposable(ports: readonly number[] | null): readonly number[] | null {
  if (!ports?.includes(managementPort)) return ports;
  throw new RuleError(`Port ${managementPort} is the management port and cannot be exposed; leave it out.`);
}
