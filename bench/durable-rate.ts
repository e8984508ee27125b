import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SandboxEntry, StoreChange } from '../src/server/index.ts';
import { sqliteStore } from '../src/server/store/sqlite/index.ts';
import { startServer } from './support/child.ts';
import { load } from './support/load.ts';
import { creation, step } from './support/records.ts';
import { percentile, show, toTable } from './support/table.ts';

// Measures durable commands per second: through HTTP, and beside it the same transaction on the same database binding
// with the same batch size, and nothing else. Each command is one applied keepalive of one of 64 sandboxes, with an
// idempotency key of its own, as a careful client sends it.

const connections = 64;
const seconds = Number(process.env['BENCH_SECONDS'] ?? 8);
const rounds = 3;
const hour = 3_600_000;
/** The same length as the fingerprint of a request. */
const fingerprint = 'x'.repeat(44);
const folder = mkdtempSync(join(tmpdir(), 'bench-'));

const ids = Array.from({ length: connections }, (_, lane) => `lane${String(lane).padStart(17, '0')}`);

/** Creates a database in which every lane has a running sandbox. */
async function prepare(name: string): Promise<string> {
  const path = join(folder, name);
  const store = sqliteStore(path);
  for (const id of ids) {
    const made = creation(id, hour, Date.now(), hour);
    const up = step(made.after, { type: 'boot.completed', operation: 1, at: Date.now() });
    await store.commit({ change: made });
    await store.commit({ change: up });
  }
  await store.close();
  return path;
}

interface Rate {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The mean number of commands per transaction. */
  readonly batch: number;
}

/** Measures the transaction alone. It prepares the changes beforehand, a second's worth at a time. */
async function measureRaw(path: string, batch: number): Promise<Rate> {
  const store = sqliteStore(path);
  const latencies: number[] = [];
  let elapsedMs = 0;
  let key = 0;
  let at = Date.now();
  while (elapsedMs < seconds * 1000) {
    const lanes = await Promise.all(
      ids.slice(0, batch).map(async (id) => {
        const changes = [];
        for (let entry = (await store.get(id)) as SandboxEntry, n = 0; n < 100; n++) {
          const change = step(entry, { type: 'keepalive', at: ++at });
          changes.push(change);
          entry = change.after;
        }
        return changes;
      }),
    );
    const startedAt = performance.now();
    await Promise.all(
      lanes.map(async (changes) => {
        for (const change of changes) {
          const sentAt = performance.now();
          const response = {
            namespace: 'default',
            key: `raw-${key++}`,
            fingerprint,
            at,
            result: responseTo(change),
          };
          await store.commit({ change, response });
          latencies.push(performance.now() - sentAt);
        }
      }),
    );
    elapsedMs += performance.now() - startedAt;
  }
  await store.close();
  return {
    perSecond: (latencies.length / elapsedMs) * 1000,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    batch,
  };
}

async function measureHttp(path: string): Promise<Rate> {
  const server = await startServer(path);
  let key = 0;
  const keepalive = (lane: number) =>
    `POST /sandboxes/${ids[lane]}/keepalive HTTP/1.1\r\nHost: 127.0.0.1\r\nIdempotency-Key: http-${key++}\r\nContent-Length: 0\r\n\r\n`;
  await load(server.port, connections, 2_000, keepalive);
  const before = await lastVersions(server.port);
  const { responses, latencies } = await load(server.port, connections, seconds * 1000, keepalive);
  const applied = (await lastVersions(server.port)) - before;
  const { commits, batches } = await server.stop();
  if (applied < responses * 0.99 || commits < applied)
    throw new Error(`Only ${applied} of ${responses} commands were applied.`);
  return {
    perSecond: applied / seconds,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    batch: commits / batches,
  };
}

/** The response to a keepalive, as a host stores it. */
function responseTo({ after }: StoreChange): object {
  return { entry: after, result: { outcome: 'applied', sandbox: after.sandbox, effects: [] } };
}

/** Counts the applied events of all sandboxes, by their versions. */
async function lastVersions(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/sandboxes?limit=${connections}`);
  const { sandboxes } = (await response.json()) as { sandboxes: { version: number }[] };
  return sandboxes.reduce((sum, { version }) => sum + version, 0);
}

const raw: Rate[] = [];
const http: Rate[] = [];
try {
  // The rounds alternate, so that a slow moment of the machine affects both.
  for (let round = 0; round < rounds; round++) {
    const rate = await measureHttp(await prepare(`http-${round}.db`));
    http.push(rate);
    raw.push(await measureRaw(await prepare(`raw-${round}.db`), Math.round(rate.batch)));
  }
} finally {
  rmSync(folder, { recursive: true });
}
const median = (rates: readonly Rate[], of: (rate: Rate) => number) => percentile(rates.map(of), 0.5);
const rowOf = (name: string, rates: readonly Rate[]) => [
  name,
  show(median(rates, ({ perSecond }) => perSecond)),
  show(
    median(rates, ({ p50Ms }) => p50Ms),
    1,
  ),
  show(
    median(rates, ({ p99Ms }) => p99Ms),
    1,
  ),
  show(median(rates, ({ batch }) => batch)),
];
const share = median(http, (rate) => rate.perSecond) / median(raw, (rate) => rate.perSecond);
console.log(
  `${toTable(['durable commands, 64 at a time', 'per second', 'p50 ms', 'p99 ms', 'per transaction'], [rowOf('the transaction alone', raw), rowOf('through HTTP', http)])}

Through HTTP: ${show(share * 100)} % of the transaction alone (medians of ${rounds} rounds of ${seconds} s).`,
);
