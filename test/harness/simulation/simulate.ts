import { stuckRetryMs } from '../../../src/server/reconciler/stuck-releases.ts';
import { checkAtRest } from './at-rest-invariants.ts';
import { namespaces, runClient } from './client.ts';
import { describeFaultProfile, drawFaultProfile, type FaultProfile } from './fault-profile.ts';
import { follow } from './follower.ts';
import { runOperator } from './operator.ts';
import { createSender, type Sender } from './sender.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';
import { createWorld, type Overrides, type World } from './world.ts';

/** The options of one run. */
export interface Run {
  readonly seed: number;
  /** Drawn from the seed by default. */
  readonly profile?: FaultProfile;
  /** The only crash point at which the host crashes, counted from 1. Without it, the profile draws the crashes. */
  readonly crashAt?: number;
  readonly overrides?: Overrides;
  /**
   * How long the world runs without faults before it must be at rest, in ms. The default, 360 s, is longer than every late
   * effect, than every limit of a drawn profile, and than the graces of an absent sandbox.
   */
  readonly quietMs?: number;
  /** A script that runs beside the clients of the profile. */
  readonly script?: (parts: { world: World; supervisor: Supervisor; sender: Sender }) => Promise<void>;
}

/** Runs one simulation. Throws the first violation, with the command that repeats the run. */
export async function simulate(run: Run): Promise<World> {
  const { seed, profile = drawFaultProfile(seed), quietMs = 360_000 } = run;
  const world = createWorld(seed, profile, run.overrides, run.crashAt);
  const supervisor = createSupervisor(world);
  const sender = createSender(world, supervisor);
  supervisor.start();
  const followers = namespaces.map((namespace) => follow(world, supervisor, namespace));
  for (let client = 0; client < profile.clients; client++) void runClient(world, supervisor, sender);
  scheduleFaults(world, supervisor);
  runOperator(world, supervisor);
  const scripted = run.script?.({ world, supervisor, sender });
  let isDone = scripted === undefined;
  scripted?.then(
    () => {
      isDone = true;
    },
    (error) => world.fail(error),
  );

  await world.clock.pass(profile.busyMs);
  while (!isDone && world.failure === undefined) await world.clock.pass(1_000);
  world.isQuiet = true;
  world.time.clockJumps(world.clock.catchUp());
  world.trace.add('quiet from now on');
  // A release that failed often is attempted rarely.
  const stuckMs = world.counters.of('observation stuckRelease') > 0 ? stuckRetryMs : 0;
  if (world.failure === undefined) await world.clock.pass(quietMs + stuckMs);
  try {
    if (world.failure === undefined) {
      await checkAtRest(world, sender.requests);
      for (const follower of followers) follower.check();
    }
  } catch (error) {
    world.fail(error);
  }
  const stopped = supervisor.stop();
  await world.clock.pass(60_000);
  await stopped;
  if (world.failure !== undefined) throw reportOf(world, run);
  return world;
}

/** Schedules the clock jumps, the graceful restarts, and the orphans, losses and other owners on the platform of a run. */
function scheduleFaults(world: World, supervisor: Supervisor): void {
  const { random, clock, profile, trace, counters } = world;
  for (let jump = 0; jump < profile.jumps; jump++) {
    clock.wake(random.between(0, profile.busyMs), () => {
      const milliseconds = random.between(-profile.jumpMs, profile.jumpMs);
      trace.add(`the wall clock jumps by ${milliseconds} ms`);
      counters.count(milliseconds < 0 ? 'fault clock set back' : 'fault clock set forward');
      clock.jump(milliseconds);
      world.time.clockJumps(milliseconds);
    });
  }
  for (let orphan = 0; orphan < profile.orphans; orphan++) {
    clock.wake(random.between(0, profile.busyMs), () => {
      trace.add('an orphan appears');
      counters.count('fault orphan');
      world.orphans.set(`orphan ${orphan}`, clock.elapsed());
      world.platform.carryOut({ kind: 'boot', sandboxId: `orphan ${orphan}`, operation: 1 });
    });
  }
  for (let foreign = 0; foreign < profile.foreign; foreign++) {
    clock.wake(random.between(0, profile.busyMs), () => {
      world.foreign.add(`foreign ${foreign}`);
      world.platform.carryOut({ kind: 'boot', sandboxId: `foreign ${foreign}`, operation: 1 });
    });
  }
  for (let loss = 0; loss < profile.losses; loss++) {
    clock.wake(random.between(0, profile.busyMs), () => {
      trace.add('the platform loses its sandboxes');
      counters.count('fault loss');
      for (const { sandboxId } of world.platform.sandboxes())
        if (!world.foreign.has(sandboxId)) world.platform.kill(sandboxId, { silent: true });
    });
  }
  for (let restart = 0; restart < profile.restarts; restart++) {
    clock.wake(random.between(0, profile.busyMs), () => void supervisor.restart());
  }
}

function reportOf(world: World, { profile: givenProfile }: Run): Error {
  const { seed, profile, trace, failure } = world;
  const message = [
    `Seed ${seed}: ${String(failure)}`,
    `profile: ${describeFaultProfile(profile)}`,
    ...trace.tail(Number(process.env['SIMULATION_LINES'] ?? 60)),
    ...(givenProfile
      ? []
      : [
          `to repeat it: SIMULATION_SEEDS=1 SIMULATION_FROM=${seed} npx vitest run --project simulation seeds`,
        ]),
  ].join('\n');
  return new Error(message, { cause: failure });
}
