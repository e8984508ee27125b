import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { launchPostgres } from '../test/harness/postgres/launch.ts';
import { nextMessage, startServer } from './support/child.ts';
import { load } from './support/load.ts';
import { median } from './support/measure.ts';
import { percentile, show, toTable } from './support/table.ts';

// Measures commits per second on PostgreSQL, from 1, 2 and 4 processes, and beside it plain transactions of a client that read a row,
// write it and add a row of history; then creations through HTTP, on PostgreSQL and on SQLite.

const seconds = Number(process.env['BENCH_SECONDS'] ?? 6);
const rounds = 3;
const connections = 64;
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const postgres = await launchPostgres();
if ('skipped' in postgres) {
  console.log(`Nothing is measured: ${postgres.skipped}.`);
  process.exit(0);
}
const { url } = postgres;
let schemas = 0;

try {
  console.log(`PostgreSQL ${await query('SHOW server_version')}, Node ${process.version}\n`);
  await compareCommits();
  await compareCreations();
} finally {
  await postgres.stop();
  rmSync(folder, { recursive: true });
}

async function compareCommits(): Promise<void> {
  const rates = new Map<string, number[]>();
  const slowest = new Map<string, number[]>();
  // The modes alternate, so that a slow moment of the machine affects both.
  for (let round = 0; round < rounds; round++)
    for (const processes of [1, 2, 4])
      for (const mode of ['store', 'plain']) {
        const latencies = await commitFrom(processes, mode);
        const key = `${mode} ${processes}`;
        rates.set(key, [...(rates.get(key) ?? []), latencies.length / seconds]);
        slowest.set(key, [...(slowest.get(key) ?? []), percentile(latencies, 0.99)]);
      }
  const rate = (mode: string, processes: number) => median(rates.get(`${mode} ${processes}`) ?? []);
  const p99 = (mode: string, processes: number) => median(slowest.get(`${mode} ${processes}`) ?? []);
  const rows = [1, 2, 4].map((processes) => [
    String(processes),
    show(rate('store', processes)),
    show(p99('store', processes), 1),
    show(rate('plain', processes)),
    show(p99('plain', processes), 1),
    show(rate('store', processes) / rate('plain', processes), 2),
  ]);
  const head = ['processes', 'store, per second', 'p99 ms', 'plain, per second', 'p99 ms', 'store : plain'];
  console.log(`${toTable(head, rows)}

Four processes commit ${show(rate('store', 4) / rate('store', 1), 2)} times as fast as one (medians of ${rounds} rounds of ${seconds} s).\n`);
}

/** Commits from several processes at once. Returns the latency of each commit in ms. */
async function commitFrom(processes: number, mode: string): Promise<number[]> {
  const schema = await newSchema();
  const script = fileURLToPath(new URL('support/committer.js', import.meta.url));
  const children = Array.from({ length: processes }, (_, n) =>
    fork(script, [mode, url, schema, `p${n}x`, String(seconds)]),
  );
  const ends = children.map((child) => once(child, 'exit'));
  await Promise.all(children.map((child) => nextMessage(child)));
  const results = children.map((child) => nextMessage<{ latencies: number[] }>(child));
  for (const child of children) child.send('start');
  const latencies = (await Promise.all(results)).flatMap((result) => result.latencies);
  await Promise.all(ends);
  return latencies;
}

async function newSchema(): Promise<string> {
  const schema = `bench_${schemas++}`;
  await query(`CREATE SCHEMA ${schema};
    CREATE TABLE ${schema}.plain_sandboxes (id text COLLATE "C" PRIMARY KEY, version bigint, record text) WITH (fillfactor = 70);
    CREATE TABLE ${schema}.plain_history (sequence bigserial PRIMARY KEY, sandbox_id text COLLATE "C", row text)`);
  return schema;
}

async function compareCreations(): Promise<void> {
  const sqlite: number[] = [];
  const shared: number[] = [];
  for (let round = 0; round < rounds; round++) {
    sqlite.push(await createOn(join(folder, `${round}.db`)));
    shared.push(await createOn(url, await newSchema()));
  }
  const ratio = median(shared) / median(sqlite);
  console.log(`${toTable(
    ['creations through HTTP, 64 at a time', 'per second'],
    [
      ['SQLite', show(median(sqlite))],
      ['PostgreSQL, one host of many', show(median(shared))],
    ],
  )}

On PostgreSQL: ${show(ratio, 2)} of SQLite.`);
}

/** Creates sandboxes through HTTP. Returns how many per second. */
async function createOn(database: string, schema?: string): Promise<number> {
  const server = await startServer(database, schema);
  const body = '{}';
  const request = () =>
    `POST /sandboxes HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  await load(server.port, connections, 1_000, request);
  const startedAt = performance.now();
  const { responses } = await load(server.port, connections, seconds * 1_000, request);
  const elapsedMs = performance.now() - startedAt;
  await server.stop();
  return (responses / elapsedMs) * 1_000;
}

async function query(text: string): Promise<unknown> {
  const client = new Client(url);
  await client.connect();
  const { rows } = (await client.query(text)) as { rows?: Record<string, unknown>[] };
  await client.end();
  return Object.values(rows?.[0] ?? {})[0];
}
