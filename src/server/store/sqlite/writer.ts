import type { Policy } from '../../../model/policy.ts';
import { ConflictError, KeyUsedError, NameTakenError, QuotaError } from '../errors.ts';
import { isUnsettled, restoresFrom, timeoutAtOf } from '../indexed-fields.ts';
import { deletingRank, rankOf } from '../paging.ts';
import type { HistoryRow, StoredResponse } from '../records.ts';
import { oldestReader, recordSchema } from '../schemas.ts';
import type { Commit, Committed, StoreChange } from '../store.ts';
import { mustBeText } from '../text.ts';
import type { Database } from './database.ts';
import { metadataWriter } from './metadata-writer.ts';
import { deletionCheck } from './namespace-queries.ts';
import { snapshotWriter } from './snapshot-writer.ts';
import { usageWriter } from './usage.ts';

/** Creates the function that writes one commit. Run it in a transaction, and roll back when it throws. */
export function createWrite(database: Database): (commit: Commit) => Committed {
  const writeEntry = entryWriter(database);
  const writeHistory = historyWriter(database);
  const writeMetadata = metadataWriter(database);
  const writeSnapshot = snapshotWriter(database);
  const writeResponse = responseWriter(database);
  const countUsage = usageWriter(database);
  const mustBeWithinQuotas = quotaCheck(database);
  const mustNotBeDeleting = deletionCheck(database);

  return (commit) => {
    const { change, response } = commit;
    writeSnapshot(commit);
    const record = change && JSON.stringify(change.after.sandbox);
    if (change?.before === null) mustNotBeDeleting(change.after.namespace);
    if (change && record) {
      writeEntry(change, record);
      writeMetadata(change);
    }
    if (response) writeResponse(response);
    mustBeWithinQuotas(commit);
    if (!change?.history || !record) return { sequence: null };
    for (const row of change.earlier ?? []) {
      writeHistory(row, JSON.stringify(row.sandbox));
      countUsage(row);
    }
    countUsage(change.history);
    return { sequence: writeHistory(change.history, record) };
  };
}

/** Creates the function that writes a sandbox. It throws {@link ConflictError} and {@link NameTakenError}. */
function entryWriter(database: Database) {
  const insert = database.prepare(
    `INSERT INTO sandboxes (id, namespace, created_at, name, status, version, revision, ended_at, rank, incarnation, generation, timeout_at, unsettled,
       released, restores_from, schema, oldest_reader, record, configuration)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${recordSchema}, ${oldestReader}, ?, ?) ON CONFLICT (id) DO NOTHING`,
  );
  // An archived sandbox that is not released any more is in the list again.
  const update = database.prepare(
    `UPDATE sandboxes SET name = ?1, status = ?2, version = ?3, revision = ?4, ended_at = ?5,
       rank = iif(?11, min(rank, ?6), ?6), archived_at = iif(?11, archived_at, NULL), incarnation = ?7, generation = ?8,
       timeout_at = ?9, unsettled = ?10, released = ?11, restores_from = ?12, schema = ${recordSchema}, oldest_reader = ${oldestReader},
       record = ?13, configuration = coalesce(?14, configuration)
     WHERE id = ?15 AND version = ?16 AND revision = ?17 AND rank > ${deletingRank} AND broken IS NULL`,
  );

  return ({ before, after }: StoreChange, record: string): void => {
    const { sandbox, namespace, configuration, revision, released } = after;
    const { id, name, status, version, createdAt, terminatedAt, incarnation, generation } = sandbox;
    mustBeText(id, namespace, name ?? '', restoresFrom(after) ?? '');
    const state = [
      name,
      status,
      version,
      revision,
      terminatedAt,
      rankOf(sandbox),
      incarnation,
      generation,
    ] as const;
    const work = [
      timeoutAtOf(after),
      Number(isUnsettled(after)),
      Number(released),
      restoresFrom(after),
    ] as const;
    // The configuration seldom changes, and is as long as the rest of the row.
    const isSame = before?.configuration === configuration;
    const json = [record, isSame ? null : JSON.stringify(configuration)] as const;
    const expected = before ? [before.sandbox.version, before.revision] : undefined;
    try {
      const { changes } = expected
        ? update.run(...state, ...work, ...json, id, ...expected)
        : insert.run(id, namespace, createdAt, ...state, ...work, ...json);
      if (Number(changes) !== 1) throw new ConflictError(id);
    } catch (error) {
      if (name !== null && /UNIQUE constraint failed: sandboxes\.namespace/.test(String(error)))
        throw new NameTakenError(name);
      throw error;
    }
  };
}

/** Creates the check of a commit whose rows are written. It throws {@link QuotaError}, and the commit is rolled back. */
function quotaCheck(database: Database) {
  const select = database.prepare('SELECT living, snapshots FROM namespace_counts WHERE namespace = ?');

  return ({ change, snapshot, snapshotBefore, quotas = {} }: Commit): void => {
    const { livingSandboxes = null, snapshots = null } = quotas;
    const isNew = change?.before === null && livingSandboxes !== null;
    const isNewSnapshot = snapshot !== undefined && snapshotBefore === null && snapshots !== null;
    const namespace = change?.after.namespace ?? snapshot?.namespace;
    if (namespace === undefined || !(isNew || isNewSnapshot)) return;
    const counts = select.get(namespace);
    if (isNew && Number(counts?.['living'] ?? 0) > livingSandboxes)
      throw new QuotaError('living sandboxes', livingSandboxes);
    if (isNewSnapshot && Number(counts?.['snapshots'] ?? 0) > snapshots)
      throw new QuotaError('snapshots', snapshots);
  };
}

/** Creates the function that writes a row of history and returns its sequence. */
function historyWriter(database: Database) {
  const insert = database.prepare(
    `INSERT INTO history (namespace, sandbox_id, version, from_status, to_status, at, actor, cause, policy, event, schema, oldest_reader,
       record)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${recordSchema}, ${oldestReader}, ?)`,
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
