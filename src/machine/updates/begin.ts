import type { PayloadOf } from '../../model/events.ts';
import type { Policy } from '../../model/policy.ts';
import type { Draft, Operation, OperationKind } from '../../model/sandbox.ts';
import type { Update } from './update.ts';

/** Creates operation number `id`, with the deadline that the policy gives its kind. */
export function newOperation(id: number, kind: OperationKind, at: number, policy: Policy): Operation {
  return { id, kind, deadline: at + policy.operationLimitSeconds[kind] * 1000 };
}

function begin(draft: Draft, kind: OperationKind, at: number, policy: Policy): void {
  draft.operations += 1;
  draft.operation = newOperation(draft.operations, kind, at, policy);
}

/** The capture of a snapshot starts. */
export const beginSnapshot: Update<PayloadOf<'snapshot'>> = (draft, event, at, policy) => {
  begin(draft, 'snapshot', at, policy);
  draft.snapshotId = event.snapshotId;
};

/** The suspend starts, by command or because a limit expired. */
export const beginSuspend: Update = (draft, _event, at, policy) => begin(draft, 'suspend', at, policy);

/** The resume starts. */
export const beginResume: Update = (draft, _event, at, policy) => begin(draft, 'resume', at, policy);
