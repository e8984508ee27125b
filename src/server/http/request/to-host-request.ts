import type { z } from 'zod';
import type { createBody, updateBody } from '../../../schema/http/requests.ts';
import { printable } from '../../../utils/printable.ts';
import type { Network } from '../../configuration.ts';
import { RuleError } from '../../errors.ts';
import type { CreateRequest, UpdateRequest } from '../../host.ts';

/** Converts the body of a create request. Throws `RuleError` for a name, a port or two disks that are not allowed. */
export function toCreateRequest(namespace: string, body: z.infer<typeof createBody>): CreateRequest {
  const { resources, name } = body;
  return {
    namespace,
    name: name == null ? null : mustBeName(name),
    timeoutSeconds: body.timeout_secs ?? undefined,
    idleTimeoutSeconds: body.idle_timeout_secs ?? undefined,
    suspendedTimeoutSeconds: body.suspended_timeout_secs ?? undefined,
    resources: {
      cpus: resources?.cpus ?? undefined,
      memoryMb: resources?.memory_mb ?? undefined,
      diskMb: diskOf(resources ?? {}),
      gpus: resources?.gpus ?? undefined,
    },
    configuration: {
      image: body.image ?? null,
      secretNames: body.secret_names ?? [],
      entrypoint: body.entrypoint?.length ? body.entrypoint : null,
      network: body.network ? toNetwork(body.network) : null,
      allowUnauthenticatedAccess:
        body.allow_unauthenticated_access ?? body.allow_unauthenticated_proxy_access ?? false,
      exposedPorts: mustBeExposable(body.exposed_ports ?? null),
      templateId: body.template_id ?? null,
      snapshotId: body.snapshot_id ?? null,
      metadata: body.metadata ?? {},
    },
  };
}

/** Converts the body of an update. Throws `RuleError` for an empty body, and for a name or a port that is not allowed. */
export function toUpdateRequest(body: z.infer<typeof updateBody>): UpdateRequest {
  const { name, network, exposed_ports: ports, allow_unauthenticated_access: open } = body;
  if (Object.values(body).every((value) => value === undefined)) {
    throw new RuleError(
      'The body changes nothing; set name, timeout_secs, idle_timeout_secs, suspended_timeout_secs, allow_unauthenticated_access, exposed_ports, network or metadata.',
    );
  }
  return {
    name: name === undefined ? undefined : mustBeName(name),
    timeoutSeconds: body.timeout_secs,
    idleTimeoutSeconds: body.idle_timeout_secs,
    suspendedTimeoutSeconds: body.suspended_timeout_secs,
    configuration: {
      ...(open !== undefined && { allowUnauthenticatedAccess: open }),
      // An empty array exposes the management port only.
      ...(ports !== undefined && { exposedPorts: ports.length === 0 ? null : mustBeExposable(ports) }),
      ...(network !== undefined && { network: network && toNetwork(network) }),
      ...(body.metadata !== undefined && { metadata: body.metadata ?? {} }),
    },
  };
}

/** The disk under its newer or its older name. Throws a {@link RuleError} when the two disagree. */
function diskOf({
  disk_mb: disk,
  ephemeral_disk_mb: older,
}: NonNullable<z.infer<typeof createBody>['resources']>): number | undefined {
  if (disk != null && older != null && disk !== older) {
    throw new RuleError(
      `resources.disk_mb is ${disk}, but resources.ephemeral_disk_mb, its older name, is ${older}; send one of them.`,
    );
  }
  return disk ?? older ?? undefined;
}

function toNetwork(body: NonNullable<z.infer<typeof updateBody>['network']>): Network {
  return {
    allowInternetAccess: body.allow_internet_access,
    allowOut: body.allow_out,
    denyOut: body.deny_out,
  };
}

const dnsLabel = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Throws a {@link RuleError} for an invalid name. A valid name is a DNS label that begins with a letter. */
export function mustBeName(name: string): string {
  if (dnsLabel.test(name)) return name;
  throw new RuleError(
    `The name "${printable(name)}" is not valid; use 1 to 63 lowercase letters, digits and hyphens, starting with a letter and not ending with a hyphen.`,
  );
}

/** The port of the daemon in a sandbox, which users cannot expose. */
const managementPort = 9501;

/** Throws a {@link RuleError} when the management port is among them. */
function mustBeExposable(ports: readonly number[] | null): readonly number[] | null {
  if (!ports?.includes(managementPort)) return ports;
  throw new RuleError(`Port ${managementPort} is the management port and cannot be exposed; leave it out.`);
}
