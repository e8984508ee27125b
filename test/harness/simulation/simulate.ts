import { checkAtRest } from './at-rest-invariants.ts';
import { namespaces, runClient } from './client.ts';
import { describeFaultProfile, drawFaultProfile, type FaultProfile } from './fault-profile.ts';
import { follow } from './follower.ts';
import { createSender, type Sender } from './sender.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';
import { createWorld, type Plant, type World } from './world.ts';

/** One run. */
export interface Run {
  readonly seed: number;
  /** Drawn from the seed when left out. */
  readonly profile?: FaultProfile;
  /** The only place at which the host is dropped, from 1 on; drawn by the profile when left out. */
  readonly crashAt?: number;
  readonly plant?: Plant;
  /**
   * How long everything goes well before all must be at rest, in ms. 200 s when left out: longer than anything late, and than
   * every limit of a profile that was drawn.
   */
  readonly quietMs?: number;
  /** What is done besides the clients of the profile. */
  readonly script?: (parts: { world: World; supervisor: Supervisor; sender: Sender }) => Promise<void>;
}

/** Runs one simulation to its end. Throws an error that says how to run it again for the first thing that is wrong. */
export async function simulate(run: Run): Promise<World> {
  const { seed, profile = drawFaultProfile(seed), quietMs = 200_000 } = run;
  const world = createWorld(seed, profile, run.plant, run.crashAt);
  const supervisor = createSupervisor(world);
  const sender = createSender(world, supervisor);
  supervisor.start();
  const followers = namespaces.map((namespace) => follow(world, supervisor, namespace));
  for (let client = 0; client < profile.clients; client++) void runClient(world, supervisor, sender);
  planDisasters(world, supervisor);
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
  world.clock.catchUp();
  world.trace.add('quiet from now on');
  if (world.failure === undefined) await world.clock.pass(quietMs);
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

/** The clock on the wall is set, the host restarted, and something comes up that nobody asked for, now and then. */
function planDisasters(world: World, supervisor: Supervisor): void {
  const { random, clock, profile, trace, counters } = world;
  for (let jump = 0; jump < profile.jumps; jump++) {
    clock.wake(random.between(0, profile.busyMs), () => {
      const milliseconds = random.between(-profile.jumpMs, profile.jumpMs);
      trace.add(`the clock is set by ${milliseconds} ms`);
      counters.count(milliseconds < 0 ? 'fault clock set back' : 'fault clock set forward');
      clock.jump(milliseconds);
    });
  }
  for (let orphan = 0; orphan < profile.orphans; orphan++) {
    clock.wake(random.between(0, profile.busyMs), () => {
      trace.add('an orphan comes up');
      counters.count('fault orphan');
      world.platform.carryOut({ kind: 'boot', sandboxId: `orphan ${orphan}`, operation: 1 });
    });
  }
  for (let restart = 0; restart < profile.restarts; restart++) {
    clock.wake(random.between(0, profile.busyMs), () => void supervisor.restart());
  }
}

function reportOf(world: World, { profile: given }: Run): Error {
  const { seed, profile, trace, failure } = world;
  const message = [
    `Seed ${seed}: ${String(failure)}`,
    `profile: ${describeFaultProfile(profile)}`,
    ...trace.tail(Number(process.env['SIMULATION_LINES'] ?? 60)),
    ...(given
      ? []
      : [
          `to run it alone: SIMULATION_SEEDS=1 SIMULATION_FROM=${seed} npx vitest run --project simulation seeds`,
        ]),
  ].join('\n');
  return new Error(message, { cause: failure });
}
