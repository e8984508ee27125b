import { equalJson } from '../../../../utils/equal-json.ts';
import { checkHistory, foldHistory } from '../../check-history.ts';
import { BrokenRecordError, NewerRecordError } from '../../errors.ts';
import { restoresFrom } from '../../indexed-fields.ts';
import { deletingRank } from '../../paging.ts';
import type { HistoryRow, SandboxEntry } from '../../records.ts';
import { type Row, toEntry, toHistoryRow } from '../../rows.ts';
import { searchable } from '../../text.ts';
import type { Database } from '../database.ts';
import { backup, type DataProblem } from './problem.ts';

/**
 * Finds the faults of a sandbox: in its record, its columns, its history, its metadata, and the snapshots that it captures
 * or restores from.
 */
export function* sandboxProblems(database: Database, row: Row): Generator<DataProblem> {
  const sandboxId = String(row['id']);
  const rows = historyOf(database, sandboxId);
  try {
    const entry = toEntry({ ...row, broken: null });
    // Its history and its metadata are deleted in parts, and no query finds it any more.
    if (row['rank'] === deletingRank) return;
    if (typeof rows === 'string') yield { sandboxId, problem: rows, help: unreadableHelp };
    else yield* historyProblems(rows, entry);
    yield* captureProblems(database, entry);
    yield* restoreProblems(database, entry);
    yield* metadataProblems(database, entry, row);
  } catch (error) {
    if (error instanceof NewerRecordError) {
      yield { sandboxId, problem: error.message, help: 'Check it with the newer release.' };
      return;
    }
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

/** The boot of a pending sandbox reads its snapshot, so the data of the snapshot must still be there. */
function* restoreProblems(database: Database, entry: SandboxEntry): Generator<DataProblem> {
  const snapshotId = restoresFrom(entry);
  if (snapshotId === null) return;
  const row = database
    .prepare('SELECT deleted_at IS NOT NULL AND garbage = 0 AS removed FROM snapshots WHERE id = ?')
    .get(snapshotId);
  if (row?.['removed'] === 0) return;
  const problem = `It restores from the snapshot ${snapshotId}, ${row ? 'whose data was removed' : 'which is missing'}.`;
  yield { sandboxId: entry.sandbox.id, problem, help: 'Its boot will fail: create another sandbox.' };
}

/** Filters of lists read a table of their own, which must agree with the configuration. */
function* metadataProblems(
  database: Database,
  { sandbox, namespace, configuration }: SandboxEntry,
  { rank }: Row,
): Generator<DataProblem> {
  const rows = database
    .prepare('SELECT key, value, rank, created_at FROM metadata WHERE sandbox_id = ? AND namespace = ?')
    .all(sandbox.id, namespace);
  const isInPlace = (pair: Row) => pair['rank'] === rank && pair['created_at'] === sandbox.createdAt;
  const found = Object.fromEntries(
    rows.map((pair) => [
      String(pair['key']),
      isInPlace(pair) ? pair['value'] : 'in another place of the list',
    ]),
  );
  const expected = Object.fromEntries(searchable(configuration.metadata));
  if (equalJson(found, expected)) return;
  const problem = `A list that is filtered by its metadata is wrong: the table metadata has ${JSON.stringify(found)}, but its configuration has ${JSON.stringify(expected)}.`;
  yield { sandboxId: sandbox.id, problem, help: 'Set the metadata of the sandbox again.' };
}

/** Advice for a row of history that cannot be read. */
const unreadableHelp =
  'Its record is intact, so the server runs it, and streams go on past the row; a backup has the row.';

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

/** The whole history of a sandbox, or a sentence about the rows that cannot be read. */
function historyOf(database: Database, sandboxId: string): readonly HistoryRow[] | string {
  const read: HistoryRow[] = [];
  const unreadable: Row[] = [];
  let reason = '';
  const rows = database
    .prepare(
      `SELECT h.*, p.policy FROM history h LEFT JOIN policies p ON p.id = h.policy
       WHERE h.sandbox_id = ? ORDER BY h.version`,
    )
    .iterate(sandboxId);
  for (const row of rows) {
    try {
      read.push(toHistoryRow(row));
    } catch (error) {
      if (unreadable.length === 0) reason = error instanceof Error ? error.message : String(error);
      unreadable.push(row);
    }
  }
  const [first, ...others] = unreadable;
  if (first === undefined) return read;
  const sentence = `Version ${first['version']} of its history cannot be read. ${reason} It is row ${first['sequence']} of the table history.`;
  return others.length === 0 ? sentence : `${sentence} The same holds for ${listed(others)}.`;
}

/** The most rows that a sentence names. */
const mostNamed = 10;

function listed(rows: readonly Row[]): string {
  const named = rows
    .slice(0, mostNamed)
    .map(({ version, sequence }) => `version ${version} (row ${sequence})`)
    .join(', ');
  const left = rows.length - mostNamed;
  return left > 0 ? `${named} and ${left} more` : named;
}
