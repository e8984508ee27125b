import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../../src/server/index.ts';
import { postgresStore } from '../../../src/server/store/postgres/index.ts';
import { createRequestGenerator } from '../kill/request-generator.ts';
import { createRequestLog } from '../kill/request-log.ts';
import { readStore, type StoredData } from '../kill/stored-data.ts';
import { createRandom } from '../shared/random.ts';
import { Violation } from '../shared/violation.ts';
import type { Audit } from './audit.ts';
import { type ChaosDatabase, createDatabase, patiently } from './database.ts';
import { type Disturbances, disturb } from './disturbances.ts';
import { countHandovers, problemsOfDriving } from './driving.ts';
import { createFleet, type Fleet } from './fleet.ts';
import { livedThrough } from './host-lives.ts';
import { type LoadParts, repeatRequests, runLoad } from './load.ts';
import { type FaultName, type PlantedFault, plantedFaults } from './planted-faults.ts';
import { type ObservedPlatform, servePlatform } from './platform.ts';
import { type Readers, startReaders } from './readers.ts';
import { latenessOf, problemOfPlatform, problemsOfRecords } from './records.ts';
import type { ChaosReport } from './report.ts';
import { measureTakeovers } from './takeovers.ts';

/** The options of a run. */
export interface ChaosOptions {
  /** A PostgreSQL server. Each run has a database of its own in it. */
  readonly serverUrl: string;
  readonly seed: number;
  readonly hosts: number;
  /** How many hosts are killed with SIGKILL. */
  readonly kills: number;
  /** The time to live of a host without a heartbeat, in s. */
  readonly aliveSeconds: number;
  readonly planted?: FaultName;
  /** The command of a host with planted faults. Default: the built `serve`. */
  readonly program?: readonly string[];
  readonly onProgress?: (so: Disturbances) => void;
}

/** The parts of a run. */
interface World {
  readonly options: ChaosOptions;
  readonly since: number;
  readonly database: ChaosDatabase;
  readonly store: Store;
  readonly platform: ObservedPlatform;
  readonly fleet: Fleet;
  readonly readers: Readers;
  readonly load: LoadParts;
}

const clients = 6;
const readerCount = 3;

/** The most sandboxes that live at once. */
const mostLiving = 40;

/** Short limits, so that an operation that hangs ends within the run, in s. */
const policy = {
  operationLimitSeconds: { boot: 8, snapshot: 8, suspend: 8, resume: 8 },
  suspendRetryDelaySeconds: 2,
};

/** The longest wait until everything in progress has ended, in ms. */
const patienceMs = 120_000;

/**
 * Runs several hosts on one database and one platform, disturbs them under load, and judges what they did. Rejects with a
 * {@link Violation} that has the first problems.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { serverUrl, seed, hosts, kills, aliveSeconds, planted = 'none', program, onProgress } = options;
  const folder = await mkdtemp(join(tmpdir(), 'chaos-'));
  const policyFile = join(folder, 'policy.json');
  await writeFile(policyFile, JSON.stringify(policy));
  const random = createRandom(seed);
  const database = await createDatabase(serverUrl, `chaos_${process.pid}_${seed}`);
  const store = await postgresStore({ url: database.url, hosts: 'many' });
  await spoil(database, plantedFaults[planted]);
  await database.observe();
  const platform = await servePlatform(seed);
  const fleet = createFleet({
    random,
    program,
    wait: (milliseconds) => sleep(milliseconds),
    argsFor: (name) => [
      ...['--store', database.url, '--driver', platform.urlFor(name), '--host-name', name],
      ...['--alive', String(aliveSeconds), '--policy', policyFile, '--log-level', 'warn'],
      // Behind a proxy all servers have one address, so that a repeated request gets the same response from each.
      ...['--public-url', 'http://sandboxes.example'],
    ],
  });
  const requestLog = createRequestLog();
  let marks = 0;
  const generator = createRequestGenerator({
    ...{ requestLog, random, mostLiving, shapes: ['one'] },
    newMark: () => `mark-${marks++}`,
  });
  const { anyAddress } = fleet;
  const load: LoadParts = { requestLog, generator, random, anyAddress, clients, seen: [] };
  try {
    await Promise.all(Array.from({ length: hosts }, () => fleet.start()));
    const readers = startReaders(readerCount, { random, requestLog, anyAddress });
    const world: World = { options, since: Date.now(), database, store, platform, fleet, readers, load };
    try {
      const ending = new AbortController();
      const loading = runLoad(load, ending.signal);
      const disturbances = await disturb(
        { fleet, database, random },
        { kills, aliveMs: aliveSeconds * 1000, onEach: onProgress ?? (() => {}) },
      ).finally(() => ending.abort());
      await loading;
      return await finish(world, disturbances);
    } finally {
      await readers.close();
    }
  } finally {
    fleet.destroy();
    await platform.close();
    await store.close().catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
}

/** Replaces a part of a function of the database. */
async function spoil(database: ChaosDatabase, { spoil: planted }: PlantedFault): Promise<void> {
  if (planted === undefined) return;
  const [row] = await database.run(
    `SELECT pg_get_functiondef(p.oid) AS text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE n.nspname = 'sandbox_lifecycle' AND p.proname = $1`,
    [planted.name],
  );
  const text = String(row?.['text']);
  if (!planted.from.test(text)) throw new Error(`The function ${planted.name} has no ${planted.from}.`);
  await database.run(text.replace(planted.from, planted.to));
}

