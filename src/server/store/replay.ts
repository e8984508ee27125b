import { createSandbox, transition } from '../../machine/transition.ts';
import type { SandboxEvent } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import type { Created } from './records.ts';

/**
 * Applies the event of a history row, under its policy, to the record of the previous row, and returns the new record.
 * Throws an error with a sentence when the event does not apply there.
 */
export function replay(
  sandboxId: string,
  before: Sandbox | undefined,
  event: SandboxEvent | Created,
  policy: Policy,
): Sandbox {
  if (event.type === 'created') {
    if (before) throw new Error('It creates the sandbox a second time.');
    const { type: _, ...input } = event;
    return createSandbox({ id: sandboxId, ...input }, policy).sandbox;
  }
  if (before === undefined) throw new Error(`It begins with ${event.type}, but it must begin with created.`);
  const { outcome, sandbox } = transition(before, event, policy);
  if (outcome === 'applied') return sandbox;
  throw new Error(`Its event ${event.type} does not change the previous record, which is ${before.status}.`);
}
