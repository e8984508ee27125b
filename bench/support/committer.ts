import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import type { SandboxEntry } from '../../src/server/index.ts';
import { openStore } from './open-store.ts';
import { creation, step } from './records.ts';

// Commits keepalives of its own 64 sandboxes, 64 at a time, for some seconds, and sends the number to its parent process:
// through the store, or each in a transaction of a client as a program without the store would write it.

const [mode = '', url = '', schema = '', lanes = '', seconds = ''] = process.argv.slice(2);
const hour = 3_600_000;
const connections = 64;

if (mode === 'store') await commitThroughStore();
else await commitPlainly();
process.disconnect();

async function commitThroughStore(): Promise<void> {
  const store = await openStore(url, schema);
  const entries = await Promise.all(
    laneIds().map(async (id) => {
      const made = creation(id, hour, Date.now(), hour);
      const up = step(made.after, { type: 'boot.completed', operation: 1, at: Date.now() });
      await store.commit({ change: made });
      await store.commit({ change: up });
      return up.after;
    }),
  );
  await measure(async (lane) => {
    const change = step(entries[lane] as SandboxEntry, { type: 'keepalive', at: Date.now() });
    await store.commit({ change });
    entries[lane] = change.after;
  });
  await store.close();
}

async function commitPlainly(): Promise<void> {
  const pool = new Pool({ connectionString: url, max: 16, options: `-c search_path=${schema}` });
  const ids = laneIds();
  const entries = ids.map((id) => {
    const made = creation(id, hour, Date.now(), hour);
    return step(made.after, { type: 'boot.completed', operation: 1, at: Date.now() }).after;
  });
  for (const [lane, id] of ids.entries())
    await pool.query('INSERT INTO plain_sandboxes VALUES ($1, 1, $2)', [id, JSON.stringify(entries[lane])]);
  await measure(async (lane) => {
    const client = await pool.connect();
    const { after, history } = step(entries[lane] as SandboxEntry, { type: 'keepalive', at: Date.now() });
    await client.query('BEGIN');
    await client.query('SELECT record FROM plain_sandboxes WHERE id = $1 FOR UPDATE', [ids[lane]]);
    await client.query('UPDATE plain_sandboxes SET version = version + 1, record = $2 WHERE id = $1', [
      ids[lane],
      JSON.stringify(after),
    ]);
    await client.query('INSERT INTO plain_history (sandbox_id, row) VALUES ($1, $2)', [
      ids[lane],
      JSON.stringify(history),
    ]);
    await client.query('COMMIT');
    client.release();
    entries[lane] = after;
  });
  await pool.end();
}

function laneIds(): string[] {
  return Array.from({ length: connections }, (_, n) => `${lanes}${String(n).padStart(4, '0')}`);
}

/** Says that it is ready, waits for the start, and commits until the time is over. */
async function measure(commit: (lane: number) => Promise<void>): Promise<void> {
  process.send?.({ ready: true });
  await new Promise((resolve) => process.once('message', resolve));
  const latencies: number[] = [];
  const end = performance.now() + Number(seconds) * 1_000;
  await Promise.all(
    Array.from({ length: connections }, async (_, lane) => {
      while (performance.now() < end) {
        const sentAt = performance.now();
        await commit(lane);
        latencies.push(performance.now() - sentAt);
      }
    }),
  );
  process.send?.({ latencies });
  // The message must be sent before the process disconnects.
  await sleep(100);
}
