import type { PayloadOf } from '../../model/events.ts';
import type { Draft, Operation, OperationKind } from '../../model/sandbox.ts';
import type { Update } from './update.ts';

/** Creates operation number `id`, which begins at `at` (epoch ms) and may take this many seconds. */
export function newOperation(id: number, kind: OperationKind, at: number, limitSeconds: number): Operation {
  return { id, kind, deadline: at + limitSeconds * 1000 };
}

function begin(draft: Draft, kind: OperationKind, at: number, limitSeconds: number): void {
  draft.operations += 1;
  draft.operation = newOperation(draft.operations, kind, at, limitSeconds);
}

/** The capture of a snapshot starts. */
export const beginSnapshot: Update<PayloadOf<'snapshot'>> = (draft, event, at, policy) => {
  begin(draft, 'snapshot', at, policy.operationLimitSeconds.snapshot);
  draft.snapshotId = event.snapshotId;
};

/** The suspend starts, by command or because a limit expired. */
export const beginSuspend: Update = (draft, _event, at, policy) =>
  begin(draft, 'suspend', at, policy.operationLimitSeconds.suspend);

/** The resume starts. */
export const beginResume: Update = (draft, _event, at, policy) =>
  begin(draft, 'resume', at, policy.operationLimitSeconds.resume);
