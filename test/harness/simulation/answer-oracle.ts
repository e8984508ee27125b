import type { CommandResult } from '../../../src/server/index.ts';
import type { SandboxEntry } from '../../../src/server/store/store.ts';
import { oracle } from '../../oracle.ts';
import { must, mustEqual } from '../shared/violation.ts';
import type { Invariants } from './invariants.ts';
import { isRightlyRejected } from './rejection-oracle.ts';
import { describeRequest, type Outcome, type Request } from './request.ts';

/** Checks an answer at the moment at which the client gets it: what it says is on the disk, and was true meanwhile. */
export function checkAnswer(audit: Invariants, request: Request, outcome: Outcome): void {
  const of = (what: string) => `${describeRequest(request)}: ${what}`;
  const { ask } = request;
  if (request.answer?.kind === 'answered' && outcome.kind !== 'unknown') {
    must(outcome.kind === 'answered', of('it was answered, and then rejected'));
    mustEqual(plain(outcome.value), plain(request.answer.value), of('the same key, another answer'));
    return;
  }
  if (outcome.kind === 'rejected') {
    const { error } = outcome;
    must(isRightlyRejected(audit, request, error), () => of(`wrongly rejected: ${error.stack}`));
  }
  if (outcome.kind !== 'answered') return;
  must(!request.isKeyReused, of('the key was used for another request'));
  switch (ask.kind) {
    case 'create': {
      const entry = outcome.value as SandboxEntry;
      const row = audit.row(entry.sandbox.id, 1);
      mustEqual(entry.sandbox, row?.sandbox, of('the creation is not what is on the disk'));
      must(row?.cause === request.cause, of('the creation is that of another request'));
      must(entry.sandbox.name === (ask.request.name ?? null), of('another name was given'));
      return;
    }
    case 'send':
      checkSent(audit, request, outcome.value as CommandResult, ask.command, of);
      return;
    case 'update': {
      const entry = outcome.value as SandboxEntry;
      checkEntry(audit, request, entry, of);
      const { name, configuration = {} } = ask.request;
      if (name !== undefined) must(entry.sandbox.name === name, of('the name was not changed'));
      mustEqual({ ...entry.configuration, ...configuration }, entry.configuration, of('what was set up'));
      return;
    }
    case 'deleteSnapshot':
      must(audit.deletedSnapshots.has(ask.id), of('the snapshot is still there'));
  }
}

type Of = (what: string) => string;

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
    must(row?.cause === request.cause, of(`${id} v${version} is the doing of ${row?.cause}`));
    must(row.event.type === command.type, of('another command was applied'));
    must(version > request.versionBefore, of('it was applied before it was sent'));
    return;
  }
  // Whether a keepalive moves the limit depends on the time, and whether it may on the policy.
  if (command.type === 'keepalive') return;
  const verdict = oracle(entry.sandbox, { snapshotId: 's', ...command, at: entry.sandbox.updatedAt });
  mustEqual(
    [result.outcome, result.reason, result.refusal?.code],
    [verdict.outcome, verdict.reason, verdict.code],
    of(`the answer to a sandbox as in v${version}`),
  );
}

/** An answer shows the sandbox as it was at some time between the request and the answer. */
function checkEntry(audit: Invariants, request: Request, entry: SandboxEntry, of: Of): void {
  const { id, version } = entry.sandbox;
  mustEqual(entry.sandbox, audit.row(id, version)?.sandbox, of(`v${version} is not what is on the disk`));
  must(entry.namespace === request.namespace, of('it is of another namespace'));
  const { ask, ifVersion } = request;
  const isById = 'target' in ask && ask.target === id;
  if (isById) must(version >= request.versionBefore, of(`v${version} was over before it was sent`));
  if (ifVersion !== undefined) {
    const isOn = version === ifVersion + 1 && audit.row(id, version)?.cause === request.cause;
    must(version === ifVersion || isOn, of(`it was done on v${version}`));
  }
}

/** As it would come over a wire. */
function plain(value: unknown): unknown {
  return value === undefined ? null : JSON.parse(JSON.stringify(value));
}
