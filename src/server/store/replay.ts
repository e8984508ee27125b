import { createSandbox, transition } from '../../machine/transition.ts';
import type { SandboxEvent } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import type { Created } from './store.ts';

/**
 * The record that a row of history leads to: its event applied, under its policy, to the record of the row before it.
 * Throws a sentence when the event does not lead on from there.
 */
export function replay(
  sandboxId: string,
  before: Sandbox | undefined,
  event: SandboxEvent | Created,
  policy: Policy,
): Sandbox {
  if (event.type === 'created') {
    if (before) throw new Error('It is created a second time.');
    const { name, timeoutMs, at } = event;
    return createSandbox({ id: sandboxId, name, timeoutMs, at }, policy).sandbox;
  }
  if (before === undefined)
    throw new Error(`It begins with ${event.type}, where it must begin with created.`);
  const { outcome, sandbox } = transition(before, event, policy);
  if (outcome === 'applied') return sandbox;
  throw new Error(`Its event ${event.type} changes nothing in the ${before.status} record before it.`);
}
