import type { Status } from '../../../../model/sandbox.ts';
import type { Row } from '../../rows.ts';
import { dayMs, type UsageRow, type UsageStep, usageStepOf } from '../../usage.ts';
import type { Database } from '../database.ts';
import { countChecks } from './counts.ts';
import type { DataProblem } from './problem.ts';

const help = 'The server runs with it, but shows wrong numbers; a backup shows the right ones.';

/** Finds wrong numbers of sandboxes and snapshots. */
export function* countProblems(database: Database): Generator<DataProblem> {
  for (const { sql, problemOf } of countChecks)
    for (const row of database.prepare(sql).all()) yield problemOf(row as Row);
}

/** The usage of a namespace at the end of its last day. */
type Totals = Omit<UsageRow, 'day'>;

/**
 * Finds namespaces whose usage is not that of their sandboxes and, unless rows of the history were deleted, of their history.
 */
export function* usageProblems(database: Database): Generator<DataProblem> {
  const lastRows = lastRowsOf(database);
  const folded = fold(database, lastRows);
  for (const namespace of new Set([...folded.keys(), ...lastRows.keys()])) {
    const expected = folded.get(namespace) ?? nothing;
    const found = lastRows.get(namespace) ?? nothing;
    const isComplete = isHistoryComplete(database, namespace);
    for (const field of ['running', 'suspended', 'runningMs', 'suspendedMs'] as const) {
      const isTime = field.endsWith('Ms');
      if (found[field] === expected[field] || (isTime && !isComplete)) continue;
      const source = isTime ? 'its history leads to' : 'its sandboxes are';
      const problem = `The usage of namespace ${namespace} has ${field} ${found[field]}, but ${source} ${expected[field]}.`;
      yield { sandboxId: null, problem, help };
    }
  }
}

const nothing: Totals = { running: 0, runningMs: 0, suspended: 0, suspendedMs: 0 };

/** The numbers that the sandboxes lead to, and the times that their histories lead to, until the last day of the usage. */
function fold(database: Database, lastRows: ReadonlyMap<string, UsageRow>): Map<string, Totals> {
  const totals = new Map<string, Totals>();
  const add = (namespace: string, more: Totals) => {
    const { running, runningMs, suspended, suspendedMs } = totals.get(namespace) ?? nothing;
    totals.set(namespace, {
      running: running + more.running,
      runningMs: runningMs + more.runningMs,
      suspended: suspended + more.suspended,
      suspendedMs: suspendedMs + more.suspendedMs,
    });
  };
  for (const { namespace, step } of stepsOf(database)) {
    const endOfLastDay = ((lastRows.get(namespace)?.day ?? -1) + 1) * dayMs;
    const lengthMs = endOfLastDay - step.at;
    const times = { runningMs: step.running * lengthMs, suspendedMs: step.suspended * lengthMs };
    add(namespace, { ...nothing, ...times });
  }
  const living = database.prepare("SELECT namespace, status FROM sandboxes WHERE status <> 'terminated'");
  for (const { namespace, status } of living.iterate()) {
    const step = usageStepOf({ from: null, to: status as Status, sandbox: { updatedAt: 0 } });
    if (step) add(String(namespace), { ...nothing, running: step.running, suspended: step.suspended });
  }
  return totals;
}

function* stepsOf(database: Database): Generator<{ readonly namespace: string; readonly step: UsageStep }> {
  const rows = database.prepare(
    `SELECT namespace, from_status, to_status, json_extract(record, '$.updatedAt') AS at FROM history
     WHERE json_valid(record)`,
  );
  for (const row of rows.iterate()) {
    const [from, to] = [row['from_status'] as Status | null, row['to_status'] as Status];
    const step = usageStepOf({ from, to, sandbox: { updatedAt: Number(row['at']) } });
    if (step) yield { namespace: String(row['namespace']), step };
  }
}

function lastRowsOf(database: Database): Map<string, UsageRow> {
  const rows = database.prepare(
    `SELECT namespace, max(day) AS day, running, running_ms AS runningMs, suspended, suspended_ms AS suspendedMs
     FROM usage GROUP BY namespace`,
  );
  return new Map(rows.all().map((row) => [String(row['namespace']), row as never]));
}

/** Whether no row of the history of a namespace was deleted. A trigger of the layout records the deletions. */
export function isHistoryComplete(database: Database, namespace: string): boolean {
  return database.prepare('SELECT 1 FROM deleted_history WHERE namespace = ?').get(namespace) === undefined;
}
