import type { CommandResult, UpdateRequest } from '../../../src/server/host.ts';
import type { SandboxEntry } from '../../../src/server/store/records.ts';
import { oracle } from '../../oracle.ts';
import { must, mustEqual } from '../shared/violation.ts';
import type { Invariants } from './invariants.ts';
import { isRightlyRejected, limitsOf } from './rejection-oracle.ts';
import { describeRequest, type Outcome, type Request } from './request.ts';

/** Checks a response at the moment of its arrival: it is on the disk, and was true at some time since the request. */
export function checkAnswer(audit: Invariants, request: Request, outcome: Outcome): void {
  const of = (what: string) => `${describeRequest(request)}: ${what}`;
  const { action } = request;
  if (request.answer?.kind === 'answered' && outcome.kind !== 'unknown') {
    must(outcome.kind === 'answered', of('it succeeded, and a retry was rejected'));
    checkRepeated(action.kind, outcome.value, request.answer.value, of);
    return;
  }
  if (outcome.kind === 'rejected') {
    const { error } = outcome;
    must(isRightlyRejected(audit, request, error), () => of(`wrongly rejected: ${error.stack}`));
  }
  if (outcome.kind !== 'answered') return;
  must(!request.isKeyReused, of('the key was used for another request'));
  switch (action.kind) {
    case 'create': {
      const entry = outcome.value as SandboxEntry;
      const row = audit.row(entry.sandbox.id, 1);
      mustEqual(entry.sandbox, row?.sandbox, of('the created record differs from the disk'));
      must(row?.cause === request.cause, of('another request created the sandbox'));
      must(entry.sandbox.name === (action.request.name ?? null), of('the name differs from the request'));
      return;
    }
    case 'send':
      checkSent(audit, request, outcome.value as CommandResult, action.command, of);
      return;
    case 'update': {
      const entry = outcome.value as SandboxEntry;
      checkEntry(audit, request, entry, of);
      if (isConfiguredSince(audit, request, entry)) return;
      const { name, configuration = {} } = action.request;
      checkLimits(audit, action.request, entry, of);
      if (name !== undefined) must(entry.sandbox.name === name, of('the name was not changed'));
      mustEqual({ ...entry.configuration, ...configuration }, entry.configuration, of('the configuration'));
      return;
    }
    case 'deleteSnapshot':
      must(audit.deletedSnapshots.has(action.id), of('the snapshot still exists'));
  }
}

type Of = (what: string) => string;

/**
 * A repeated request gets the record of its first response again, with the configuration of now. An update whose
 * configuration has changed since gets the record of now.
 */
function checkRepeated(kind: Request['action']['kind'], value: unknown, before: unknown, of: Of): void {
  const [now, then] = [withoutConfiguration(value), withoutConfiguration(before)];
  if (kind === 'update') {
    const [newer, older] = [(value as SandboxEntry).sandbox, (before as SandboxEntry).sandbox];
    if (newer.id === older.id && newer.generation > older.generation) return;
  }
  mustEqual(now, then, of('the same key got a different response'));
}

/** Whether another request has changed the configuration since the update began: then a repeated update gets the record of now. */
function isConfiguredSince(audit: Invariants, request: Request, { sandbox }: SandboxEntry): boolean {
  for (let version = sandbox.version; version > request.versionBefore; version--) {
    const row = audit.row(sandbox.id, version);
    if (row?.event.type === 'configure' && row.cause !== request.cause) return true;
  }
  return false;
}

/** A response as JSON, without the configuration of the entry that it is or has. */
function withoutConfiguration(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value ?? null, (key, part) => (key === 'configuration' ? undefined : part)),
  );
}

/** Checks that a sandbox has the limits of a request, as the policy of the host reads them. */
function checkLimits(audit: Invariants, request: UpdateRequest, { sandbox }: SandboxEntry, of: Of): void {
  const limits = limitsOf(audit, request);
  must('changes' in limits, of('the policy does not allow these limits'));
  mustEqual({ ...sandbox, ...limits.changes }, sandbox, of('the limits'));
}

function checkSent(
  audit: Invariants,
  request: Request,
  { entry, result }: CommandResult,
  command: { readonly type: string },
  of: Of,
): void {
  checkEntry(audit, request, entry, of);
  mustEqual(result.sandbox, entry.sandbox, of('result and entry differ'));
  const { id, version } = entry.sandbox;
  const row = audit.row(id, version);
  if (result.outcome === 'applied') {
    must(row?.cause === request.cause, of(`${id} v${version} was caused by ${row?.cause}`));
    must(row.event.type === command.type, of('another command was applied'));
    must(version > request.versionBefore, of('it was applied before the request'));
    return;
  }
  // Whether a keepalive or new limits change anything depends on the time.
  if (command.type === 'keepalive' || command.type === 'setTimeouts') return;
  const verdict = oracle(entry.sandbox, { snapshotId: 's', ...command, at: entry.sandbox.updatedAt });
  mustEqual(
    [result.outcome, result.reason, result.refusal?.code],
    [verdict.outcome, verdict.reason, verdict.code],
    of(`the outcome for v${version}`),
  );
}

/** Checks that a response shows the sandbox as it was at some time between the request and the response. */
function checkEntry(audit: Invariants, request: Request, entry: SandboxEntry, of: Of): void {
  const { id, version } = entry.sandbox;
  mustEqual(entry.sandbox, audit.row(id, version)?.sandbox, of(`v${version} differs from the disk`));
  must(entry.namespace === request.namespace, of('it belongs to another namespace'));
  const { action, ifVersion } = request;
  const isById = 'target' in action && action.target === id;
  if (isById) must(version >= request.versionBefore, of(`v${version} was outdated before the request`));
  if (ifVersion !== undefined) {
    // An update has a row for each of its events, all in one commit after the version that the client named.
    let from = version;
    while (from > ifVersion && audit.row(id, from)?.cause === request.cause) from -= 1;
    must(from === ifVersion, of(`it was applied to v${from}`));
  }
}
