import { createSandbox } from '../../machine/transition.ts';
import type { Policy } from '../../model/policy.ts';
import { defaultConfiguration } from '../configuration.ts';
import type { CreateRequest } from '../host.ts';
import type { SandboxEntry } from '../store/records.ts';
import { boundedConfiguration } from './bounds.ts';
import type { Lookup } from './lookup.ts';
import { newLimits } from './requested-limits.ts';
import { resolveResources } from './resources.ts';

/** Creates the entry of a new sandbox. Throws `RuleError`, and `NotFoundError` for the snapshot. */
export async function newSandbox(
  request: CreateRequest,
  { id, at, policy, lookup }: { id: string; at: number; policy: Policy; lookup: Lookup },
): Promise<Omit<SandboxEntry, 'revision' | 'released'>> {
  const { namespace, name = null, resources = {}, configuration = {} } = request;
  const limits = newLimits(request, policy);
  const { snapshotId = null } = configuration;
  const snapshot = snapshotId === null ? undefined : await lookup.restorable(namespace, snapshotId);
  return {
    sandbox: createSandbox({ id, name, ...limits, at }, policy).sandbox,
    namespace,
    configuration: boundedConfiguration({
      ...defaultConfiguration,
      ...configuration,
      resources: resolveResources(resources, snapshot),
    }),
  };
}

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz';
const idLength = 21;

/** The largest multiple of 36 in a byte. Bytes from here on would make the first characters more likely. */
const byteLimit = 252;

/** Creates an id of 21 random characters of `[0-9a-z]`, which is about 108 bits. */
export function newId(): string {
  let id = '';
  while (id.length < idLength) {
    for (const byte of crypto.getRandomValues(new Uint8Array(idLength - id.length))) {
      if (byte < byteLimit) id += alphabet[byte % alphabet.length];
    }
  }
  return id;
}
