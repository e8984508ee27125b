import { mustBeSandbox } from '../../model/check-record.ts';
import { mustBeObject } from '../../model/checks.ts';
import type { Policy } from '../../model/policy.ts';
import type { Sandbox, Status } from '../../model/sandbox.ts';
import { BrokenRecordError, NewerRecordError } from './errors.ts';
import { isUnsettled, restoresFrom, timeoutAtOf } from './indexed-fields.ts';
import { rankOf } from './paging.ts';
import type { HistoryItem, HistoryRow, SandboxEntry, SnapshotRecord, StoredResponse } from './records.ts';
import { NewerSchemaError, upgrade } from './schemas.ts';
import type { UsageRow } from './usage.ts';

/** A row as the database returns it. */
export type Row = Record<string, unknown>;

/**
 * Reads an entry, and checks its record against every invariant and against its columns. Throws
 * {@link BrokenRecordError} when a check fails, and {@link NewerRecordError} for a row of a newer release. `source` names the database.
 */
export function toEntry(row: Row, source?: string): SandboxEntry {
  const sandboxId = String(row['id']);
  const namespace = String(row['namespace']);
  try {
    if (typeof row['broken'] === 'string') throw new Error(row['broken']);
    const entry: SandboxEntry = {
      sandbox: toSandbox(row),
      namespace,
      configuration: toConfiguration(row['configuration']),
      released: row['released'] === 1,
      revision: Number(row['revision']),
    };
    mustAgree(entry, row);
    return entry;
  } catch (cause) {
    if (cause instanceof NewerSchemaError) throw new NewerRecordError({ sandboxId, namespace }, { cause });
    const problem = cause instanceof Error ? cause.message : String(cause);
    const place =
      source === undefined ? {} : { place: `row ${sandboxId} of the table sandboxes in ${source}` };
    throw new BrokenRecordError({ sandboxId, namespace, problem, ...place }, { cause });
  }
}

/** Throws when a column, by which queries find the entry, differs from the record. */
function mustAgree(entry: SandboxEntry, row: Row): void {
  const { id, name, status, version, createdAt, terminatedAt, incarnation, generation } = entry.sandbox;
  const unsettled = Number(isUnsettled(entry));
  const timeoutAt = timeoutAtOf(entry);
  const times = { created_at: createdAt, ended_at: terminatedAt, timeout_at: timeoutAt };
  const platform = { unsettled, incarnation, generation, restores_from: restoresFrom(entry) };
  const columns = { id, name, status, version, ...times, ...platform };
  for (const [column, value] of Object.entries(columns)) {
    // Not every store has all of these columns.
    if (column in row && row[column] !== value)
      throw new Error(`Its column ${column} is ${row[column]}, but its record has ${value}.`);
  }
  const rank = Number(row['rank'] ?? rankOf(entry.sandbox));
  if (status === 'terminated' ? rank > 0 : rank !== 1)
    throw new Error(`Its column rank is ${rank}, but its record is ${status}.`);
  if (rank < 0 && !entry.released)
    throw new Error(
      `Its column rank is ${rank}, which is that of an archived sandbox, but it is not released.`,
    );
  if (entry.released && status !== 'terminated')
    throw new Error(`It is marked as released, but its record is ${status}.`);
}

/** Reads one row of a history, with the policy that its column refers to. Throws {@link NewerRecordError}. */
export function toHistoryRow(row: Row): HistoryRow {
  const sandboxId = String(row['sandbox_id']);
  const namespace = String(row['namespace']);
  return {
    sequence: Number(row['sequence']),
    namespace,
    sandboxId,
    version: Number(row['version']),
    from: row['from_status'] as Status | null,
    to: row['to_status'] as Status,
    event: json(row['event']) as HistoryRow['event'],
    at: Number(row['at']),
    actor: String(row['actor']),
    cause: String(row['cause']),
    policy: toPolicy(row['policy']),
    sandbox: toPastSandbox(row, { sandboxId, namespace }),
    ...(row['first_kept'] === 1 && { isFirstKept: true }),
  };
}

