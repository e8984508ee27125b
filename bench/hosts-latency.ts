import { setTimeout as sleep } from 'node:timers/promises';
import { createHost, type Host, type Store } from '../src/server/index.ts';
import { ConflictError } from '../src/server/store/errors.ts';
import { launchPostgres } from '../test/harness/postgres/launch.ts';
import { startDeafPooler } from './support/deaf-pooler.ts';
import { openStore } from './support/open-store.ts';
import { createPlatform, type Platform } from './support/platform.ts';
import { creation, step } from './support/records.ts';
import { percentile, show, toTable } from './support/table.ts';

// Measures four hosts on one schema of PostgreSQL: how long a change takes to the watchers of all hosts, how long a command takes to
// the host that holds the sandbox, with and without notifications, and what many timeouts at once cost. The hosts share one process.

const hostNames = ['a', 'b', 'c', 'd'];
const namespace = 'default';
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 100);
const timeouts = Number(process.env['BENCH_TIMEOUTS'] ?? 10_000);
const postgres = await launchPostgres();
if ('skipped' in postgres) {
  console.log(`Nothing is measured: ${postgres.skipped}.`);
  process.exit(0);
}
const { url } = postgres;

try {
  const pooler = await startDeafPooler(url);
  const rows = [
    ['a change, to the watchers of each host', ...cells(await measureEvents())],
    ['a command, to the host that holds the sandbox', ...cells(await measureCommands(url, 'hints'))],
    ['the same without notifications', ...cells(await measureCommands(pooler.url, 'polls'))],
  ];
  console.log(`${toTable(['ms, from the response to the command', 'p50', 'p99', 'max', 'samples'], rows)}\n`);
  pooler.close();
  await measureTimeouts();
} finally {
  await postgres.stop();
}

function cells(samples: readonly number[]): string[] {
  return [...[0.5, 0.99, 1].map((share) => show(percentile(samples, share), 1)), show(samples.length)];
}

interface Hosts {
  readonly all: readonly Host[];
  close(): Promise<void>;
}

async function startHosts(
  database: string,
  schema: string,
  platform: Platform,
  onConflict = () => {},
): Promise<Hosts> {
  const all = await Promise.all(
    hostNames.map(async (hostName) =>
      createHost({
        store: countingConflicts(await openStore(database, schema), onConflict),
        driver: platform.driver(hostName),
        hostName,
      }),
    ),
  );
  return { all, close: async () => void (await Promise.all(all.map((host) => host.close()))) };
}

function countingConflicts(store: Store, onConflict: () => void): Store {
  return {
    ...store,
    commit: (commit) =>
      store.commit(commit).catch((error: unknown) => {
        if (error instanceof ConflictError) onConflict();
        throw error;
      }),
  };
}

/** One host renames a sandbox; every host has a watcher. Returns the time of each arrival. */
async function measureEvents(): Promise<number[]> {
  const hosts = await startHosts(url, 'events', createPlatform());
  const [first] = hosts.all as [Host];
  const { sandbox } = await first.create({ namespace, name: 'n0' });
  await first.waitFor(namespace, sandbox.id, ['running'], { timeoutMs: 60_000 });
  const ends = new AbortController();
  const arrivals = new Map<string, number[]>();
  const watching = hosts.all.map(async (host) => {
    for await (const { event } of host.watch({ namespace, signal: ends.signal })) {
      if (event.type !== 'rename') continue;
      arrivals.set(event.name, [...(arrivals.get(event.name) ?? []), performance.now()]);
    }
  });
  await sleep(1_000);
  const samples: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    const host = hosts.all[round % hosts.all.length] as Host;
    await host.send(namespace, sandbox.id, { type: 'rename', name: `n${round}` });
    const answeredAt = performance.now();
    const arrived = () => arrivals.get(`n${round}`) ?? [];
    while (arrived().length < hosts.all.length) await sleep(2);
    // The watchers of the host itself may hear of it before its client does.
    samples.push(...arrived().map((at) => Math.max(0, at - answeredAt)));
    await sleep(20);
  }
  ends.abort();
  await Promise.allSettled(watching);
  await hosts.close();
  return samples;
}

/** One host boots a sandbox, another one terminates it. Returns the times from the response until the first one releases it. */
async function measureCommands(database: string, schema: string): Promise<number[]> {
  const begun = new Map<string, number>();
  const platform = createPlatform({
    bootMs: 60_000,
    onCall: ({ host, kind, sandboxId }) => begun.set(`${host} ${kind} ${sandboxId}`, performance.now()),
  });
  const hosts = await startHosts(database, schema, platform);
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const [holder, other] = [round % 4, (round + 1) % 4];
    const { sandbox } = await (hosts.all[holder] as Host).create({ namespace });
    const seen = async (kind: string) => {
      const key = `${hostNames[holder]} ${kind} ${sandbox.id}`;
      while (!begun.has(key)) await sleep(1);
      return begun.get(key) as number;
    };
    await seen('boot');
    await (hosts.all[other] as Host).send(namespace, sandbox.id, { type: 'terminate' });
    const answeredAt = performance.now();
    samples.push(Math.max(0, (await seen('release')) - answeredAt));
  }
  await hosts.close();
  return samples;
}

/** The limits of many sandboxes end at once, on four hosts. */
async function measureTimeouts(): Promise<void> {
  const releases = new Map<string, number>();
  const platform = createPlatform({
    onCall: ({ kind, sandboxId }) => {
      if (kind === 'release') releases.set(sandboxId, (releases.get(sandboxId) ?? 0) + 1);
    },
  });
  const dueAt = Date.now() + 10_000 + timeouts * 3;
  const store = await openStore(url, 'timeouts');
  await Promise.all(
    Array.from({ length: timeouts }, async (_, n) => {
      const at = Date.now();
      const made = creation(`s${String(n).padStart(8, '0')}`, dueAt - at, at);
      await store.commit({ change: made });
      const up = step(made.after, { type: 'boot.completed', operation: 1, at: Date.now() });
      await store.commit({ change: up });
      platform.has(up.after.sandbox.id);
    }),
  );
  await store.close();
  let conflicts = 0;
  const hosts = await startHosts(url, 'timeouts', platform, () => {
    conflicts++;
  });
  if (Date.now() > dueAt) throw new Error('The sandboxes were created too slowly; lower BENCH_TIMEOUTS.');
  while (releases.size < timeouts) await sleep(50);
  const tookMs = Date.now() - dueAt;
  await sleep(5_000);
  await hosts.close();
  const twice = [...releases.values()].filter((calls) => calls > 1).length;
  console.log(
    `${show(timeouts)} timeouts at once on ${hostNames.length} hosts: all released after ${show(tookMs / 1_000, 1)} s, ${show(conflicts)} conflicts (${show((conflicts / timeouts) * 100, 2)} %), ${show(twice)} released by more than one call.`,
  );
}
