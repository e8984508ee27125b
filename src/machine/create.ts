import { isInstant } from '../model/check-event.ts';
import { instant, limit, mustBe, mustBeObject, orNull, someText } from '../model/checks.ts';
import type { TimeoutsInput } from '../model/events.ts';
import type { Policy } from '../model/policy.ts';
import type { Sandbox, Status } from '../model/sandbox.ts';
import { newOperation } from './updates/begin.ts';

/** The input of a new sandbox. The limits are in ms, null or omitted for no limit; `at` is epoch ms. */
export interface CreateInput extends TimeoutsInput {
  readonly id: string;
  readonly name?: string | null;
  readonly at: number;
}

const someTextOrNull = orNull(someText);

/** Creates the first record of a sandbox, in this status. Throws {@link MalformedInputError} for bad input. */
export function newSandbox(input: CreateInput | undefined, status: Status, policy: Policy): Sandbox {
  mustBeObject('sandbox', input);
  const { id, at } = input;
  const name = input.name ?? null;
  const timeoutMs = input.timeoutMs ?? null;
  const idleTimeoutMs = input.idleTimeoutMs ?? null;
  const suspendedTimeoutMs = input.suspendedTimeoutMs ?? null;
  // These checks stand before the general ones, which say what is wrong, because each new sandbox passes them.
  if (typeof id !== 'string' || id === '') mustBe(someText, 'sandbox.id', id);
  if (name !== null && (typeof name !== 'string' || name === ''))
    mustBe(someTextOrNull, 'sandbox.name', name);
  if (!isInstant(at)) mustBe(instant, 'sandbox.at', at);
  if (timeoutMs !== null) mustBe(limit, 'sandbox.timeoutMs', timeoutMs);
  if (idleTimeoutMs !== null) mustBe(limit, 'sandbox.idleTimeoutMs', idleTimeoutMs);
  if (suspendedTimeoutMs !== null) mustBe(limit, 'sandbox.suspendedTimeoutMs', suspendedTimeoutMs);
  return {
    id,
    name,
    status,
    version: 1,
    operation: newOperation(1, 'boot', at, policy.operationLimitSeconds.boot),
    lastOperation: null,
    operations: 1,
    incarnation: null,
    generation: 1,
    timeoutMs,
    idleTimeoutMs,
    suspendedTimeoutMs,
    expiresAt: null,
    idleAt: null,
    discardAt: null,
    snapshotId: null,
    pendingReason: 'scheduling',
    outcome: null,
    createdAt: at,
    updatedAt: at,
    terminatedAt: null,
  };
}
