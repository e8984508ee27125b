import { equalJson } from '../../../utils/equal-json.ts';
import { ConflictError, SnapshotUnusableError } from '../errors.ts';
import { isCapturing, isRestorable } from '../indexed-fields.ts';
import type { SnapshotRecord } from '../records.ts';
import { toSnapshotRecord } from '../rows.ts';
import type { Commit } from '../store.ts';
import { isText, mustBeText } from '../text.ts';
import type { Database } from './database.ts';

/**
 * Creates the function that writes the snapshot parts of a commit. It throws {@link ConflictError} and
 * {@link SnapshotUnusableError}.
 */
export function snapshotWriter(database: Database): (commit: Commit) => void {
  const select = database.prepare('SELECT record, deleted_at FROM snapshots WHERE id = ?');
  const put = database.prepare(
    `INSERT INTO snapshots (id, namespace, sandbox_id, created_at, in_progress, completed, garbage, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET in_progress = excluded.in_progress, completed = excluded.completed,
       garbage = max(garbage, excluded.garbage), record = excluded.record`,
  );
  const hide = database.prepare(
    'UPDATE snapshots SET deleted_at = ?, garbage = 1 WHERE id = ? AND deleted_at IS NULL',
  );

  return ({ snapshot, snapshotBefore, restoredFrom, deletedSnapshot }) => {
    const id = snapshot?.id ?? deletedSnapshot?.id;
    if (id !== undefined && snapshotBefore !== undefined) mustBeUnchanged(id, snapshotBefore);
    if (restoredFrom !== undefined) mustBeRestorable(restoredFrom);
    if (snapshot) write(snapshot);
    if (deletedSnapshot && isText(deletedSnapshot.id)) hide.run(deletedSnapshot.at, deletedSnapshot.id);
  };

  function find(id: string) {
    return isText(id) ? select.get(id) : undefined;
  }

  function mustBeUnchanged(id: string, before: SnapshotRecord | null): void {
    const row = find(id);
    if (!equalJson(row ? toSnapshotRecord(row) : null, before)) throw new ConflictError(id, 'Snapshot');
  }

  function mustBeRestorable(id: string): void {
    const row = find(id);
    const isUsable = row?.['deleted_at'] === null && isRestorable(toSnapshotRecord(row).status);
    if (!isUsable) throw new SnapshotUnusableError(id);
  }

  function write(snapshot: SnapshotRecord): void {
    const { id, namespace, sandboxId, createdAt, status } = snapshot;
    mustBeText(id, namespace, sandboxId);
    const flags = [isCapturing(status), status === 'completed', status === 'failed'].map(Number);
    put.run(id, namespace, sandboxId, createdAt, ...flags, JSON.stringify(snapshot));
  }
}
