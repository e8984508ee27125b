import type { Sandbox, Status } from '../../../machine/sandbox.ts';
import { parseSandbox } from '../../../schema/parse.ts';
import type { Entry, HistoryRow, SnapshotRecord } from '../store.ts';

/** A row as the database gives it. */
export type Row = Record<string, unknown>;

/** Reads an entry, and holds its record against every invariant. Throws for one that no sandbox can be in. */
export function toEntry(row: Row): Entry {
  return {
    sandbox: toSandbox(row['record']),
    namespace: String(row['namespace']),
    configuration: json(row['configuration']) as Entry['configuration'],
    released: row['released'] === 1,
    revision: Number(row['revision']),
  };
}

/** Reads one row of a history. */
export function toHistoryRow(row: Row): HistoryRow {
  return {
    sandboxId: String(row['sandbox_id']),
    version: Number(row['version']),
    from: row['from_status'] as Status | null,
    to: row['to_status'] as Status,
    event: json(row['event']) as HistoryRow['event'],
  };
}

/** Reads a snapshot. */
export function toSnapshotRecord(row: Row): SnapshotRecord {
  return json(row['record']) as SnapshotRecord;
}

function toSandbox(record: unknown): Sandbox {
  try {
    return parseSandbox(json(record));
  } catch (cause) {
    throw new Error(
      `The store has a broken record. ${(cause as Error).message} It reads: ${String(record)}`,
      { cause },
    );
  }
}

function json(text: unknown): unknown {
  return JSON.parse(String(text));
}
