import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sqliteStore } from '../src/server/store/sqlite/index.ts';
import { startServer } from './support/child.ts';
import { creation, step } from './support/records.ts';
import { percentile, show, toTable } from './support/table.ts';

// Measures the cost of 100,000 sandboxes with armed timeouts, and the lateness of their timeouts on an idle machine.

const count = Number(process.env['BENCH_SANDBOXES'] ?? 100_000);
const perSecond = 1_000;
/** The time from the preparation until the first timeout is due, in ms. The server must listen by then. */
const leadMs = Number(process.env['BENCH_LEAD_MS'] ?? 60_000);
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const path = join(folder, 'sandboxes.db');

async function prepare(): Promise<number> {
  const store = sqliteStore(path);
  const at = Date.now();
  for (let first = 0; first < count; first += 1_000) {
    const made = Array.from({ length: Math.min(1_000, count - first) }, (_, n) =>
      creation(`s${String(first + n).padStart(20, '0')}`, leadMs + ((first + n) / perSecond) * 1_000, at),
    );
    await Promise.all(made.map((change) => store.commit({ change })));
    const up = made.map(({ after }) => step(after, { type: 'boot.completed', operation: 1, at }));
    await Promise.all(up.map((change) => store.commit({ change })));
  }
  await store.close();
  return at;
}

try {
  const at = await prepare();
  const { size } = statSync(path);
  const server = await startServer(path);
  await sleep(Math.max(0, at + leadMs - 2_000 - Date.now()));
  const idle = await server.residentBytes();
  await sleep(at + leadMs + (count / perSecond) * 1_000 + 3_000 - Date.now());
  const { latenesses, residentBytes, longestBlockMs } = await server.stop();
  if (latenesses.length !== count) throw new Error(`Only ${latenesses.length} of ${count} timeouts fired.`);
  const mebibytes = (bytes: number) => `${show(bytes / 2 ** 20)} MiB`;
  console.log(
    toTable(
      [`${show(count)} sandboxes with armed timeouts`, ''],
      [
        ['from program start until the server listens', `${show(server.startMs)} ms`],
        ['resident memory, idle', mebibytes(idle)],
        ['resident memory, after all timeouts', mebibytes(residentBytes)],
        ['on disk, per sandbox with its two rows of history', `${show(size / count)} bytes`],
        [
          `lateness at ${show(perSecond)} timeouts per second, p50`,
          `${show(percentile(latenesses, 0.5))} ms`,
        ],
        ['lateness, p99', `${show(percentile(latenesses, 0.99))} ms`],
        ['lateness, maximum', `${show(Math.max(...latenesses))} ms`],
        ['longest block of the event loop', `${show(longestBlockMs)} ms`],
      ],
    ),
  );
} finally {
  rmSync(folder, { recursive: true });
}
