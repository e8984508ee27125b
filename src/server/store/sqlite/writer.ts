import type { Policy } from '../../../model/policy.ts';
import { isCapturing, isUnsettled, timeoutAtOf } from '../indexed-fields.ts';
import {
  type Commit,
  type Committed,
  ConflictError,
  type HistoryRow,
  KeyUsedError,
  NameTakenError,
  type SnapshotRecord,
  type StoreChange,
  type StoredResponse,
} from '../store.ts';
import type { Database } from './database.ts';
import { recordSchema } from './schemas.ts';
import { isText, mustBeText } from './text.ts';

/** Creates the function that writes one commit. Run it in a transaction, and roll back when it throws. */
export function createWrite(database: Database): (commit: Commit) => Committed {
  const writeEntry = entryWriter(database);
  const writeHistory = historyWriter(database);
  const writeSnapshot = snapshotWriter(database);
  const writeResponse = responseWriter(database);
  const deleteSnapshot = database.prepare('UPDATE snapshots SET deleted = 1, garbage = 1 WHERE id = ?');

  return ({ change, snapshot, deletedSnapshot, response }) => {
    const record = change && JSON.stringify(change.after.sandbox);
    if (change && record) writeEntry(change, record);
    if (snapshot) writeSnapshot(snapshot);
    if (deletedSnapshot !== undefined && isText(deletedSnapshot)) deleteSnapshot.run(deletedSnapshot);
    if (response) writeResponse(response);
    if (!change?.history || !record) return { sequence: null };
    for (const row of change.earlier ?? []) writeHistory(row, JSON.stringify(row.sandbox));
    return { sequence: writeHistory(change.history, record) };
  };
}

/** Creates the function that writes a sandbox. It throws {@link ConflictError} and {@link NameTakenError}. */
function entryWriter(database: Database) {
  const insert = database.prepare(
    `INSERT INTO sandboxes (id, namespace, name, status, version, revision, created_at, timeout_at, unsettled, released, schema, record, configuration)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${recordSchema}, ?, ?) ON CONFLICT (id) DO NOTHING`,
  );
  const update = database.prepare(
    `UPDATE sandboxes SET name = ?, status = ?, version = ?, revision = ?, timeout_at = ?, unsettled = ?, released = ?,
       schema = ${recordSchema}, record = ?, configuration = coalesce(?, configuration)
     WHERE id = ? AND version = ? AND revision = ? AND broken IS NULL`,
  );

  return ({ before, after }: StoreChange, record: string): void => {
    const { sandbox, namespace, configuration, revision, released } = after;
    const { id, name, status, version, createdAt } = sandbox;
    mustBeText(id, namespace, name ?? '');
    const timeoutAt = timeoutAtOf(after);
    const flags = [Number(isUnsettled(after)), Number(released)] as const;
    // The configuration seldom changes, and is as long as the rest of the row.
    const isSame = before?.configuration === configuration;
    const json = [record, isSame ? null : JSON.stringify(configuration)] as const;
    const expected = before ? [before.sandbox.version, before.revision] : undefined;
    try {
      const { changes } = expected
        ? update.run(name, status, version, revision, timeoutAt, ...flags, ...json, id, ...expected)
        : insert.run(id, namespace, name, status, version, revision, createdAt, timeoutAt, ...flags, ...json);
      if (Number(changes) !== 1) throw new ConflictError(id);
    } catch (error) {
      if (name !== null && /UNIQUE constraint failed: sandboxes\.namespace/.test(String(error)))
        throw new NameTakenError(name);
      throw error;
    }
  };
}

/** Creates the function that writes a row of history and returns its sequence. */
function historyWriter(database: Database) {
  const insert = database.prepare(
    `INSERT INTO history (namespace, sandbox_id, version, from_status, to_status, at, actor, cause, policy, event, schema, record)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${recordSchema}, ?)`,
  );
  const policyIdOf = createPolicyIds(database);

  return (row: Omit<HistoryRow, 'sequence'>, record: string): number => {
    const { namespace, sandboxId, version, from, to, at, actor, cause, policy, event } = row;
    mustBeText(namespace, sandboxId, actor, cause);
    const origin = [actor, cause, policyIdOf(policy)] as const;
    const json = [JSON.stringify(event), record] as const;
    return Number(
      insert.run(namespace, sandboxId, version, from, to, at, ...origin, ...json).lastInsertRowid,
    );
  };
}

/** Policies are few and their text is long, so a row of history refers to its policy by a number. */
function createPolicyIds(database: Database): (policy: Policy) => number {
  const insert = database.prepare('INSERT INTO policies (policy) VALUES (?)');
  const select = database.prepare('SELECT id FROM policies WHERE policy = ?');
  return (policy) => {
    const text = JSON.stringify(policy);
    const known = select.get(text);
    return Number(known ? known['id'] : insert.run(text).lastInsertRowid);
  };
}

/** Creates the function that writes a snapshot that began or ended. */
function snapshotWriter(database: Database) {
  const put = database.prepare(
    `INSERT INTO snapshots (id, namespace, created_at, in_progress, garbage, record) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET in_progress = excluded.in_progress, garbage = max(garbage, excluded.garbage),
       record = excluded.record`,
  );
  return (snapshot: SnapshotRecord): void => {
    const { id, namespace, createdAt, status } = snapshot;
    mustBeText(id, namespace);
    const flags = [Number(isCapturing(status)), Number(status === 'failed')] as const;
    put.run(id, namespace, createdAt, ...flags, JSON.stringify(snapshot));
  };
}

/** Creates the function that writes the response under an idempotency key. It throws {@link KeyUsedError}. */
function responseWriter(database: Database) {
  const insert = database.prepare(
    `INSERT INTO responses (namespace, key, fingerprint, at, result) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  return ({ namespace, key, fingerprint, at, result }: StoredResponse): void => {
    mustBeText(namespace, key, fingerprint);
    const { changes } = insert.run(namespace, key, fingerprint, at, JSON.stringify(result));
    if (Number(changes) !== 1) throw new KeyUsedError(key);
  };
}
