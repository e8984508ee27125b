import { setImmediate } from 'node:timers/promises';
import type { World } from './world.ts';

/** Lets the time of a world pass in short steps. After each, bodies of responses arrive: they need turns of the event loop. */
export async function passTime(world: World, milliseconds: number): Promise<void> {
  const end = world.now() + milliseconds;
  await setImmediate();
  while (world.now() < end) {
    await world.runUntil(Math.min(end, world.now() + 250), () => {});
    for (let turn = 0; turn < 3; turn++) await setImmediate();
  }
}
