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
import { createTrace, type Trace } from './trace.ts';
import { type WorldClock, worldClock } from './world-clock.ts';

/** A bug on purpose: what stands in the place of a part of the host, or of what the host stands on. */
export interface Plant {
  /** What really keeps the records, before anything is checked. */
  readonly memory?: (store: Store) => Store;
  /** What the host takes for its store. */
  readonly store?: (store: Store, world: World) => Store;
  /** What the host takes for its driver. */
  readonly driver?: (driver: Driver, world: World) => Driver;
  readonly clock?: (clock: Clock, world: World) => Clock;
  readonly platform?: (platform: SimulatedPlatform) => SimulatedPlatform;
}

/** Everything that outlives a host. */
export interface World {
  readonly seed: number;
  readonly profile: FaultProfile;
  readonly plant: Plant;
  readonly random: Random;
  readonly clock: WorldClock;
  readonly trace: Trace;
  readonly counters: Counters;
  readonly audit: Invariants;
  /** The store as it is, which never fails, with the audit before it. */
  readonly disk: Store;
  readonly platform: SimulatedPlatform;
  /**
   * Snapshots whose capture was under way when its host went. It may end long after the next host has given it up and
   * removed what there was, and nobody is told of that.
   */
  readonly untoldCaptures: Set<string>;
  /** Sandboxes that were being adopted when a host went: that may land after the next host has suspended them. */
  readonly untoldAdoptions: Set<string>;
  /** From now on nothing goes wrong any more. */
  isQuiet: boolean;
  /** How many places there were so far at which a host can be dropped. */
  points: number;
  /** A place at which the host can be dropped: answers whether it was. */
  point(life: Life, where: string): boolean;
  /** Notes what must never be: the first ends the run. */
  fail(error: unknown): void;
  readonly failure: unknown;
}

/** A world with nothing in it. `crashAt`: the only place at which the host is dropped, counted from 1. */
export function createWorld(seed: number, profile: FaultProfile, plant: Plant = {}, crashAt?: number): World {
  const random = createRandom(seed);
  const clock = worldClock();
  const trace = createTrace(clock.elapsed);
  const counters = createCounters();
  let failure: unknown;
  const fail = (error: unknown) => {
    failure ??= error;
    trace.add(`VIOLATION ${String(error)}`);
  };
  const audit = createInvariants(counters, (line) => trace.add(`  = ${line}`), fail);
  const memory = memoryStore();
  const platform = simulatedPlatform();

  const world: World = {
    seed,
    profile,
    plant,
    random,
    clock,
    trace,
    counters,
    audit,
    disk: audit.watch(plant.memory?.(memory) ?? memory),
    platform: plant.platform?.(platform) ?? platform,
    untoldCaptures: new Set(),
    untoldAdoptions: new Set(),
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
