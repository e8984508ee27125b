import { isCapturing } from '../../indexed-fields.ts';
import type { SnapshotRecord } from '../../records.ts';
import { type Row, toSnapshotRecord } from '../../rows.ts';
import { bucketOf } from '../../shared.ts';
import { snapshotText } from '../plain-commit.ts';

/** A table that SQLite and PostgreSQL both have. */
export interface TransferredTable {
  readonly name: string;
  /** The columns that are the same in both. */
  readonly columns: readonly string[];
  /** The columns of a unique order, in which the rows are read. */
  readonly order: string;
  /** The rows that belong to the kind of database, and not to the data. */
  readonly omitted?: string;
  /** The other columns of PostgreSQL, and those that it stores in another form. */
  readonly toPostgres?: (row: Row) => Row;
  /** The expressions that an export reads besides the columns, and the other columns of SQLite. */
  readonly toSqlite?: { readonly also: string; readonly convert: (row: Row) => Row };
}

/** All data of a server, in an order in which each row comes after those that it refers to. */
export const transferredTables: readonly TransferredTable[] = [
  {
    name: 'facts',
    columns: ['name', 'value'],
    order: 'name',
    // The process driver cannot be used by several servers, so its data is moved only when nothing of it is left.
    omitted:
      "name IN ('writer', 'newest_reader', 'oldest_reader') OR (name = 'driver_kind' AND value = 'process')",
  },
  { name: 'policies', columns: ['id', 'policy'], order: 'id' },
  {
    name: 'sandboxes',
    columns: [
      ...['id', 'namespace', 'name', 'status', 'version', 'revision', 'created_at', 'ended_at', 'rank'],
      ...['archived_at', 'timeout_at', 'unsettled', 'released', 'restores_from', 'schema', 'oldest_reader'],
      ...['record', 'configuration'],
    ],
    order: 'id',
    toPostgres: ({ id }) => ({ bucket: bucketOf(String(id)) }),
    toSqlite: { also: '', convert: ({ record }) => platformColumnsOf(String(record)) },
  },
  {
    name: 'metadata',
    columns: ['namespace', 'key', 'value', 'sandbox_id'],
    order: 'sandbox_id, key',
    toSqlite: {
      also: `(SELECT rank FROM sandboxes WHERE id = sandbox_id) AS rank,
        (SELECT created_at FROM sandboxes WHERE id = sandbox_id) AS created_at`,
      convert: ({ rank, created_at }) => ({ rank, created_at }),
    },
  },
  {
    name: 'history',
    columns: [
      ...[
        'sequence',
        'namespace',
        'sandbox_id',
        'version',
        'from_status',
        'to_status',
        'at',
        'actor',
        'cause',
      ],
      ...['policy', 'event', 'schema', 'oldest_reader', 'record', 'first_kept'],
    ],
    order: 'sequence',
  },
  {
    name: 'snapshots',
    columns: ['id', 'namespace', 'sandbox_id', 'created_at', 'deleted_at', 'garbage', 'record'],
    order: 'id',
    toPostgres(row) {
      const snapshot = toSnapshotRecord(row);
      return { status: snapshot.status, record: snapshotText(snapshot) };
    },
    toSqlite: {
      also: 'status',
      convert: ({ status }) => ({
        in_progress: Number(isCapturing(status as SnapshotRecord['status'])),
        completed: Number(status === 'completed'),
      }),
    },
  },
  {
    name: 'responses',
    columns: ['namespace', 'key', 'fingerprint', 'at', 'result'],
    order: 'namespace, key',
  },
  {
    name: 'usage',
    columns: ['namespace', 'day', 'running', 'running_ms', 'suspended', 'suspended_ms'],
    order: 'namespace, day',
  },
  { name: 'deleted_history', columns: ['namespace', 'last'], order: 'namespace' },
];

/** The columns of SQLite that PostgreSQL does not have. A record that cannot be read has none of them, which a check finds. */
function platformColumnsOf(record: string): Row {
  try {
    const { incarnation = null, generation = 0 } = JSON.parse(record) as Row;
    return { incarnation, generation };
  } catch {
    return { incarnation: null, generation: 0 };
  }
}
