import type { PolicyInput } from '../../../src/model/policy.ts';
import type { RetentionInput } from '../../../src/schema/retention.ts';
import type { SimulatedDriverOptions } from '../../../src/server/driver/simulated/index.ts';
import { createRandom, type Random } from '../shared/random.ts';

/** The faults of one run, and how often each happens: a share of all occasions, 0 for never. Times are in ms. */
export interface FaultProfile {
  readonly clients: number;
  /** How long clients send requests and faults happen. */
  readonly busyMs: number;
  readonly policy: PolicyInput;
  /** The retention of the host; null for a store that keeps everything, because the checks read every history. */
  readonly retention: RetentionInput | null;
  /** The longest that a call of the store takes; 0 for no delay. */
  readonly storeLatencyMs: number;
  /** Calls of the store that fail without any effect. */
  readonly storeBusy: number;
  /** Commits that reach the disk, but whose response is lost. */
  readonly storeResponseLost: number;
  /** When, and for how long, the store rejects every commit; null for never. */
  readonly storeFull: { readonly fromMs: number; readonly forMs: number } | null;
  /** Crash points at which the host crashes. */
  readonly crashes: number;
  /** Commits in flight at a crash that still reach the disk at once. */
  readonly landings: number;
  /** Commits in flight at a crash that reach the disk later, when another host runs. */
  readonly stragglers: number;
  /** How many times the host is stopped gracefully and started again. */
  readonly restarts: number;
  /** The longest time without a host after a crash. */
  readonly downtimeMs: number;
  /** How many sandboxes appear on the platform that no host requested. */
  readonly orphans: number;
  /** Whether the driver can inspect one sandbox, and how often an inspection fails. */
  readonly inspects: boolean;
  readonly inspectFails: number;
  /** For how long after its start the inventory omits a sandbox. */
  readonly inventoryLagMs: number;
  /** When, and for how long, the inventory is empty or fails; null for never. */
  readonly inventoryWrong: {
    readonly how: 'is empty' | 'fails';
    readonly fromMs: number;
    readonly forMs: number;
  } | null;
  /** How often an inventory omits a sandbox. */
  readonly inventoryOmits: number;
  /** How many sandboxes of another database are on the platform. */
  readonly foreign: number;
  /** How many times the platform loses all of its sandboxes, without a report. */
  readonly losses: number;
  /** How many times the wall clock is set, and by how much at most. */
  readonly jumps: number;
  readonly jumpMs: number;
  readonly platform: Omit<SimulatedDriverOptions, 'platform' | 'clock' | 'seed'>;
}

/** A run without faults and without delays. */
export const calm: FaultProfile = {
  clients: 0,
  busyMs: 0,
  policy: {
    operationLimitSeconds: { boot: 20, snapshot: 15, suspend: 10, resume: 12 },
    suspendRetryDelaySeconds: 5,
  },
  retention: null,
  storeLatencyMs: 0,
  storeBusy: 0,
  storeResponseLost: 0,
  storeFull: null,
  crashes: 0,
  landings: 0,
  stragglers: 0,
  restarts: 0,
  orphans: 0,
  inspects: false,
  inspectFails: 0,
  inventoryLagMs: 0,
  inventoryWrong: null,
  inventoryOmits: 0,
  foreign: 0,
  losses: 0,
  downtimeMs: 0,
  jumps: 0,
  jumpMs: 0,
  platform: {},
};

