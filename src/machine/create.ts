import { instant, mustBe, mustBeObject, orNull, someText, whole } from '../model/checks.ts';
import { defaultPolicy, type Policy } from '../model/policy.ts';
import { longestTimeoutMs, type SandboxData } from '../model/sandbox.ts';
import { newOperation } from './updates/begin.ts';

/** The input of a new sandbox. `timeoutMs` is in ms, null or omitted for no limit; `at` is epoch ms. */
export interface CreateInput {
  readonly id: string;
  readonly name?: string | null;
  readonly timeoutMs?: number | null;
  readonly at: number;
}

/** Creates the first record of a sandbox, without its status. Throws {@link MalformedInputError} for bad input. */
export function newSandboxData(input: CreateInput | undefined, policy: Policy = defaultPolicy): SandboxData {
  mustBeObject('sandbox', input);
  const { id, name = null, timeoutMs = null, at } = input;
  mustBe(someText, 'sandbox.id', id);
  mustBe(orNull(someText), 'sandbox.name', name);
  mustBe(orNull(whole(0, longestTimeoutMs)), 'sandbox.timeoutMs', timeoutMs);
  mustBe(instant, 'sandbox.at', at);
  return {
    id,
    name,
    version: 1,
    operation: newOperation(1, 'boot', at, policy),
    operations: 1,
    incarnation: null,
    timeoutMs,
    expiresAt: null,
    snapshotId: null,
    pendingReason: 'scheduling',
    outcome: null,
    createdAt: at,
    updatedAt: at,
    terminatedAt: null,
  };
}
