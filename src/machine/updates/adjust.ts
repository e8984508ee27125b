import type { PayloadOf } from '../../model/events.ts';
import type { Operation } from '../../model/sandbox.ts';
import { deadlineAfter, withTimeouts } from '../../model/timeouts.ts';
import type { Update } from './update.ts';

/** Sets or changes the name. */
export const rename: Update<PayloadOf<'rename'>> = (draft, event) => {
  draft.name = event.name;
};

/** Restarts the idle limit, because of activity. */
export const extendIdleLimit: Update = (draft, _event, at) => {
  draft.idleAt = deadlineAfter(at, draft.idleTimeoutMs);
};

/** Sets the limits that are given, and counts those from now that count in this state. */
export const setTimeouts: Update<PayloadOf<'setTimeouts'>> = (draft, event, at) => {
  Object.assign(draft, withTimeouts(draft, event, at));
};

/** Counts a change of what is configured beside the record. */
export const countGeneration: Update = (draft) => {
  draft.generation += 1;
};

/** Gives the operation in flight another deadline. */
export const moveDeadline: Update<PayloadOf<'deadline.moved'>> = (draft, event) => {
  const { id, kind } = draft.operation as Operation;
  draft.operation = { id, kind, deadline: event.deadline };
};
