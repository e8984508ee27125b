import type { EventOf } from '../events.ts';
import type { Policy } from '../policy.ts';
import type { Operation, OperationKind, SandboxData } from '../sandbox.ts';
import type { Update } from './update.ts';

/** The operation number `id`, to be done within the limit that the policy gives its kind. */
export function newOperation(id: number, kind: OperationKind, at: number, policy: Policy): Operation {
  return { id, kind, deadline: at + policy.operationLimitSeconds[kind] * 1000 };
}

function begin(kind: OperationKind, { operations }: SandboxData, at: number, policy: Policy) {
  const operation = newOperation(operations + 1, kind, at, policy);
  return { operation, operations: operation.id };
}

/** The capture of a snapshot begins. */
export const beginSnapshot: Update<EventOf<'snapshot'>> = (sandbox, event, policy) => ({
  ...begin('snapshot', sandbox, event.at, policy),
  snapshotId: event.snapshotId,
});

/** The pause begins, by command or because the limit is up. */
export const beginSuspend: Update = (sandbox, event, policy) => begin('suspend', sandbox, event.at, policy);

/** The way back from a pause begins. */
export const beginResume: Update = (sandbox, event, policy) => begin('resume', sandbox, event.at, policy);
