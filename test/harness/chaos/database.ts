import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { type Audit, auditStatements, readAudit } from './audit.ts';

/** A span of time, in epoch ms. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A database of its own in a PostgreSQL server, as an operator sees it. */
export interface ChaosDatabase {
  readonly url: string;
  /** The times in which the server restarted its backends. */
  readonly outages: readonly Span[];
  /** Begins to note heartbeats and holders. The tables of the store must exist. */
  observe(): Promise<void>;
  readAudit(): Promise<Audit>;
  /** Ends all connections of the hosts, as an operator or a pooler does. */
  terminateConnections(): Promise<void>;
  /** Kills one backend with SIGKILL. PostgreSQL then restarts all of them. Resolves when it answers again. */
  killBackend(): Promise<void>;
  run(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
}

/** The longest time that the server may need to answer again, in ms. */
const patienceMs = 120_000;

/** Creates a database in the server at `serverUrl`. */
export async function createDatabase(serverUrl: string, name: string): Promise<ChaosDatabase> {
  await query(serverUrl, `CREATE DATABASE ${name}`);
  const url = Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href;
  const outages: Span[] = [];
  const run = (text: string, values: readonly unknown[] = []) => patiently(() => query(url, text, values));
  const backends =
    "FROM pg_stat_activity WHERE application_name = 'sandbox-lifecycle' AND datname = current_database()";

  return {
    url,
    outages,
    run,
    async observe() {
      await run(auditStatements);
    },
    readAudit: () => readAudit(run),
    async terminateConnections() {
      await run(`SELECT pg_terminate_backend(pid) ${backends}`);
    },
    async killBackend() {
      const [row] = await run(`SELECT pid ${backends} ORDER BY random() LIMIT 1`);
      if (row === undefined) return;
      const from = Date.now();
      process.kill(Number(row['pid']), 'SIGKILL');
      // The server notices the death a moment later, and answers until then.
      await sleep(200);
      await run('SELECT 1');
      outages.push({ from, to: Date.now() });
    },
  };
}

async function query(url: string, text: string, values: readonly unknown[] = []) {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // A connection that breaks while it is idle emits an error.
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text, [...values])).rows as Record<string, unknown>[];
  } finally {
    await client.end().catch(() => {});
  }
}

/** Repeats what fails because the server restarts its backends. */
export async function patiently<Result>(act: () => Promise<Result>): Promise<Result> {
  const end = Date.now() + patienceMs;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!isOutage(error) || Date.now() > end) throw error;
      await sleep(100);
    }
  }
}

function isOutage(error: unknown): boolean {
  const { code = '', message = '', name = '' } = error as { code?: string; message?: string; name?: string };
  return (
    name === 'StoreBusyError' ||
    /^(57P0[123]|08...|ECONNREFUSED|ECONNRESET|EPIPE)$/.test(code) ||
    /terminated|timeout|Connection/i.test(message)
  );
}
