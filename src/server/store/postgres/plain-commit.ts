import { SnapshotUnusableError } from '../errors.ts';
import { isUnsettled, restoresFrom, timeoutAtOf } from '../indexed-fields.ts';
import { rankOf } from '../paging.ts';
import type { HistoryRow, SnapshotRecord, StoredResponse } from '../records.ts';
import { oldestReader, recordSchema } from '../schemas.ts';
import { bucketOf } from '../shared.ts';
import type { Commit, StoreChange } from '../store.ts';
import { isText, mustBeText, searchable } from '../text.ts';
import { dayOf, usageStepOf } from '../usage.ts';

/** A commit as the functions of the database read it: plain JSON, with the stored columns computed. */
export type PlainCommit = Readonly<Record<string, unknown>>;

/** Computes the columns of a commit. Throws for a text that the database cannot store unchanged, and a {@link SnapshotUnusableError}. */
export function toPlainCommit(commit: Commit): PlainCommit {
  const { change, snapshot, snapshotBefore, restoredFrom, deletedSnapshot, response, quotas } = commit;
  // An id that cannot be stored is the id of no snapshot.
  if (restoredFrom !== undefined && !isText(restoredFrom)) throw new SnapshotUnusableError(restoredFrom);
  const rows = change?.history ? [...(change.earlier ?? []), change.history] : [];
  return {
    ...(change && { sandbox: { ...sandboxOf(change), host: commit.host ?? null } }),
    history: rows.map(historyOf),
    ...(snapshot && { snapshot: snapshotOf(snapshot) }),
    ...(snapshotBefore !== undefined && {
      snapshotBefore: snapshotBefore === null ? null : snapshotText(snapshotBefore),
    }),
    ...(restoredFrom !== undefined && { restoredFrom }),
    ...(deletedSnapshot && isText(deletedSnapshot.id) && { deletedSnapshot }),
    ...(response && { response: responseOf(response) }),
    ...(quotas && { quotas: quotasOf(commit) }),
  };
}

function sandboxOf({ before, after }: StoreChange) {
  const { sandbox, namespace, configuration, revision, released } = after;
  const { id, name, status, version, createdAt, terminatedAt: endedAt } = sandbox;
  mustBeText(id, namespace, name ?? '', restoresFrom(after) ?? '');
  // The configuration seldom changes, and is as long as the rest of the row.
  const isSame = before?.configuration === configuration;
  return {
    ...{ id, namespace, name, status, version, revision, createdAt, endedAt, rank: rankOf(sandbox) },
    expected: before && [before.sandbox.version, before.revision],
    timeoutAt: timeoutAtOf(after),
    unsettled: Number(isUnsettled(after)),
    released: Number(released),
    restoresFrom: restoresFrom(after),
    bucket: bucketOf(id),
    ...{ schema: recordSchema, oldestReader },
    record: JSON.stringify(sandbox),
    configuration: isSame ? null : JSON.stringify(configuration),
    metadata: isSame ? null : searchable(configuration.metadata),
  };
}

function historyOf(row: Omit<HistoryRow, 'sequence'>) {
  const { namespace, sandboxId, version, from, to, at, actor, cause, policy, event, sandbox } = row;
  mustBeText(namespace, sandboxId, actor, cause);
  return {
    ...{ namespace, sandboxId, version, from, to, at, actor, cause },
    policy: JSON.stringify(policy),
    event: JSON.stringify(event),
    ...{ schema: recordSchema, oldestReader },
    record: JSON.stringify(sandbox),
    ...usageOf(row),
  };
}

/** The change of the usage of a namespace by a row of history, if any. */
function usageOf(row: Omit<HistoryRow, 'sequence'>) {
  const step = usageStepOf(row);
  return step && { usage: { ...step, day: dayOf(step.at) } };
}

function snapshotOf(snapshot: SnapshotRecord) {
  const { id, namespace, sandboxId, createdAt, status } = snapshot;
  mustBeText(id, namespace, sandboxId);
  return { id, namespace, sandboxId, createdAt, status, record: snapshotText(snapshot) };
}

/** The JSON of a snapshot, with its fields in one order, because commits compare it as text. */
export function snapshotText(snapshot: SnapshotRecord): string {
  const inOrder = (_: string, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return JSON.stringify(snapshot, inOrder);
}

function responseOf({ namespace, key, fingerprint, at, result }: StoredResponse) {
  mustBeText(namespace, key, fingerprint);
  return { namespace, key, fingerprint, at, result: JSON.stringify(result) };
}

/** The quotas that count for a commit: those of a new sandbox and of a new snapshot. */
function quotasOf({ change, snapshot, snapshotBefore, quotas = {} }: Commit) {
  const { livingSandboxes = null, snapshots = null } = quotas;
  return {
    namespace: change?.after.namespace ?? snapshot?.namespace,
    livingSandboxes: change?.before === null ? livingSandboxes : null,
    snapshots: snapshot && snapshotBefore === null ? snapshots : null,
  };
}
