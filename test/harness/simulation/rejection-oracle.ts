import { readTimeoutChanges } from '../../../src/model/policy.ts';
import type { Sandbox } from '../../../src/model/sandbox.ts';
import { KeyReusedError, NotFoundError, RuleError, VersionError } from '../../../src/server/errors.ts';
import type { UpdateRequest } from '../../../src/server/host.ts';
import { NameTakenError } from '../../../src/server/store/errors.ts';
import type { Invariants } from './invariants.ts';
import type { Request } from './request.ts';

/** Whether a request that failed with this error may still have taken effect. */
export function isInDoubt(error: unknown): boolean {
  return String(error).includes('(simulated)');
}

/** Whether the reason of a rejection held at some time between the request and the response. */
export function isRightlyRejected(audit: Invariants, request: Request, error: Error): boolean {
  const { action, ifVersion } = request;
  if (isInDoubt(error)) return true;
  if (request.isKeyReused || error instanceof KeyReusedError) {
    return request.isKeyReused && error instanceof KeyReusedError;
  }
  if (error instanceof VersionError) return ifVersion !== undefined && error.version !== ifVersion;
  if (error instanceof NameTakenError) return wasHeld(audit, request);
  if (error instanceof NotFoundError) return isMissing(audit, request);
  // The unit tests of the rules check why a creation is rejected.
  if (error instanceof RuleError)
    return action.kind === 'create' || isNotAllowed(audit, action) || isOver(audit, request);
  return false;
}

/** Reads the limits of an update by the policy of the host, which each row of the history has. */
export function limitsOf(
  { rows }: Invariants,
  request: UpdateRequest,
): ReturnType<typeof readTimeoutChanges> {
  const { timeoutSeconds, idleTimeoutSeconds, suspendedTimeoutSeconds } = request;
  return readTimeoutChanges(
    {
      timeout_secs: timeoutSeconds,
      idle_timeout_secs: idleTimeoutSeconds,
      suspended_timeout_secs: suspendedTimeoutSeconds,
    },
    rows.at(-1)?.policy,
  );
}

/** Whether the policy does not allow the limits of a request. */
function isNotAllowed(audit: Invariants, action: Request['action']): boolean {
  if (action.kind === 'update') return 'problem' in limitsOf(audit, action.request);
  return (
    action.kind === 'send' &&
    action.command.type === 'setTimeouts' &&
    'problem' in limitsOf(audit, action.command)
  );
}

function wasHeld(audit: Invariants, { action, namespace, commitsBefore }: Request): boolean {
  const name = action.kind === 'create' || action.kind === 'update' ? action.request.name : nameSent(action);
  return audit.holdings(namespace, name ?? '').some(({ to }) => to > commitsBefore);
}

function nameSent(action: Request['action']): string | undefined {
  return action.kind === 'send' && action.command.type === 'rename' ? action.command.name : undefined;
}

/** Whether the target of an update has ended. */
function isOver(audit: Invariants, { action, namespace }: Request): boolean {
  if (action.kind !== 'update') return false;
  const found = audit.entries.get(action.target)?.sandbox ?? formerly(audit, namespace, action.target);
  return found?.status === 'terminated';
}

/** The last sandbox that had a name. */
function formerly(audit: Invariants, namespace: string, name: string): Sandbox | undefined {
  const id = audit.holdings(namespace, name).at(-1)?.id;
  return id === undefined ? undefined : audit.entries.get(id)?.sandbox;
}

/** Whether the target of a request was missing at some time. */
function isMissing(audit: Invariants, { action, namespace, commitsBefore }: Request): boolean {
  // The deletion of a deleted snapshot succeeds.
  if (action.kind === 'deleteSnapshot') return !audit.snapshots.has(action.id);
  if (action.kind === 'create')
    return isSnapshotMissing(audit, action.request.configuration?.snapshotId ?? '');
  if (audit.entries.get(action.target)?.namespace === namespace) return false;
  const held = audit.holdings(namespace, action.target);
  return !held.some(({ from, to }) => from <= commitsBefore && to > audit.commits);
}

function isSnapshotMissing(audit: Invariants, id: string): boolean {
  return !audit.snapshots.has(id) || audit.deletedSnapshots.has(id);
}
