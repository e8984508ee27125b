import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sqliteStore } from '../src/server/store/sqlite/index.ts';
import { type BenchServer, startServer } from './support/child.ts';
import { load } from './support/load.ts';
import { median } from './support/measure.ts';
import { creation, step } from './support/records.ts';
import { percentile, show, toTable } from './support/table.ts';

// Measures what watchers cost: the CPU time of the server for one event that 1,000 streams follow, and the rate of durable
// commands with and without 1,000 streams, half of which never read.

const watchers = 1_000;
const connections = 64;
const seconds = Number(process.env['BENCH_SECONDS'] ?? 6);
const rounds = 3;
const hour = 3_600_000;
const tokens = 10;
process.env['BENCH_TOKENS'] = String(tokens + 1);
const head = (token: number) => `Host: 127.0.0.1\r\nAuthorization: Bearer token-${token}\r\n`;
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const idOf = (n: number) => `s${String(n).padStart(20, '0')}`;

/** Creates a database with running sandboxes: those that get commands, and those that only have watchers. */
async function prepare(name: string): Promise<string> {
  const path = join(folder, name);
  const store = sqliteStore(path);
  const sandboxes = Array.from({ length: connections + watchers }, (_, n) => {
    const made = creation(idOf(n), hour, Date.now(), hour);
    return { made, up: step(made.after, { type: 'boot.completed', operation: 1, at: Date.now() }) };
  });
  // Together, so that they share their transactions.
  await Promise.all(sandboxes.map(({ made }) => store.commit({ change: made })));
  await Promise.all(sandboxes.map(({ up }) => store.commit({ change: up })));
  await store.close();
  return path;
}

/** An open stream. */
interface Watcher {
  /** How many changes it has received. */
  received(): number;
  close(): void;
}

/** A watcher counts the changes, or only reads, because counting takes time of the machine too, or never reads. */
type Mode = 'count' | 'read' | 'stall';

/** Opens a stream. A token may have 100 streams, so ten tokens share them. */
function watch(port: number, path: string, n: number, mode: Mode): Promise<Watcher> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect(port, '127.0.0.1');
    let received = 0;
    let isOpen = false;
    socket.on('connect', () => socket.write(`GET ${path} HTTP/1.1\r\n${head(n % tokens)}\r\n`));
    socket.on('error', reject);
    socket.on('data', (part) => {
      if (isOpen && mode === 'read') return;
      const text = part.toString('latin1');
      if (!isOpen && !/^HTTP\/1.1 200|event: /.test(text)) return reject(new Error(text));
      received += text.split('event: change').length - 1;
      if (isOpen || !text.includes('event: ')) return;
      isOpen = true;
      if (mode === 'stall') socket.pause();
      resolve({ received: () => received, close: () => socket.destroy() });
    });
  });
}

async function watchAll(port: number, pathOf: (n: number) => string, modeOf: (n: number) => Mode) {
  const open: Watcher[] = [];
  for (let n = 0; n < watchers; n += 50)
    open.push(
      ...(await Promise.all(
        Array.from({ length: 50 }, (_, i) => watch(port, pathOf(n + i), n + i, modeOf(n + i))),
      )),
    );
  return open;
}

let key = 0;
const keepalive = (lane: number) =>
  `POST /sandboxes/${idOf(lane)}/keepalive HTTP/1.1\r\n${head(tokens)}Idempotency-Key: k-${key++}\r\nContent-Length: 0\r\n\r\n`;

/** The CPU time of the server, from a command until all streams of the namespace have its event, in ms. */
async function costOfOneEvent(): Promise<number> {
  const server = await startServer(await prepare('event.db'));
  const open = await watchAll(
    server.port,
    () => '/sandboxes/events',
    () => 'count',
  );
  // The start of the server has events of its own.
  await sleep(5_000);
  const costs: number[] = [];
  for (let n = 0; n < 40; n++) {
    const goals = open.map(({ received }) => received() + 1);
    const before = await server.cpuMs();
    await load(server.port, 1, 0, keepalive);
    while (open.some(({ received }, i) => received() < (goals[i] ?? 0))) await sleep(2);
    // The first events also warm the code up.
    if (n >= 10) costs.push((await server.cpuMs()) - before);
    await sleep(20);
  }
  for (const { close } of open) close();
  await server.stop();
  return median(costs);
}

/** Durable commands per second, and the CPU time of the server for each, in µs. */
async function rate(server: BenchServer): Promise<Rate> {
  const before = await server.cpuMs();
  const { responses } = await load(server.port, connections, seconds * 1000, keepalive);
  const cpuMs = (await server.cpuMs()) - before;
  return { perSecond: responses / seconds, cpuMicros: (cpuMs * 1_000) / responses };
}

interface Rate {
  readonly perSecond: number;
  readonly cpuMicros: number;
}

/** The rates without watchers and with them, in one server, alternating. */
async function rates(name: string, pathOf: (n: number) => string) {
  const server = await startServer(await prepare(name));
  await rate(server);
  const without: Rate[] = [];
  const beside: Rate[] = [];
  for (let round = 0; round < rounds; round++) {
    without.push(await rate(server));
    const open = await watchAll(server.port, pathOf, (n) => (n % 2 === 0 ? 'read' : 'stall'));
    beside.push(await rate(server));
    for (const { close } of open) close();
    await sleep(500);
  }
  await server.stop();
  const median = (all: readonly Rate[], of: (rate: Rate) => number) => percentile(all.map(of), 0.5);
  const [alone, watched] = [without, beside].map((all) => median(all, ({ perSecond }) => perSecond));
  const cpu = [without, beside].map((all) => `${show(median(all, ({ cpuMicros }) => cpuMicros))} µs`);
  return [
    show(alone ?? 0),
    show(watched ?? 0),
    `${show((1 - (watched ?? 0) / (alone ?? 1)) * 100)} %`,
    ...cpu,
  ];
}

try {
  console.log(
    `One event to ${watchers} streams: ${show(await costOfOneEvent())} ms of CPU time of the server.\n`,
  );
  const besides = (n: number) => `/sandboxes/${idOf(connections + n)}/events`;
  const shared = (n: number) => `/sandboxes/${idOf(n % connections)}/events`;
  console.log(
    toTable(
      [
        `${watchers} streams, half never reading`,
        'commands/s without',
        'with',
        'cost',
        'CPU per command without',
        'with',
      ],
      [
        ['of other sandboxes', ...(await rates('others.db', besides))],
        ['of the sandboxes with the commands', ...(await rates('same.db', shared))],
      ],
    ),
  );
} finally {
  rmSync(folder, { recursive: true });
}
