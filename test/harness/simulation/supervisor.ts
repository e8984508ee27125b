import { createHost } from '../../../src/server/create-host.ts';
import type { Host } from '../../../src/server/host.ts';
import { createRandom } from '../shared/random.ts';
import { faultyDriver } from './faulty-driver.ts';
import { faultyStore } from './faulty-store.ts';
import { createLife, type Life } from './life.ts';
import type { World } from './world.ts';

/** A host that is up, and the life that it has. */
export interface Up {
  readonly host: Host;
  readonly life: Life;
}

/** Has a host run: starts a new one some time after each crash. */
export interface Supervisor {
  /** Starts the first. */
  start(): void;
  /** The host that takes requests, as soon as there is one. */
  up(): Promise<Up>;
  /** Stops the host as it should be stopped, if there is one, and starts another. */
  restart(): Promise<void>;
  /** Stops the host for good. */
  stop(): Promise<void>;
}

/** How often what the platform has is held against the records, in s. */
const driftIntervalSeconds = 20;

/** A supervisor of the hosts of a world. */
export function createSupervisor(world: World): Supervisor {
  const { trace, counters, random, clock, profile, plant } = world;
  const ids = createRandom(world.seed ^ 0x2545f491);
  let lives = 0;
  let now: Up | undefined;
  let isStopping = false;
  let waiting: ((up: Up) => void)[] = [];

  const createId = () => Array.from({ length: 8 }, () => ids.between(0, 35).toString(36)).join('');

  async function startOne(): Promise<void> {
    const life = createLife(++lives);
    life.onEnd(() => {
      now = undefined;
      if (isStopping) return;
      const downtime = world.isQuiet ? 0 : random.between(0, profile.downtimeMs);
      clock.wake(Math.max(downtime, 100), () => void startOne());
    });
    trace.add(`host ${life.number} starts`);
    try {
      const host = await life.during(createHost(optionsOf(life)));
      now = { host, life };
      trace.add(`host ${life.number} is up`);
    } catch (error) {
      trace.add(`host ${life.number} cannot start: ${String(error)}`);
      counters.count('fault start');
      life.end();
      return;
    }
    const up = now;
    for (const resolve of waiting.splice(0)) resolve(up);
  }

  function optionsOf(life: Life): Parameters<typeof createHost>[0] {
    const store = faultyStore(world, life);
    const driver = faultyDriver(world, life);
    const fenced = life.clock(clock);
    return {
      store: plant.store?.(store, world) ?? store,
      driver: plant.driver?.(driver, world) ?? driver,
      clock: plant.clock?.(fenced, world) ?? fenced,
      policy: profile.policy,
      random: random.next,
      createId,
      driftIntervalSeconds,
      observe(seen) {
        if (life.isOver()) return;
        counters.count(`seen ${seen.type}`);
        if (seen.type === 'drift') counters.count(`drift ${seen.kind}`);
        if (seen.type === 'operation') counters.count(`operation ${seen.kind} ${seen.result}`);
        if (seen.type === 'drift') trace.add(`  drift: ${seen.sandboxId} is ${seen.kind}`);
        if (seen.type === 'problem') trace.add(`  problem: ${String(seen.error)}`);
      },
    };
  }

  async function close(): Promise<void> {
    const up = now;
    if (up === undefined) return;
    now = undefined;
    trace.add(`host ${up.life.number} closes`);
    up.life.leave();
    await up.life.during(up.host.close());
    trace.add(`host ${up.life.number} is closed`);
    up.life.end();
  }

  return {
    start: () => void startOne(),
    up: () => (now ? Promise.resolve(now) : new Promise((resolve) => waiting.push(resolve))),
    async restart() {
      counters.count('fault restart');
      await close();
    },
    async stop() {
      isStopping = true;
      waiting = [];
      await close();
    },
  };
}
