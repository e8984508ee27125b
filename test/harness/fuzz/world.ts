import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import {
  type SimulatedDriverOptions,
  simulatedDriver,
  simulatedPlatform,
} from '../../../src/server/driver/simulated/index.ts';
import {
  type Api,
  type ApiObservation,
  createApi,
  createHost,
  type Host,
  RuleError,
  type Store,
} from '../../../src/server/index.ts';
import { BackupError } from '../../../src/server/store/errors.ts';
import { memoryStore } from '../../../src/server/store/memory.ts';
import { sqliteStore } from '../../../src/server/store/sqlite/index.ts';
import { createMetrics } from '../../../src/server/telemetry/metrics.ts';
import type { eventReader } from '../server/event-stream.ts';
import { type VirtualClock, virtualClock } from '../server/virtual-clock.ts';
import { type Ledger, ledgerOf } from './ledger.ts';
import { hostName } from './parts.ts';

/** The options of a server under test. */
export interface WorldOptions {
  readonly store: 'memory' | 'sqlite';
  readonly hasTokens: boolean;
  readonly hasLimit: boolean;
  readonly hasMetrics: boolean;
  readonly timeoutMeasures: 'lifetime' | 'idle';
  readonly planMaximumSeconds: number | null;
  readonly isFaulty: boolean;
  readonly driverSeed: number;
  /** The number of requests after which the server begins to stop. */
  readonly stopsAfter: number;
}

/** Any options. Those that reject most requests are rare. */
export const worldOptions: fc.Arbitrary<WorldOptions> = fc.record({
  store: fc.constantFrom('memory', 'sqlite'),
  hasTokens: fc.nat(4).map((drawn) => drawn < 2),
  hasLimit: fc.nat(4).map((drawn) => drawn === 0),
  hasMetrics: fc.boolean(),
  timeoutMeasures: fc.constantFrom('lifetime', 'idle'),
  planMaximumSeconds: fc.constantFrom(null, 3_600),
  isFaulty: fc.boolean(),
  driverSeed: fc.nat(1_000),
  stopsAfter: fc.integer({ min: 10, max: 150 }),
});

/** A planted bug: wrappers around parts of the server. */
export interface Overrides {
  store?(store: Store): Store;
  host?(host: Host): Host;
  fetch?(fetch: Fetch): Fetch;
}

type Fetch = (request: Request) => Promise<Response>;

/** A server under test, and what the test knows of it. */
export interface World {
  readonly options: WorldOptions;
  readonly clock: VirtualClock;
  readonly ledger: Ledger;
  readonly host: Host;
  readonly api: Pick<Api, 'close'>;
  readonly fetch: Fetch;
  readonly observations: ApiObservation[];
  readonly cursors: string[];
  /** Streams that were left open. */
  readonly open: ReturnType<typeof eventReader>[];
  /** Ids and names in a namespace that no request may open. */
  readonly foreign: readonly string[];
  isStopping: boolean;
}

/** The token that opens the namespace `default`. */
export const bearer = 'a-good-token';

/** The header that marks responses from a sandbox, not from the server. */
export const forwardedHeader = 'x-forwarded-answer';

/** The ids of sandboxes that are on the platform and have no record at first. */
export const orphanIds = Array.from({ length: 12 }, (_, index) => `orphan-${index}`);

function platformWithOrphans(): ReturnType<typeof simulatedPlatform> {
  const platform = simulatedPlatform();
  for (const [index, sandboxId] of orphanIds.entries()) {
    platform.carryOut({ kind: 'boot', sandboxId, operation: 1 });
    if (index % 4 === 0) platform.carryOut({ kind: 'suspend', sandboxId, operation: 2 });
  }
  return platform;
}

