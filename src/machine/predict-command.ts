import { refuse } from '../guards/command.ts';
import { instant, mustBe, mustBeObject, oneOf, orNull, text, whole } from '../model/checks.ts';
import { type Command, commands } from '../model/events.ts';
import { defaultPolicy, type Policy } from '../model/policy.ts';
import { longestTimeoutMs, nextDraft, type Sandbox, timeoutNames } from '../model/sandbox.ts';
import { chooseFrom, isRefusalRule } from './choose.ts';
import { commandTable } from './command-table.generated.ts';
import { stateOf } from './table.ts';
import type { Transition } from './transition.ts';

/** The result of a command without its effects. */
export type PredictedTransition = Pick<Transition, 'outcome' | 'sandbox' | 'refusal'>;

/**
 * Applies a command to a record, as `transition` does and without the effects. A program that only predicts commands needs
 * neither the rest of the compiled machine nor its checks. Throws {@link MalformedInputError} for a malformed command.
 */
export function predictCommand(
  sandbox: Sandbox,
  command: Command,
  policy: Policy = defaultPolicy,
): PredictedTransition {
  mustBeCommand(command);
  const { type, at } = command;
  const row = commandTable.states[stateOf(sandbox)];
  const choice = chooseFrom(row.on[type], row, sandbox, type, command, at);
  if (typeof choice === 'string') return { outcome: 'unchanged', sandbox };
  if (isRefusalRule(choice)) return { outcome: 'refused', sandbox, refusal: refuse(choice, sandbox, type) };
  const next = nextDraft(sandbox, choice.status, at);
  choice.update(next, command as never, at, policy);
  return { outcome: 'applied', sandbox: next };
}

function mustBeCommand(command: Command): void {
  mustBeObject('event', command);
  mustBe(oneOf(commands), 'event.type', command.type);
  mustBe(instant, 'event.at', command.at);
  if (command.type === 'snapshot') mustBe(text, 'event.snapshotId', command.snapshotId);
  if (command.type === 'rename') mustBe(text, 'event.name', command.name);
  if (command.type !== 'setTimeouts') return;
  // The command refuses a limit below 1. One that cannot be counted, or that is not a number, is malformed.
  const limit = orNull(whole(-Number.MAX_SAFE_INTEGER, longestTimeoutMs));
  for (const name of timeoutNames)
    if (command[name] !== undefined) mustBe(limit, `event.${name}`, command[name]);
}
