import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHost, type Driver, type SandboxEntry, type Store, systemClock } from '../src/server/index.ts';
import { findDrift } from '../src/server/reconciler/drift.ts';
import { sqliteStore } from '../src/server/store/sqlite/index.ts';
import { nextTurn } from '../src/utils/next-turn.ts';
import { creation, step } from './support/records.ts';
import { percentile, show, toTable } from './support/table.ts';

// Measures how the cost of a server grows with all that ever was: 1,000 to 100,000 sandboxes of which 99 % have ended, each
// with an expired response. BENCH_GROWTH=1000000 adds a size.

const sizes = [
  1_000,
  10_000,
  100_000,
  ...(process.env['BENCH_GROWTH'] ?? '').split(',').filter(Boolean).map(Number),
];
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const startedAt = Date.now();
const idOf = (n: number) => `s${String(n).padStart(20, '0')}`;
const isLiving = (n: number) => n % 100 === 0;

/** One measurement: the time of an operation and the longest block of the event loop meanwhile, in ms. */
interface Measured {
  readonly ms: number;
  readonly blockMs: number;
}

async function prepare(path: string, size: number): Promise<void> {
  const store = sqliteStore(path);
  for (let first = 0; first < size; first += 500) {
    const numbers = Array.from({ length: Math.min(500, size - first) }, (_, n) => first + n);
    await Promise.all(numbers.map((n) => store.commit({ change: life(n), response: expired(n) })));
  }
  await store.close();
}

/** The whole life of a sandbox in one commit. One of a hundred still runs. */
function life(n: number) {
  const at = startedAt - 1_000_000 + (n % 1_000);
  const made = creation(idOf(n), 3_600_000 * 24, at);
  const up = step(made.after, { type: 'boot.completed', operation: 1, at });
  const end = step(up.after, { type: 'terminate', at });
  const last = isLiving(n) ? up : end;
  const rows = [made, up, ...(isLiving(n) ? [] : [end])].flatMap(({ history }) => history ?? []);
  const after: SandboxEntry = { ...last.after, released: !isLiving(n), revision: 1 };
  return { before: null, after, earlier: rows.slice(0, -1), ...(last.history && { history: last.history }) };
}

const expired = (n: number) => ({
  namespace: 'default',
  key: `key-${n}`,
  fingerprint: 'x'.repeat(44),
  at: 1,
  result: { id: idOf(n), version: 1 },
});

/** Measures something once. */
async function once(act: () => Promise<unknown>): Promise<Measured> {
  await sleep(50);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await sleep(20);
  delay.reset();
  const begin = performance.now();
  await act();
  const ms = performance.now() - begin;
  await sleep(5);
  delay.disable();
  return { ms, blockMs: delay.max / 1e6 };
}

/** Measures an operation many times: the median time, and the longest block. */
async function often(act: (n: number) => Promise<unknown>, times = 300): Promise<Measured> {
  const samples: number[] = [];
  const { blockMs } = await once(async () => {
    for (let n = 0; n < times; n++) {
      const begin = performance.now();
      await act(n);
      samples.push(performance.now() - begin);
      await nextTurn();
    }
  });
  return { ms: percentile(samples, 0.5), blockMs };
}

/** A driver whose platform has exactly the living sandboxes. */
function platformOf(size: number, onAdopted: (count: number) => void): Driver {
  const living = Array.from({ length: size / 100 }, (_, n) => idOf(n * 100));
  const done = async () => {};
  return {
    ...{ boot: done, resume: done, suspend: done, release: done, deleteSnapshot: done, close: done },
    snapshot: async () => ({}),
    inventory: async () => living.map((sandboxId) => ({ sandboxId, state: 'running' as const })),
    adopt: async (sandboxes) => onAdopted(sandboxes.length),
    watch: () => () => {},
  };
}

async function measureStore(path: string, size: number): Promise<Record<string, Measured>> {
  let store: Store | undefined;
  const opened = await once(async () => {
    store = sqliteStore(path);
  });
  if (store === undefined) throw new Error('The store did not open.');
  const data = store;
  const page = { namespace: 'default', limit: 100 };
  const middle = idOf(Math.floor(size / 2) + 1);
  const { createdAt = 0 } = (await data.get(middle))?.sandbox ?? {};
  const cursor = Buffer.from(JSON.stringify([0, createdAt, middle])).toString('base64url');
  const results = {
    'open the store': opened,
    create: await often((n) => data.commit({ change: creation(`new${size}-${n}`, 3_600_000, Date.now()) })),
    get: await often((n) => data.get(idOf((n * 7_919) % size))),
    'list by status': await often(() => data.list({ ...page, statuses: ['running'] })),
    'list by status, no hits': await often(() => data.list({ ...page, statuses: ['suspending'] })),
    'list, first page': await often(() => data.list(page)),
    'list, deep page': await often(() => data.list({ ...page, cursor })),
    'due scan': await often(() => data.due(Date.now(), 50)),
    'drift look': await once(() => lookAt(data, size)),
  };
  await data.close();
  return results;
}

/** Deletes the responses of all sandboxes, as the retention of a host does. */
async function measureForgetting(path: string): Promise<Record<string, Measured>> {
  const store = sqliteStore(path);
  const forgotten = await once(async () => {
    while ((await store.forgetResponses(2, 100)) === 100) await nextTurn();
  });
  await store.close();
  return { 'forget one response for each': forgotten };
}

async function lookAt(store: Store, size: number): Promise<void> {
  const { drifts } = await findDrift(
    {
      store,
      driver: platformOf(size, () => {}),
      clock: systemClock(),
      owner: null,
      isBusy: () => false,
      onUnreadable: () => {},
      onLiving: () => {},
    },
    new AbortController().signal,
  );
  if (drifts.length > 0) throw new Error(`The look found ${drifts.length} differences.`);
}

async function measureHost(path: string, size: number): Promise<Record<string, Measured>> {
  let adopted = 0;
  let onAll = () => {};
  const all = new Promise<void>((resolve) => {
    onAll = resolve;
  });
  const driver = platformOf(size, (count) => {
    adopted += count;
    if (adopted === size / 100) onAll();
  });
  let close = async () => {};
  const started = await once(async () => {
    const host = await createHost({ store: sqliteStore(path), driver });
    close = () => host.close();
  });
  const adoption = await once(() => all);
  await close();
  return { 'start the host': started, 'adoption, after the start': adoption };
}

const columns: Record<string, Measured>[] = [];
const bytes: number[] = [];
try {
  for (const size of sizes) {
    const path = join(folder, `${size}.db`);
    await prepare(path, size);
    bytes.push(statSync(path).size / size);
    const others = { ...(await measureForgetting(path)), ...(await measureHost(path, size)) };
    columns.push({ ...(await measureStore(path, size)), ...others });
  }
} finally {
  rmSync(folder, { recursive: true });
}
const names = Object.keys(columns[0] ?? {});
const cell = (measured: Measured | undefined) =>
  measured === undefined ? '' : `${show(measured.ms, 2)} (${show(measured.blockMs, 0)})`;
console.log(
  toTable(
    ['ms (longest block in ms)', ...sizes.map((size) => show(size))],
    [
      ...names.map((name) => [name, ...columns.map((column) => cell(column[name]))]),
      ['bytes on disk, per sandbox', ...bytes.map((value) => show(value))],
    ],
  ),
);
