import { type Transition, transition } from '../../machine/transition.ts';
import type { Command } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import { type Sandbox, statuses } from '../../model/sandbox.ts';
import type { Reason } from '../transport/command-request.ts';

const isKnown = ({ status }: Sandbox) => statuses.includes(status);

/** Predicts the result of a command. For a status that only a newer server knows, only `terminate` is predictable. */
export function predict(
  sandbox: Sandbox,
  command: Command,
  policy: Policy,
): Pick<Transition, 'sandbox' | 'outcome'> {
  if (isKnown(sandbox)) return transition(sandbox, command, policy);
  if (command.type !== 'terminate') return { sandbox, outcome: 'unchanged' };
  return transition({ ...sandbox, status: 'running' }, command, policy);
}

/** Returns the reason why a command is not allowed on the displayed sandbox, or undefined if it is allowed. */
export function refusalOf(sandbox: Sandbox | null, command: Command): Reason | undefined {
  if (sandbox === null) return { code: 'loading', message: 'Its state is not known yet.' };
  if (isKnown(sandbox)) return transition(sandbox, command).refusal;
  if (command.type === 'terminate') return undefined;
  return {
    code: 'unknown_status',
    message: `Cannot ${command.type} it: this page does not know the status "${sandbox.status}"; reload it, or terminate the sandbox.`,
  };
}
