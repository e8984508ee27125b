import type { Driver } from '../../../src/server/driver/driver.ts';
import type { SimulatedPlatform } from '../../../src/server/driver/simulated/index.ts';
import { simulatedPlatform } from '../../../src/server/driver/simulated/index.ts';
import { memoryStore } from '../../../src/server/store/memory.ts';
import type { Store } from '../../../src/server/store/store.ts';
import type { Clock } from '../../../src/utils/clock.ts';
import { type Counters, createCounters } from '../shared/counters.ts';
import { createRandom, type Random } from '../shared/random.ts';
import type { FaultProfile } from './fault-profile.ts';
import { createInvariants, type Invariants } from './invariants.ts';
import type { Life } from './life.ts';
import { createPresence, type Presence } from './presence.ts';
import { createRetentionInvariants, type RetentionInvariants } from './retention-invariants.ts';
import { createTimeInvariants, type TimeInvariants } from './time-invariants.ts';
import { createTrace, type Trace } from './trace.ts';
import { type WorldClock, worldClock } from './world-clock.ts';

/** A planted bug: replacements for the store, the driver, the clock or the platform. */
export interface Overrides {
  /** Replaces the real store, below the invariants. */
  readonly memory?: (store: Store) => Store;
  /** Replaces the store that the host gets. */
  readonly store?: (store: Store, world: World) => Store;
  /** Replaces the driver that the host gets. */
  readonly driver?: (driver: Driver, world: World) => Driver;
  readonly clock?: (clock: Clock, world: World) => Clock;
  readonly platform?: (platform: SimulatedPlatform) => SimulatedPlatform;
}

/** Everything that outlives a host. */
export interface World {
  readonly seed: number;
  readonly profile: FaultProfile;
  readonly overrides: Overrides;
  readonly random: Random;
  readonly clock: WorldClock;
  readonly trace: Trace;
  readonly counters: Counters;
  readonly audit: Invariants;
  readonly time: TimeInvariants;
  readonly retention: RetentionInvariants;
  /** The real store, which never fails. The invariants check every commit to it. */
  readonly disk: Store;
  readonly platform: SimulatedPlatform;
  /**
   * Snapshots whose capture was in progress when its host stopped. The capture may complete long after the next host has
   * failed the snapshot and removed its data, and the platform reports that completion to no host.
   */
  readonly unreportedCaptures: Set<string>;
  /** Sandboxes whose adoption was in progress when a host stopped. It may take effect after the next host suspends them. */
  readonly unreportedAdoptions: Set<string>;
  /** When each orphan appeared, in ms since the beginning. */
  readonly orphans: Map<string, number>;
  /** The sandboxes of another database. */
  readonly foreign: Set<string>;
  /** The omissions of the inventory, and the judge of sandboxes that ended because the platform does not have them. */
  readonly presence: Presence;
  /** Whether faults have ended. */
  isQuiet: boolean;
  /** How many crash points the run has passed so far. */
  points: number;
  /** A crash point. Returns whether the host crashes here, or has crashed before. */
  point(life: Life, where: string): boolean;
  /** Records a violation. The first one ends the run. */
  fail(error: unknown): void;
  readonly failure: unknown;
}

/** Creates an empty world. `crashAt`: the only crash point at which the host crashes, counted from 1. */
export function createWorld(
  seed: number,
  profile: FaultProfile,
  overrides: Overrides = {},
  crashAt?: number,
): World {
  const random = createRandom(seed);
  const clock = worldClock();
  const trace = createTrace(clock.elapsed);
  const counters = createCounters();
  let failure: unknown;
  const fail = (error: unknown) => {
    failure ??= error;
    trace.add(`VIOLATION ${String(error)}`);
  };
  const time = createTimeInvariants(clock, profile, fail);
  const memory = memoryStore();
  const reliable = simulatedPlatform();
  const presence = createPresence({ profile, platform: reliable, clock, random });
  const platform: SimulatedPlatform = {
    ...reliable,
    carryOut(job) {
      const captured = reliable.carryOut(job);
      presence.noteStarts();
      return captured;
    },
  };
  const audit = createInvariants(
    counters,
    (line, row) => {
      trace.add(`  = ${line}`);
      presence.checkEnd(row);
    },
    fail,
  );

  const retention = createRetentionInvariants(audit, fail);

  const world: World = {
    seed,
    profile,
    overrides,
    random,
    clock,
    trace,
    counters,
    audit,
    time,
    retention,
    disk: retention.watch(time.watch(audit.watch(overrides.memory?.(memory) ?? memory))),
    platform: overrides.platform?.(platform) ?? platform,
    unreportedCaptures: new Set(),
    unreportedAdoptions: new Set(),
    orphans: new Map(),
    foreign: new Set(),
    presence,
    isQuiet: false,
    points: 0,
    point(life, where) {
      if (life.isOver()) return true;
      world.points += 1;
      const isHit = crashAt === undefined ? isDrawn() : world.points === crashAt;
      if (!isHit) return false;
      trace.add(`CRASH of host ${life.number} ${where}`);
      counters.count('fault crash');
      life.end();
      return true;
    },
    fail,
    get failure() {
      return failure;
    },
  };

  function isDrawn(): boolean {
    return !world.isQuiet && random.chance(profile.crashes);
  }

  return world;
}
