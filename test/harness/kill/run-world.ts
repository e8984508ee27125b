import { finish } from './finish.ts';
import { runRounds } from './rounds.ts';
import { createWorld, type World, type WorldOptions } from './world.ts';

/** Lets a world run for so many rounds, each with a kill, and judges it. Throws what is wrong, and how to see it again. */
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
    throw new Error(`${message}\n\nThe ${driver} driver, ${rounds} rounds; to run them again: ${again}`, {
      cause: error,
    });
  } finally {
    await world.destroy();
  }
}
