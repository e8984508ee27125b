import type { Reason, RefusalRule } from '../guards/guard.ts';
import type { EventType, Payload } from '../model/events.ts';
import type { Sandbox } from '../model/sandbox.ts';
import { reasonOf } from './default-reason.ts';
import type { Change, StateMeta } from './table.ts';

/**
 * Chooses the first transition whose guard holds. Without one, returns the reason of the last, least restrictive guard.
 * `candidates` are those of the record's state `row` for the event. `at` is the time of the event in epoch ms.
 */
export function chooseFrom<Choice extends Change>(
  candidates: readonly Choice[] | undefined,
  row: StateMeta,
  sandbox: Sandbox,
  type: EventType,
  payload: Payload,
  at: number,
): Choice | Reason {
  if (candidates === undefined) return reasonOf(row, sandbox, type);
  let lacking: Reason | undefined;
  for (let index = 0; index < candidates.length; index++) {
    const candidate = candidates[index] as Choice;
    if (candidate.guard === undefined) return candidate;
    lacking = candidate.guard(sandbox, payload as never, at);
    if (lacking === undefined) return candidate;
  }
  return lacking as Reason;
}

/** Whether a choice is a rule by which the command is refused. Only a rule has no update. */
export function isRefusalRule(choice: Change | Reason): choice is RefusalRule {
  return typeof choice !== 'string' && choice.update === undefined;
}