/** Draws a profile: each kind of fault is on or off, and has its own rate. */
export function drawFaultProfile(seed: number): FaultProfile {
  const random = createRandom(Math.imul(seed, 0x9e3779b1) ^ 0x51ed270b);
  const share = (most: number) => (random.chance(0.5) ? random.next() * most : 0);
  const busyMs = random.between(60_000, 240_000);
  const profile: Omit<FaultProfile, keyof PresenceFaults> = {
    clients: random.between(1, 4),
    busyMs,
    policy: drawPolicy(random),
    retention: null,
    storeLatencyMs: random.pick([0, 0, 3, 50, 1_500]),
    storeBusy: share(0.15),
    storeResponseLost: share(0.15),
    storeFull: random.chance(0.2)
      ? { fromMs: random.between(0, busyMs), forMs: random.between(1_000, 60_000) }
      : null,
    crashes: share(0.02),
    landings: share(0.5),
    stragglers: share(0.5),
    restarts: random.chance(0.3) ? random.between(1, 3) : 0,
    orphans: random.chance(0.1) ? 1 : 0,
    downtimeMs: random.pick([0, 500, 10_000, 60_000]),
    jumps: random.chance(0.3) ? random.between(1, 4) : 0,
    jumpMs: random.pick([1_000, 30_000, 3_600_000]),
    platform: {
      latencyMs: random.pick([0, [0, 200], [10, 5_000], [100, 25_000]] as const),
      failures: share(0.2),
      retryable: share(0.3),
      lost: share(0.2),
      hangs: share(0.15),
      crashes: share(0.3),
      silent: share(0.2),
      crashAfterMs: [1, 90_000],
      duplicates: share(1),
      late: share(1),
      reordered: share(0.6),
      localReady: localReadyOf(seed),
    },
  };
  return { ...profile, ...drawPresenceFaults(random, busyMs) };
}

/** The share of snapshots that can be restored early. From its own numbers, so that the others of a seed stay. */
function localReadyOf(seed: number): number {
  const random = createRandom(Math.imul(seed, 0x85ebca6b) ^ 0x27d4eb2f);
  return random.chance(0.5) ? random.next() : 0;
}

/** The faults that concern which sandboxes exist. */
type PresenceFaults = Pick<
  FaultProfile,
  'inspects' | 'inspectFails' | 'inventoryLagMs' | 'inventoryWrong' | 'inventoryOmits' | 'foreign' | 'losses'
>;

/**
 * Draws faults that a correct host survives. An inventory that is wrong for longer than an interval and the graces can end a
 * sandbox by the rules, unless the driver inspects.
 */
function drawPresenceFaults(random: Random, busyMs: number): PresenceFaults {
  const inspects = random.chance(0.5);
  const wrong = random.pick(['lag', 'is empty', 'fails', 'omits', 'never'] as const);
  const isSure = inspects && random.chance(0.5);
  return {
    inspects,
    inspectFails: inspects && random.chance(0.3) ? random.next() : 0,
    inventoryLagMs: wrong === 'lag' ? random.between(1_000, isSure ? 150_000 : 50_000) : 0,
    inventoryWrong:
      wrong === 'is empty' || wrong === 'fails'
        ? {
            how: wrong,
            fromMs: random.between(0, busyMs),
            forMs: random.between(1_000, isSure || wrong === 'fails' ? 150_000 : 30_000),
          }
        : null,
    inventoryOmits: wrong === 'omits' ? random.next() * 0.08 : 0,
    foreign: random.chance(0.2) ? random.between(1, 3) : 0,
    losses: random.chance(0.3) ? random.between(1, 2) : 0,
  };
}

function drawPolicy(random: Random): PolicyInput {
  return {
    operationLimitSeconds: {
      boot: random.between(5, 40),
      snapshot: random.between(5, 30),
      suspend: random.between(3, 20),
      resume: random.between(3, 25),
    },
    suspendRetryDelaySeconds: random.between(1, 15),
    omittedTimeoutSeconds: random.pick([null, null, 25]),
    zeroTimeout: random.pick(['none', 'plan_maximum']),
    planMaximumSeconds: random.pick([null, 120]),
    timeoutMeasures: random.pick(['lifetime', 'idle']),
  };
}

/** A profile as JSON, without the faults that are off. */
export function describeFaultProfile(profile: FaultProfile): string {
  const on = (value: unknown) => value !== 0 && value !== null;
  const platform = Object.fromEntries(Object.entries(profile.platform).filter(([, value]) => on(value)));
  const rest = Object.fromEntries(Object.entries({ ...profile, platform }).filter(([, value]) => on(value)));
  return JSON.stringify(rest, (_key, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(3)) : value,
  );
}
