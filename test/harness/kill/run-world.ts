import { finish } from './finish.ts';
import { runRounds } from './rounds.ts';
import { createWorld, type World, type WorldOptions } from './world.ts';

/** Runs a world for this many rounds, each with a kill, and checks it. Throws the first problem, with the command to repeat it. */
export async function runWorld(
  options: WorldOptions & { readonly rounds: number; readonly again: string },
): Promise<World> {
  const world = await createWorld(options);
  try {
    await runRounds(world, options.rounds);
    await finish(world);
    return world;
  } catch (error) {
    const { message } = error as Error;
    const { driver, rounds, again } = options;
    throw new Error(`${message}\n\nThe ${driver} driver, ${rounds} rounds; to repeat: ${again}`, {
      cause: error,
    });
  } finally {
    await world.destroy();
  }
}
