import type { Refusal } from '../../guards/command.ts';
import { why } from '../../machine/can.ts';
import { type Transition, transition } from '../../machine/transition.ts';
import type { CommandName, SandboxEvent } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import type { Sandbox } from '../../model/sandbox.ts';

/**
 * Applies an event to a record under the policy of this host: the result of the machine, except that with the policy
 * `lifetime` activity does not extend the timeout. Source: contract, section 2, "never sends keepalive".
 */
export function applyPolicy(sandbox: Sandbox, event: SandboxEvent, policy: Policy): Transition {
  const result = transition(sandbox, event, policy);
  if (event.type !== 'keepalive' || result.refusal || policy.timeoutMeasures === 'idle') return result;
  return { outcome: 'refused', sandbox, effects: [], refusal: notIdle(sandbox) };
}

/** The current refusal of a command, if any: the one that {@link applyPolicy} would return. */
export function refusalOf(sandbox: Sandbox, command: CommandName, policy: Policy): Refusal | undefined {
  const refusal = why(sandbox, command);
  if (refusal || command !== 'keepalive' || policy.timeoutMeasures === 'idle') return refusal;
  return notIdle(sandbox);
}

function notIdle({ status }: Sandbox): Refusal {
  const message = `Cannot keep alive a ${status} sandbox: its timeout measures its lifetime, which activity does not extend; create one with a longer timeout instead.`;
  return { code: 'invalid', message, status };
}
