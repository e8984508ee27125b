import { processGone } from './failures.ts';
import { type Mark, readMarks } from './process-file.ts';
import { membersOf } from './sandbox-processes.ts';
import type { Platform } from './shared-state.ts';
import { type Tracked, track } from './tracked.ts';

/** Whether the process that a mark names is there. */
export async function isMarkAlive(platform: Platform, mark: Mark): Promise<boolean> {
  const seen = (await platform.table.look([mark.pid])).get(mark.pid);
  return seen !== undefined && seen.start === mark.start && seen.state !== 'gone';
}

/** Begins to follow a process that this server did not start. */
export function takeUp(platform: Platform, id: string, mark: Mark): Tracked {
  const tracked = track(id, platform.paths.files(id), mark);
  platform.tracked.set(id, tracked);
  platform.follower.stranger(tracked);
  return tracked;
}

/** The sandbox, with its process alive: known already, or found by its process files. Else undefined. */
export async function findAlive(platform: Platform, id: string): Promise<Tracked | undefined> {
  const known = platform.tracked.get(id);
  if (known) return (await platform.follower.isAlive(known)) ? known : undefined;
  for (const mark of await readMarks(platform.paths.sandbox(id))) {
    if (!(await isMarkAlive(platform, mark))) continue;
    const tracked = takeUp(platform, id, mark);
    const { alive } = await membersOf(platform.table, tracked);
    tracked.paused = alive.every((seen) => seen.state === 'stopped');
    return tracked;
  }
  return undefined;
}

/** As {@link findAlive}. Throws, not to be tried again, when its process is gone. */
export async function mustFind(platform: Platform, id: string): Promise<Tracked> {
  const tracked = await findAlive(platform, id);
  if (!tracked) throw processGone(platform.tracked.get(id)?.ended);
  return tracked;
}

/** Throws, not to be tried again, when the process of a sandbox is gone. */
export async function mustBeAlive(platform: Platform, tracked: Tracked): Promise<void> {
  if (!(await platform.follower.isAlive(tracked))) throw processGone(tracked.ended);
}
