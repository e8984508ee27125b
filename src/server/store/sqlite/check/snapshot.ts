import { equalJson } from '../../../../utils/equal-json.ts';
import { isCapturing } from '../../indexed-fields.ts';
import { type Row, toSnapshotRecord } from '../../rows.ts';
import type { Database } from '../database.ts';
import { backup, type DataProblem, failureOf } from './problem.ts';
import { isHistoryComplete } from './usage.ts';

const index = 'The record is authoritative: make the column agree with it.';

/** Finds the faults of a snapshot: in its record, its columns and the sandbox that it was taken from. */
export function* snapshotProblems(database: Database, row: Row): Generator<DataProblem> {
  const id = String(row['id']);
  const unreadable = failureOf(() => toSnapshotRecord(row));
  if (unreadable !== undefined) {
    yield { sandboxId: null, problem: `The snapshot ${id} cannot be read. ${unreadable}`, help: backup };
    return;
  }
  const snapshot = toSnapshotRecord(row);
  const { namespace, createdAt, sandboxId, status } = snapshot;
  const found = {
    id,
    namespace: row['namespace'],
    sandboxId: row['sandbox_id'],
    createdAt: row['created_at'],
  };
  if (!equalJson(found, { id: snapshot.id, namespace, sandboxId, createdAt })) {
    const problem = `The columns of the snapshot ${id} do not agree with its record.`;
    yield { sandboxId, problem, help: backup };
  }
  if ((row['in_progress'] === 1) !== isCapturing(status)) {
    const problem = `The snapshot ${id} is ${status}, but its column in_progress is ${row['in_progress']}.`;
    yield { sandboxId, problem, help: index };
  }
  if ((row['completed'] === 1) !== (status === 'completed')) {
    const problem = `The snapshot ${id} is ${status}, but its column completed is ${row['completed']}.`;
    yield { sandboxId, problem, help: index };
  }
  if (row['in_progress'] === 1 && row['deleted_at'] !== null && row['garbage'] !== 1) {
    const problem = `The snapshot ${id} is deleted, but its data will never be removed.`;
    yield { sandboxId, problem, help: index };
  }
  const owner = database.prepare('SELECT namespace, status FROM sandboxes WHERE id = ?').get(sandboxId);
  if (owner === undefined) {
    // Retention deletes an ended sandbox before its snapshots.
    if (!isCapturing(status) && !isHistoryComplete(database, namespace)) return;
    const problem = `The snapshot ${id} was taken from it, but the sandbox is missing.`;
    yield { sandboxId, problem, help: backup };
  } else if (owner['namespace'] !== namespace) {
    const problem = `The snapshot ${id} belongs to namespace ${namespace}, but its sandbox to ${owner['namespace']}.`;
    yield { sandboxId, problem, help: backup };
  } else if (isCapturing(status) && owner['status'] !== 'snapshotting') {
    const problem = `The snapshot ${id} is in progress, but its sandbox is ${owner['status']}.`;
    yield { sandboxId, problem, help: 'It will never complete: delete it and take another one.' };
  }
}
