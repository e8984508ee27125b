import { checkHistory, foldHistory } from '../../check-history.ts';
import { BrokenRecordError, type HistoryRow, type SandboxEntry } from '../../store.ts';
import type { Database } from '../database.ts';
import { type Row, toEntry, toHistoryRow } from '../rows.ts';
import { backup, type DataProblem } from './problem.ts';

/** Finds the faults of a sandbox: in its record, its columns, its history and the snapshot that it captures. */
export function* sandboxProblems(database: Database, row: Row): Generator<DataProblem> {
  const sandboxId = String(row['id']);
  const rows = historyOf(database, sandboxId);
  try {
    const entry = toEntry({ ...row, broken: null });
    if (typeof rows === 'string') yield { sandboxId, problem: rows, help: backup };
    else yield* historyProblems(rows, entry);
    yield* captureProblems(database, entry);
  } catch (error) {
    if (!(error instanceof BrokenRecordError)) throw error;
    const problem = `Its record cannot be used. ${error.row.problem}`;
    yield { sandboxId, problem, help: repairHelp(rows) };
  }
}

function* historyProblems(rows: readonly HistoryRow[], entry: SandboxEntry): Generator<DataProblem> {
  const wrong = checkHistory(rows, entry);
  if (wrong === undefined) return;
  const problem = `Its history is wrong at version ${wrong.version}. ${wrong.message}`;
  const help = 'Its record is intact, so the server runs it; a backup shows the right history.';
  yield { sandboxId: entry.sandbox.id, problem, help };
}

/** A capture must have a snapshot in progress, or the server cannot record its end. */
function* captureProblems(database: Database, { sandbox }: SandboxEntry): Generator<DataProblem> {
  const { id: sandboxId, snapshotId } = sandbox;
  if (snapshotId === null) return;
  const row = database.prepare('SELECT in_progress FROM snapshots WHERE id = ?').get(snapshotId);
  if (row?.['in_progress'] === 1) return;
  const problem = `It captures the snapshot ${snapshotId}, which is ${row ? 'not in progress' : 'missing'}.`;
  yield {
    sandboxId,
    problem,
    help: 'The capture ends by itself, but the snapshot is lost: take another one.',
  };
}

/** Advice for a record that cannot be used. */
function repairHelp(rows: readonly HistoryRow[] | string): string {
  if (typeof rows === 'string') return backup;
  try {
    const { version, status } = foldHistory(rows);
    return `Its history is intact and leads to version ${version}, ${status}: restore that record, with columns that agree.`;
  } catch {
    return backup;
  }
}

/** The whole history of a sandbox, or a sentence that says why it cannot be read. */
function historyOf(database: Database, sandboxId: string): readonly HistoryRow[] | string {
  const rows = database
    .prepare(
      `SELECT h.*, p.policy FROM history h LEFT JOIN policies p ON p.id = h.policy
       WHERE h.sandbox_id = ? ORDER BY h.version`,
    )
    .all(sandboxId);
  let version: unknown;
  try {
    return rows.map((row) => {
      version = row['version'];
      return toHistoryRow(row);
    });
  } catch (error) {
    return `Version ${version} of its history cannot be read. ${error instanceof Error ? error.message : error}`;
  }
}
