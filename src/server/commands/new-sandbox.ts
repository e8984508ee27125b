import { randomInt } from 'node:crypto';
import { createSandbox } from '../../machine/transition.ts';
import { type Policy, readTimeout } from '../../model/policy.ts';
import type { Configuration } from '../configuration.ts';
import { RuleError } from '../errors.ts';
import type { CreateRequest } from '../host.ts';
import type { SandboxEntry } from '../store/store.ts';
import type { Lookup } from './lookup.ts';
import { resolveResources } from './resources.ts';

/** What a new sandbox is, before it is kept. Throws `RuleError`, and `NotFoundError` for the snapshot. */
export async function newSandbox(
  { namespace, name = null, timeoutSeconds, resources = {}, configuration = {} }: CreateRequest,
  { id, at, policy, lookup }: { id: string; at: number; policy: Policy; lookup: Lookup },
): Promise<Omit<SandboxEntry, 'revision' | 'released'>> {
  const timeout = readTimeout(timeoutSeconds, policy);
  if ('problem' in timeout) throw new RuleError(timeout.problem);
  const { snapshotId = null } = configuration;
  const snapshot = snapshotId === null ? undefined : await lookup.restorable(namespace, snapshotId);
  return {
    sandbox: createSandbox({ id, name, timeoutMs: timeout.timeoutMs, at }, policy).sandbox,
    namespace,
    configuration: {
      ...emptyConfiguration,
      ...configuration,
      resources: resolveResources(resources, snapshot),
    },
  };
}

const emptyConfiguration: Omit<Configuration, 'resources'> = {
  image: null,
  secretNames: [],
  entrypoint: null,
  network: null,
  allowUnauthenticatedAccess: false,
  exposedPorts: null,
  templateId: null,
  snapshotId: null,
};

/** An id as the sources show it: 21 of `[0-9a-z]`, some 108 bits. */
export function newId(): string {
  return Array.from({ length: 21 }, () => randomInt(36).toString(36)).join('');
}
