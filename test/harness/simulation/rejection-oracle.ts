import type { Sandbox } from '../../../src/model/sandbox.ts';
import { KeyReusedError, NotFoundError, RuleError, VersionError } from '../../../src/server/errors.ts';
import { NameTakenError } from '../../../src/server/store/store.ts';
import type { Invariants } from './invariants.ts';
import type { Request } from './request.ts';

/** Whether a request that was rejected with this may have been done all the same. */
export function isInDoubt(error: unknown): boolean {
  return String(error).includes('(simulated)');
}

/** Whether what a client was told is wrong was so at some time between the request and the answer. */
export function isRightlyRejected(audit: Invariants, request: Request, error: Error): boolean {
  const { ask, ifVersion } = request;
  if (isInDoubt(error)) return true;
  if (request.isKeyReused || error instanceof KeyReusedError) {
    return request.isKeyReused && error instanceof KeyReusedError;
  }
  if (error instanceof VersionError) return ifVersion !== undefined && error.version !== ifVersion;
  if (error instanceof NameTakenError) return wasHeld(audit, request);
  if (error instanceof NotFoundError) return isMissing(audit, request);
  // What a creation is refused for is tested where the rules are.
  if (error instanceof RuleError) return ask.kind === 'create' || isOver(audit, request);
  return false;
}

function wasHeld(audit: Invariants, { ask, namespace, commitsBefore }: Request): boolean {
  const name = ask.kind === 'create' || ask.kind === 'update' ? ask.request.name : nameSent(ask);
  return audit.holdings(namespace, name ?? '').some(({ to }) => to > commitsBefore);
}

function nameSent(ask: Request['ask']): string | undefined {
  return ask.kind === 'send' && ask.command.type === 'rename' ? ask.command.name : undefined;
}

/** Whether what an update is for has ended. */
function isOver(audit: Invariants, { ask, namespace }: Request): boolean {
  if (ask.kind !== 'update') return false;
  const found = audit.entries.get(ask.target)?.sandbox ?? formerly(audit, namespace, ask.target);
  return found?.status === 'terminated';
}

/** The last sandbox that had a name. */
function formerly(audit: Invariants, namespace: string, name: string): Sandbox | undefined {
  const id = audit.holdings(namespace, name).at(-1)?.id;
  return id === undefined ? undefined : audit.entries.get(id)?.sandbox;
}

/** Whether what was asked for was missing at some time. */
function isMissing(audit: Invariants, { ask, namespace, commitsBefore }: Request): boolean {
  if (ask.kind === 'deleteSnapshot') return isGone(audit, ask.id);
  if (ask.kind === 'create') return isGone(audit, ask.request.configuration?.snapshotId ?? '');
  if (audit.entries.get(ask.target)?.namespace === namespace) return false;
  const held = audit.holdings(namespace, ask.target);
  return !held.some(({ from, to }) => from <= commitsBefore && to > audit.commits);
}

function isGone(audit: Invariants, id: string): boolean {
  return !audit.snapshots.has(id) || audit.deletedSnapshots.has(id);
}
