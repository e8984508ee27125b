import { createHost } from '../../../src/server/create-host.ts';
import type { Host } from '../../../src/server/host.ts';
import { createRandom } from '../shared/random.ts';
import { faultyDriver } from './faulty-driver.ts';
import { faultyStore } from './faulty-store.ts';
import { createLife, type Life } from './life.ts';
import { discardGraceSeconds } from './time-invariants.ts';
import type { World } from './world.ts';

/** A running host and its life. */
export interface RunningHost {
  readonly host: Host;
  readonly life: Life;
}

/** Keeps a host running: starts a new one some time after each crash. */
export interface Supervisor {
  /** Starts the first host. */
  start(): void;
  /** Resolves with the running host. Waits until one has started. */
  runningHost(): Promise<RunningHost>;
  /** Stops the host gracefully, if one runs, and starts another. */
  restart(): Promise<void>;
  /** Stops the host for good. */
  stop(): Promise<void>;
}

/** The interval of the looks at the platform, and the graces, in s. */
export const looks = { driftIntervalSeconds: 20, absenceGraceSeconds: 20, orphanGraceSeconds: 45 } as const;

/** Creates the supervisor of a world. */
export function createSupervisor(world: World): Supervisor {
  const { trace, counters, random, clock, profile, overrides } = world;
  const ids = createRandom(world.seed ^ 0x2545f491);
  let lives = 0;
  let now: RunningHost | undefined;
  let isStopping = false;
  let waiting: ((host: RunningHost) => void)[] = [];

  const createId = () => Array.from({ length: 8 }, () => ids.between(0, 35).toString(36)).join('');

  async function startOne(): Promise<void> {
    const life = createLife(++lives);
    world.time.hostStarts();
    life.onEnd(() => {
      world.time.hostEnds();
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
    const current = now;
    for (const resolve of waiting.splice(0)) resolve(current);
  }

  function optionsOf(life: Life): Parameters<typeof createHost>[0] {
    const store = faultyStore(world, life);
    const driver = faultyDriver(world, life);
    const fenced = life.clock(clock);
    return {
      store: overrides.store?.(store, world) ?? store,
      driver: overrides.driver?.(driver, world) ?? driver,
      clock: overrides.clock?.(fenced, world) ?? fenced,
      policy: profile.policy,
      ...(profile.retention && { retention: profile.retention }),
      random: random.next,
      createId,
      ...looks,
      discardGraceSeconds,
      observe(observation) {
        if (life.isOver()) return;
        const { type } = observation;
        counters.count(`observation ${type}`);
        if (type === 'drift') {
          counters.count(`drift ${observation.kind}`);
          trace.add(`  drift: ${observation.sandboxId} is ${observation.kind}`);
        }
        if (type === 'absences') trace.add(`  ${observation.count} absent sandboxes wait for an operator`);
        if (type === 'operation') counters.count(`operation ${observation.kind} ${observation.result}`);
        if (type === 'problem') trace.add(`  problem: ${String(observation.error)}`);
      },
    };
  }

  async function close(): Promise<void> {
    const current = now;
    if (current === undefined) return;
    now = undefined;
    trace.add(`host ${current.life.number} closes`);
    current.life.beginStop();
    await current.life.during(current.host.close());
    trace.add(`host ${current.life.number} is closed`);
    current.life.end();
  }

  return {
    start: () => void startOne(),
    runningHost: () => (now ? Promise.resolve(now) : new Promise((resolve) => waiting.push(resolve))),
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