/** Lets everything come to rest, ends all sandboxes and hosts, and judges. */
async function finish(world: World, disturbances: Disturbances): Promise<ChaosReport> {
  const { store, fleet, load, readers, database } = world;
  const endedAt = Date.now();
  mustHaveNone(problemsOfHosts(world, await database.readAudit()));
  await until(() => problemNow(world));
  const settledMs = Date.now() - endedAt;
  await repeatRequests(load);
  await terminateAll(world);
  await until(() => problemNow(world));
  await until(async () => {
    const last = await patiently(() => store.lastSequence());
    const late = readers.received.findIndex((events) => (events.at(-1)?.sequence ?? 0) < last);
    return late < 0 ? undefined : `Reader ${late} has not received event ${last}`;
  });
  await readers.close();
  await fleet.stopAll();
  const data = await patiently(() => readStore(store, 0));
  const audit = await database.readAudit();
  const { requestLog, seen } = load;
  const observed = { requestLog, seen, received: readers.received, since: world.since };
  mustHaveNone(problemsOfRecords(data, observed));
  mustHaveNone(problemsOfHosts(world, audit));
  return reportOf(world, disturbances, data, audit, settledMs);
}

/** Work in progress, or a difference between the platform and the records. */
async function problemNow({ store, platform, fleet }: World): Promise<string | undefined> {
  if (fleet.problems.length > 0) throw new Violation(fleet.problems[0] ?? '');
  const [living, unsettled] = await patiently(() =>
    Promise.all([store.living('', 10_000), store.unsettled('', 10_000)]),
  );
  return problemOfPlatform(living, unsettled, platform.platform);
}

async function terminateAll({ store, fleet }: World): Promise<void> {
  for (const { sandbox } of await patiently(() => store.living('', 10_000))) {
    const response = await fetch(`${fleet.anyAddress()?.url}/sandboxes/${sandbox.id}`, { method: 'DELETE' });
    if (!response.ok)
      throw new Violation(`The sandbox ${sandbox.id} could not be terminated: ${await response.text()}`);
  }
}

function* problemsOfHosts({ options, fleet, platform }: World, { beats }: Audit): Generator<string> {
  yield* fleet.problems;
  const known = new Set(beats.map(({ host }) => host));
  for (const { name } of fleet.lives)
    if (!known.has(name)) yield `The database has no heartbeat of the host ${name}.`;
  const lived = livedThrough({ lives: fleet.lives, beats, aliveMs: options.aliveSeconds * 1000 });
  yield* problemsOfDriving(platform.calls, platform.platform.effects, lived);
}

const mostProblems = 5;

function mustHaveNone(problems: Iterable<string | undefined>): void {
  const found: string[] = [];
  for (const problem of problems) {
    if (problem !== undefined) found.push(problem);
    if (found.length === mostProblems) break;
  }
  if (found.length > 0) throw new Violation(found.join('\n\n'));
}

function reportOf(
  { options, fleet, platform, load, database }: World,
  disturbances: Disturbances,
  { rows }: StoredData,
  { beats, holders }: Audit,
  settledMs: number,
): ChaosReport {
  const { requests } = load.requestLog;
  const attempts = requests.flatMap((request) => request.attempts);
  const unanswered = attempts.filter(({ answer }) => answer === null);
  const causes = new Set(rows.map(({ cause }) => cause));
  const takeovers = measureTakeovers({
    ...{ lives: fleet.lives, beats, holders, outages: database.outages },
    aliveMs: options.aliveSeconds * 1000,
  });
  return {
    ...disturbances,
    sandboxes: rows.filter(({ event }) => event.type === 'created').length,
    events: rows.length,
    timeouts: rows.filter(({ event }) => event.type === 'timeout').length,
    answered: attempts.length - unanswered.length,
    unanswered: unanswered.length,
    doneUnanswered: unanswered.filter(({ requestId }) => causes.has(requestId)).length,
    repeated: requests.filter((request) => request.attempts.length > 1).length,
    waits: load.seen.length,
    calls: platform.calls.length,
    handovers: countHandovers(platform.calls),
    takeoversAfterKill: takeovers.afterKill,
    takeoversAfterStop: takeovers.afterStop,
    takeoversDuringOutages: takeovers.duringOutages,
    latenessOfTimeouts: latenessOf(rows),
    settledAfter: [settledMs],
  };
}

/** Waits until `problemNow` returns undefined. Throws the problem that remains after the time limit. */
async function until(problemNow: () => Promise<string | undefined>): Promise<void> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const problem = await problemNow();
    if (problem === undefined) return;
    if (Date.now() > end) throw new Violation(`After ${patienceMs} ms: ${problem}`);
    await sleep(100);
  }
}
