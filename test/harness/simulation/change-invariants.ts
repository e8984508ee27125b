import { brokenInvariant } from '../../../src/model/invariants.ts';
import type { Policy } from '../../../src/model/policy.ts';
import type { HistoryRow, SandboxEntry } from '../../../src/server/store/store.ts';
import { type Numbers, oracle, oracleCreate } from '../../oracle.ts';
import { contractEdges as edges } from '../machine/contract-table.ts';
import { must, mustEqual } from '../shared/violation.ts';

const known: ReadonlySet<string> = new Set(edges);

/** Checks what one commit makes of one sandbox. */
export function checkChange(
  before: SandboxEntry | undefined,
  after: SandboxEntry,
  history: Omit<HistoryRow, 'sequence'> | undefined,
): void {
  const { id, status, version } = after.sandbox;
  const of = (what: string) => `${id} v${version}: ${what}`;
  must(after.revision === (before?.revision ?? 0) + 1, of('a commit was built on an older record'));
  must(before === undefined || before.namespace === after.namespace, of('the namespace has changed'));
  must(!after.released || status === 'terminated', of('what is not terminated was released'));
  const broken = brokenInvariant(after.sandbox);
  must(broken === undefined, () => of(`${broken?.path}: ${broken?.message}`));
  if (before?.sandbox.status === 'terminated') mustEqual(after.sandbox, before.sandbox, of('it had ended'));
  if (history) mustEqual(history.sandbox, after.sandbox, of('the row is not the record'));
  else mustEqual(after.sandbox, before?.sandbox, of('the record has changed without an event'));
}

/** Checks that a row of history follows from the one before it, by a reading of the contract that is not the machine's. */
export function checkRow(before: HistoryRow | undefined, row: HistoryRow): void {
  const { event, from, to, version, sandbox, policy } = row;
  const of = (what: string) => `${row.sandboxId} v${version} by ${event.type}: ${what}`;
  must(version === (before?.version ?? 0) + 1, of('a version was left out or came twice'));
  must(from === (before?.to ?? null) && to === sandbox.status, of('from and to are not the statuses'));
  must(row.at === event.at && policy !== null, of('the time or the policy is missing'));
  must(from === null || from === to || known.has(`${from}→${to}`), of(`there is no edge ${from}→${to}`));
  const numbers = numbersOf(policy);
  if (event.type === 'created') {
    mustEqual(sandbox, oracleCreate({ id: row.sandboxId, ...event }, numbers).sandbox, of('the creation'));
    return;
  }
  const verdict = oracle(before?.sandbox, event, numbers);
  must(verdict.outcome === 'applied', of(`this event changes nothing: ${verdict.reason ?? verdict.code}`));
  mustEqual(sandbox, verdict.sandbox, of('the step'));
}

function numbersOf({ operationLimitSeconds: limits, suspendRetryDelaySeconds }: Policy): Numbers {
  return {
    boot: limits.boot * 1000,
    snapshot: limits.snapshot * 1000,
    suspend: limits.suspend * 1000,
    resume: limits.resume * 1000,
    retry: suspendRetryDelaySeconds * 1000,
  };
}
