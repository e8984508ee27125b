import type { EventOf } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import type { Operation, OperationKind } from '../../model/sandbox.ts';
import type { Update } from './update.ts';

/** Creates operation number `id`, with the deadline that the policy gives its kind. */
export function newOperation(id: number, kind: OperationKind, at: number, policy: Policy): Operation {
  return { id, kind, deadline: at + policy.operationLimitSeconds[kind] * 1000 };
}

/** The capture of a snapshot starts. */
export const beginSnapshot: Update<EventOf<'snapshot'>> = ({ operations }, { at, snapshotId }, policy) => ({
  operation: newOperation(operations + 1, 'snapshot', at, policy),
  operations: operations + 1,
  snapshotId,
});

/** The suspend starts, by command or because the time limit expired. */
export const beginSuspend: Update = ({ operations }, { at }, policy) => ({
  operation: newOperation(operations + 1, 'suspend', at, policy),
  operations: operations + 1,
});

/** The resume starts. */
export const beginResume: Update = ({ operations }, { at }, policy) => ({
  operation: newOperation(operations + 1, 'resume', at, policy),
  operations: operations + 1,
});
