import { brokenInvariant } from '../../../src/model/invariants.ts';
import type { Policy } from '../../../src/model/policy.ts';
import type { HistoryRow, SandboxEntry } from '../../../src/server/store/records.ts';
import { type Numbers, oracle, oracleCreate } from '../../oracle.ts';
import { contractEdges as edges } from '../machine/contract-table.ts';
import { must, mustEqual } from '../shared/violation.ts';

const known: ReadonlySet<string> = new Set(edges);

/** Checks the effect of one commit on one sandbox. */
export function checkChange(
  before: SandboxEntry | undefined,
  after: SandboxEntry,
  history: Omit<HistoryRow, 'sequence'> | undefined,
): void {
  const { id, status, version } = after.sandbox;
  const of = (what: string) => `${id} v${version}: ${what}`;
  must(after.revision === (before?.revision ?? 0) + 1, of('a commit was built on an older record'));
  must(before === undefined || before.namespace === after.namespace, of('the namespace has changed'));
  must(!after.released || status === 'terminated', of('it was released, but is not terminated'));
  const broken = brokenInvariant(after.sandbox);
  must(broken === undefined, () => of(`${broken?.path}: ${broken?.message}`));
  if (before?.sandbox.status === 'terminated')
    mustEqual(after.sandbox, before.sandbox, of('it changed after its end'));
  if (history) mustEqual(history.sandbox, after.sandbox, of('the row differs from the record'));
  else mustEqual(after.sandbox, before?.sandbox, of('the record changed without an event'));
}

/** Checks with the oracle, not with the machine, that a row of history follows from the row before it. */
export function checkRow(before: HistoryRow | undefined, row: HistoryRow): void {
  const { event, from, to, version, sandbox, policy } = row;
  const of = (what: string) => `${row.sandboxId} v${version} by ${event.type}: ${what}`;
  must(version === (before?.version ?? 0) + 1, of('a version is missing or appears twice'));
  must(from === (before?.to ?? null) && to === sandbox.status, of('from and to differ from the statuses'));
  must(row.at === event.at && policy !== null, of('the time or the policy is missing'));
  must(
    from === null || from === to || known.has(`${from}→${to}`),
    of(`the edge ${from}→${to} does not exist`),
  );
  const numbers = numbersOf(policy);
  if (event.type === 'created') {
    mustEqual(
      sandbox,
      oracleCreate({ id: row.sandboxId, ...event }, numbers).sandbox,
      of('the first record'),
    );
    return;
  }
  const verdict = oracle(before?.sandbox, event, numbers);
  must(verdict.outcome === 'applied', of(`this event changes nothing: ${verdict.reason ?? verdict.code}`));
  mustEqual(sandbox, verdict.sandbox, of('the record'));
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
