import type { Command } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import type { Sandbox } from '../../model/sandbox.ts';
import type { SendRequest } from '../transport/command-request.ts';
import { predict } from './predict.ts';

/**
 * Whether the order of two commands matters: both have the same type, one applies to a certain version only, or the machine
 * has another result or another record for the other order. `before` is the state before both.
 */
export function isOrdered(before: Sandbox, one: SendRequest, other: SendRequest, policy: Policy): boolean {
  const resultOf = (first: Command, second: Command, isSwapped?: boolean) => {
    const middle = predict(before, first, policy);
    const end = predict(middle.sandbox, second, policy);
    const results = [middle, end].map(({ outcome, refusal }) => ({ outcome, refusal }));
    return JSON.stringify([isSwapped ? results.reverse() : results, end.sandbox]);
  };
  return (
    one.command.type === other.command.type ||
    (one.ifVersion ?? other.ifVersion) !== undefined ||
    resultOf(one.command, other.command) !== resultOf(other.command, one.command, true)
  );
}

/** Whether a user who sends both commands means one: they have the same input and the same conditions. */
export function isSameCommand(one: SendRequest, other: SendRequest): boolean {
  const inputOf = ({ command, snapshotType, configuration, ifVersion }: SendRequest) =>
    JSON.stringify([{ ...command, at: 0, snapshotId: 0 }, snapshotType, configuration, ifVersion]);
  return inputOf(one) === inputOf(other);
}
