import type { z } from 'zod';
import type { createBody, updateBody } from '../../../schema/http/requests.ts';
import type { Network } from '../../configuration.ts';
import { RuleError } from '../../errors.ts';
import type { CreateRequest, UpdateRequest } from '../../host.ts';
import { mustBeExposable, mustBeName } from './name-rules.ts';

/** What a create body asks a host for. Throws `RuleError` for a name or a port that cannot be had. */
export function toCreateRequest(namespace: string, body: z.infer<typeof createBody>): CreateRequest {
  const { resources, name } = body;
  return {
    namespace,
    name: name == null ? null : mustBeName(name),
    timeoutSeconds: body.timeout_secs ?? undefined,
    resources: {
      cpus: resources?.cpus ?? undefined,
      memoryMb: resources?.memory_mb ?? undefined,
      diskMb: resources?.disk_mb ?? resources?.ephemeral_disk_mb ?? undefined,
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
    },
  };
}

/** What an update body asks a host for. Throws `RuleError` when it asks for nothing, or for what cannot be had. */
export function toUpdateRequest(body: z.infer<typeof updateBody>): UpdateRequest {
  const { name, network, exposed_ports: ports, allow_unauthenticated_access: open } = body;
  if (Object.values(body).every((value) => value === undefined)) {
    throw new RuleError(
      'There is nothing to change; give name, allow_unauthenticated_access, exposed_ports or network.',
    );
  }
  return {
    name: name === undefined ? undefined : mustBeName(name),
    configuration: {
      ...(open !== undefined && { allowUnauthenticatedAccess: open }),
      // An empty array goes back to the management port only.
      ...(ports !== undefined && { exposedPorts: ports.length === 0 ? null : mustBeExposable(ports) }),
      ...(network !== undefined && { network: toNetwork(network) }),
    },
  };
}

function toNetwork(body: NonNullable<z.infer<typeof updateBody>['network']>): Network {
  return {
    allowInternetAccess: body.allow_internet_access,
    allowOut: body.allow_out,
    denyOut: body.deny_out,
  };
}
