import type { PolicyInput } from '../../../src/model/policy.ts';
import type { SimulatedDriverOptions } from '../../../src/server/driver/simulated/index.ts';
import { createRandom, type Random } from '../shared/random.ts';

/** What can go wrong in one run, and how often: a share of all occasions, 0 for never. Times are in ms. */
export interface FaultProfile {
  readonly clients: number;
  /** How long clients act and faults happen. */
  readonly busyMs: number;
  readonly policy: PolicyInput;
  /** How long a call of the store takes at most: 0 is at once. */
  readonly storeLatencyMs: number;
  /** Calls of the store that fail, and have done nothing. */
  readonly storeBusy: number;
  /** Commits that were done, and whose answer is lost. */
  readonly storeAnswerLost: number;
  /** From when on, and how long, the store takes no commit at all; null for never. */
  readonly storeFull: { readonly fromMs: number; readonly forMs: number } | null;
  /** Where the host is dropped, at each await. */
  readonly crashes: number;
  /** At a crash: the commits under way that reach the disk all the same. */
  readonly landings: number;
  /** At a crash: the commits under way that reach the disk only a while later, when there is another host. */
  readonly stragglers: number;
  /** How many times the host is stopped and started as it should be. */
  readonly restarts: number;
  /** How long nobody is there after a crash, at most. */
  readonly downtimeMs: number;
  /** How many times something comes up on the platform that no host has asked for. */
  readonly orphans: number;
  /** How many times the clock on the wall is set, and by how much at most. */
  readonly jumps: number;
  readonly jumpMs: number;
  readonly platform: Omit<SimulatedDriverOptions, 'platform' | 'clock' | 'seed'>;
}

/** A run in which nothing goes wrong and everything is done at once. */
export const calm: FaultProfile = {
  clients: 0,
  busyMs: 0,
  policy: {
    operationLimitSeconds: { boot: 20, snapshot: 15, suspend: 10, resume: 12 },
    suspendRetryDelaySeconds: 5,
  },
  storeLatencyMs: 0,
  storeBusy: 0,
  storeAnswerLost: 0,
  storeFull: null,
  crashes: 0,
  landings: 0,
  stragglers: 0,
  restarts: 0,
  orphans: 0,
  downtimeMs: 0,
  jumps: 0,
  jumpMs: 0,
  platform: {},
};

/** Draws what can go wrong: each kind is on or off, and has a rate of its own. */
export function drawFaultProfile(seed: number): FaultProfile {
  const random = createRandom(Math.imul(seed, 0x9e3779b1) ^ 0x51ed270b);
  const share = (most: number) => (random.chance(0.5) ? random.next() * most : 0);
  const busyMs = random.between(60_000, 240_000);
  return {
    clients: random.between(1, 4),
    busyMs,
    policy: drawPolicy(random),
    storeLatencyMs: random.pick([0, 0, 3, 50, 1_500]),
    storeBusy: share(0.15),
    storeAnswerLost: share(0.15),
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
    },
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

/** A profile on a few lines, without what is off. */
export function describeFaultProfile(profile: FaultProfile): string {
  const on = (value: unknown) => value !== 0 && value !== null;
  const platform = Object.fromEntries(Object.entries(profile.platform).filter(([, value]) => on(value)));
  const rest = Object.fromEntries(Object.entries({ ...profile, platform }).filter(([, value]) => on(value)));
  return JSON.stringify(rest, (_key, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(3)) : value,
  );
}
