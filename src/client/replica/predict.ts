import { type PredictedTransition, predictCommand } from '../../machine/predict-command.ts';
import type { Command } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import { type Sandbox, statuses } from '../../model/sandbox.ts';
import type { Reason } from '../transport/command-request.ts';

/** The predicted result of a command, with the reason if it is not allowed. */
export type Prediction = Pick<PredictedTransition, 'sandbox' | 'outcome'> & { readonly refusal?: Reason };

/** The reason as long as no state is known. */
export const loading: Reason = { code: 'loading', message: 'The sandbox has not loaded yet.' };

/** Predicts the result of a command. For a status that only a newer server knows, only `terminate` is predictable. */
export function predict(sandbox: Sandbox, command: Command, policy?: Policy): Prediction {
  const { status } = sandbox;
  if (statuses.includes(status)) return predictCommand(sandbox, command, policy);
  if (command.type === 'terminate') return predictCommand({ ...sandbox, status: 'running' }, command, policy);
  const message = `Unknown status "${status}". Reload the page, or terminate the sandbox.`;
  return { sandbox, outcome: 'refused', refusal: { code: 'unknown_status', message } };
}

/** Returns the reason why a command is not allowed on the displayed sandbox, or undefined if it is allowed. */
export function refusalOf(sandbox: Sandbox | null, command: Command): Reason | undefined {
  return sandbox ? predict(sandbox, command).refusal : loading;
}