function toPastSandbox(row: Row, of: { sandboxId: string; namespace: string }): Sandbox {
  try {
    return upgraded(row) as Sandbox;
  } catch (cause) {
    throw cause instanceof NewerSchemaError ? new NewerRecordError(of, { cause }) : cause;
  }
}

/** Reads one row of a history. One that cannot be read, or whose columns differ from its record, is missing. */
export function toHistoryItem(row: Row, source: string): HistoryItem {
  try {
    const read = toHistoryRow(row);
    mustBeSound(read);
    return read;
  } catch (error) {
    return {
      isMissing: true,
      ...(error instanceof NewerRecordError && { isNewer: true }),
      sequence: Number(row['sequence']),
      namespace: String(row['namespace']),
      sandboxId: String(row['sandbox_id']),
      version: Number(row['version']),
      to: row['to_status'] as Status,
      problem: error instanceof Error ? error.message : String(error),
      place: `row ${row['sequence']} of the table history in ${source}`,
    };
  }
}

/** Whether this release can read a row of a history. */
export function isReadable(row: Row): boolean {
  return !('isMissing' in toHistoryItem(row, ''));
}

/** Throws for a row that has JSON of another shape. Whether it follows from the row before it is for `checkHistory`. */
function mustBeSound({ sandbox, sandboxId, version, to, event, at, policy }: HistoryRow): void {
  mustBeSandbox(sandbox);
  mustBeObject('event', event);
  mustBeObject('policy', policy);
  const found = { id: sandbox.id, version: sandbox.version, status: sandbox.status, at: event.at };
  const expected = { id: sandboxId, version, status: to, at };
  for (const name of ['id', 'version', 'status', 'at'] as const)
    if (found[name] !== expected[name])
      throw new Error(`Its column for ${name} is ${expected[name]}, but its content has ${found[name]}.`);
  if (typeof event.type !== 'string') throw new Error('Its event has no type.');
}

/** Reads a snapshot. */
export function toSnapshotRecord(row: Row): SnapshotRecord {
  return json(row['record']) as SnapshotRecord;
}

/** Reads the response to a request with an idempotency key. */
export function toStoredResponse(row: Row): StoredResponse {
  return {
    namespace: String(row['namespace']),
    key: String(row['key']),
    fingerprint: String(row['fingerprint']),
    at: Number(row['at']),
    result: json(row['result']),
  };
}

/** SQLite enforces the reference to the policy, but a manual edit can switch that off. */
function toPolicy(text: unknown): Policy {
  if (typeof text !== 'string') throw new Error('Its policy is missing.');
  return json(text) as Policy;
}

function toConfiguration(text: unknown): SandboxEntry['configuration'] {
  const configuration = json(text);
  mustBeObject('configuration', configuration);
  mustBeObject('configuration.resources', configuration['resources']);
  mustBeObject('configuration.metadata', configuration['metadata']);
  return configuration as unknown as SandboxEntry['configuration'];
}

function toSandbox(row: Row): Sandbox {
  const record = upgraded(row);
  mustBeSandbox(record);
  return record;
}

function upgraded(row: Row): unknown {
  return upgrade(json(row['record']), Number(row['schema']), Number(row['oldest_reader']));
}

function json(text: unknown): unknown {
  return JSON.parse(String(text));
}

/** The columns of {@link toUsageRow}. */
export const usageColumns = 'day, running, running_ms, suspended, suspended_ms';

/** Reads a row of usage. */
export function toUsageRow(row: Row): UsageRow {
  return {
    day: Number(row['day']),
    running: Number(row['running']),
    runningMs: Number(row['running_ms']),
    suspended: Number(row['suspended']),
    suspendedMs: Number(row['suspended_ms']),
  };
}
