import { Pool, type PoolConfig, type QueryResultRow, types } from 'pg';
import { StoreBusyError } from '../errors.ts';

/** A query with its values. Rows have plain JavaScript values, and integers are numbers. */
type Query = <Row extends QueryResultRow = QueryResultRow>(
  text: string,
  values?: readonly unknown[],
) => Promise<Row[]>;

/** The connections of a store to its database. */
export interface Connections {
  /** Runs a query that changes nothing. A connection that the server closed meanwhile is replaced once. */
  readonly read: Query;
  /** Runs a statement once: a failure does not say whether it took effect. */
  readonly write: Query;
  readonly pool: Pool;
  /** The schema, for messages. */
  readonly source: string;
  close(): Promise<void>;
}

/** The longest wait for a lock, and the longest statement, in ms. */
const statementLimitMs = 5_000;

/** How long the client waits for an answer, in ms. Longer than the server's limit, which has the better reason. */
const answerLimitMs = 10_000;

/**
 * Opens connections to a schema of a database. Their settings hold for each connection: transactions read what is committed,
 * and no statement waits longer than 5 s. Rejections are {@link StoreBusyError} where a later attempt may succeed.
 */
export function openConnections(url: string, schema: string): Connections {
  const pool = new Pool({
    ...{ connectionString: url, max: mostConnections, types: numbers, keepAlive: true },
    ...{ statement_timeout: statementLimitMs, lock_timeout: statementLimitMs },
    ...{ connectionTimeoutMillis: statementLimitMs, query_timeout: answerLimitMs },
    application_name: 'sandbox-lifecycle',
    options: `-c search_path=${schema} -c default_transaction_isolation=read\\ committed`,
  } satisfies PoolConfig);
  // An idle connection that breaks emits an error, which would end the process without a listener.
  pool.on('error', () => {});

  const write: Query = async (text, values) => {
    try {
      const { rows } = await pool.query(text, values && [...values]);
      return rows;
    } catch (error) {
      throw isTransient(error) ? new StoreBusyError(error) : error;
    }
  };
  return {
    pool,
    source: `the schema ${schema} of PostgreSQL`,
    write,
    async read(text, values) {
      try {
        return await write(text, values);
      } catch (error) {
        if (!(error instanceof StoreBusyError) || !isBrokenConnection(error.cause)) throw error;
        return write(text, values);
      }
    },
    close: () => pool.end(),
  };
}

/** The connections of one store. Commits use one of them at a time. */
const mostConnections = 8;

/** A 64-bit integer as a number: every integer of the store is a safe one. */
export const numbers: NonNullable<PoolConfig['types']> = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === types.builtins.INT8
      ? Number
      : types.getTypeParser(oid, format as 'text')) as typeof types.getTypeParser,
};

/**
 * The classes and codes of errors after which a later attempt may succeed. 25006: after a failover the connection still leads to the
 * former primary, which is read-only now.
 */
const transientCodes = /^(08...|53...|57P0[1235]|57014|40001|40003|40P01|55P03|25006)$/;

/** Whether a later attempt may succeed: the database was busy, restarting or not reachable. */
export function isTransient(error: unknown): boolean {
  const code = codeOf(error);
  return (code !== undefined && transientCodes.test(code)) || isBrokenConnection(error);
}

/** The codes of a connection that broke or could not be made. EAI_AGAIN: the name of the server could not be looked up now. */
const brokenCodes =
  /^(ECONNREFUSED|ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|EAI_AGAIN|57P0[123]|08...)$/;

/** How the client reports the same without a code. */
const brokenMessages =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|Query read timeout|timeout expired|timeout exceeded)/i;

function isBrokenConnection(error: unknown): boolean {
  const code = codeOf(error) ?? '';
  if (brokenCodes.test(code)) return true;
  return error instanceof Error && brokenMessages.test(error.message);
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}