/** Starts a server. */
export async function startWorld(options: WorldOptions, overrides: Overrides = {}): Promise<World> {
  const { hasTokens, hasLimit, hasMetrics, timeoutMeasures, planMaximumSeconds } = options;
  const clock = virtualClock();
  const bare = options.store === 'memory' ? memoryStore() : sqliteStore(':memory:');
  const ledger = ledgerOf(overrides.store?.(bare) ?? bare);
  const metrics = hasMetrics ? createMetrics() : undefined;
  let ids = 0;
  const made = await createHost({
    store: ledger.store,
    driver: simulatedDriver({
      ...{ clock, seed: options.driverSeed, platform: platformWithOrphans() },
      ...(options.isFaulty && faults),
    }),
    orphans: 'keep',
    hostName,
    clock,
    random: () => 0.5,
    createId: () => `${(++ids).toString(36)}`.padStart(21, 'z'),
    policy: { timeoutMeasures, planMaximumSeconds },
    // The default of a minute is short compared to the clock steps here.
    driftIntervalSeconds: 300,
  });
  // The simulated platform loses few sandboxes, so that no operator would ever have to decide.
  const confirmable: Host = {
    ...made,
    // A deleted namespace would leave nothing to test.
    async deleteNamespace(namespace) {
      if (namespace === 'team') throw new RuleError('The store of this server cannot delete a namespace.');
      return deletionOf(namespace, clock);
    },
    namespaceDeletion: async (namespace) =>
      namespace === 'default' ? deletionOf(namespace, clock) : undefined,
    confirmAbsences: (count) => (count % 2 === 1 ? Promise.resolve([]) : made.confirmAbsences(count)),
    // A fuzzer must not write files. Half of the paths cannot be written.
    async backup(path) {
      if (path.length % 2 === 1) throw new BackupError(`Cannot write the backup ${path}.`);
      return { path, bytes: 0, identity: '', sequence: 0 };
    },
  };
  const host = overrides.host?.(confirmable) ?? confirmable;
  const observations: ApiObservation[] = [];
  const api = createApi(host, {
    clock,
    metrics,
    observe: (observation) => void observations.push(observation),
    forward: () => new Response('{}', { status: 207, headers: { [forwardedHeader]: 'yes' } }),
    ...(hasTokens && { tokens: [{ sha256: sha256(bearer), namespace: 'default', name: 'ada' }] }),
    ...(hasLimit && { rateLimit: { perSecond: 1, burst: 6 } }),
  });
  const world: World = {
    ...{ options, clock, ledger, host, api, observations },
    fetch: overrides.fetch?.(api) ?? api,
    ...{ cursors: [], open: [], isStopping: false },
    foreign: await fill(made, clock),
  };
  await rest(world);
  return world;
}

const faults: SimulatedDriverOptions = {
  ...{ latencyMs: [0, 4_000], failures: 0.1, retryable: 0.1, hangs: 0.05, crashes: 0.2 },
  ...{ crashAfterMs: [1, 60_000], duplicates: 0.2, reordered: 0.2 },
};

const deletionOf = (namespace: string, clock: VirtualClock) => ({
  ...{ namespace, requestedAt: clock.now(), actor: 'user', cause: 'request' },
  ...{ terminatedSandboxes: 0, deletedSnapshots: 0, deletedRows: 0 },
});

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Awaits all work that does not wait for the clock. In half of the worlds, what has ended is archived at once, not after a day. */
export async function rest({ clock, ledger, options }: World): Promise<void> {
  for (let before = -1; before !== ledger.changes; ) {
    before = ledger.changes;
    await clock.settle();
  }
  if (options.driverSeed % 2 === 0) await ledger.store.retention?.archive(clock.now(), clock.now(), 99);
}

async function fill(host: Host, clock: VirtualClock): Promise<string[]> {
  const { sandbox } = await host.create({ namespace: 'elsewhere', name: 'foreign' });
  await clock.settle();
  const { result } = await host.send('elsewhere', sandbox.id, { type: 'snapshot' });
  await clock.settle();
  return [sandbox.id, 'foreign', result.sandbox.snapshotId ?? 'none'];
}
