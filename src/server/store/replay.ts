import { createSandbox, transition } from '../../machine/transition.ts';
import type { SandboxEvent } from '../../model/events.ts';
import { defaultPolicy, type Policy } from '../../model/policy.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import type { Created } from './store.ts';

/**
 * The record that a row of history leads to from the one before it. Where nobody wrote down under which policy (null),
 * it is the default one, and what came was due when it came. Throws a sentence when the event does not lead on.
 */
export function follow(
  sandboxId: string,
  before: Sandbox | undefined,
  event: SandboxEvent | Created,
  policy: Policy | null,
): Sandbox {
  if (event.type === 'created') {
    if (before) throw new Error('It is created a second time.');
    const { name, timeoutMs, at } = event;
    return createSandbox({ id: sandboxId, name, timeoutMs, at }, policy ?? defaultPolicy).sandbox;
  }
  if (before === undefined)
    throw new Error(`It begins with ${event.type}, where it must begin with created.`);
  const from = policy ? before : asItWasDue(before, event);
  const { outcome, sandbox } = transition(from, event, policy ?? defaultPolicy);
  if (outcome === 'applied') return sandbox;
  throw new Error(`Its event ${event.type} changes nothing in the ${before.status} record before it.`);
}

/** A record whose instants another policy may have set sooner: it did, or the event would not be in the history. */
function asItWasDue(before: Sandbox, { type, at }: SandboxEvent): Sandbox {
  const { operation, expiresAt } = before;
  if (type === 'timeout' && operation)
    return { ...before, operation: { ...operation, deadline: Math.min(operation.deadline, at) } };
  if (type === 'timeout' || type === 'keepalive')
    return { ...before, expiresAt: expiresAt === null ? null : Math.min(expiresAt, at - 1) };
  return before;
}
