import { processGone } from './failures.ts';
import { type ProcessFile, readProcessFiles } from './process-file.ts';
import { processesOf } from './sandbox-processes.ts';
import type { SharedState } from './shared-state.ts';
import { type TrackedProcess, track } from './tracked.ts';

/** Whether the process that a mark names is there. */
export async function isMarkAlive(platform: SharedState, mark: ProcessFile): Promise<boolean> {
  const seen = (await platform.table.look([mark.pid])).get(mark.pid);
  return seen !== undefined && seen.start === mark.start && seen.state !== 'gone';
}

/** Begins to follow a process that this server did not start. */
export function takeUp(platform: SharedState, id: string, mark: ProcessFile): TrackedProcess {
  const tracked = track(id, platform.paths.files(id), mark);
  platform.tracked.set(id, tracked);
  platform.follower.stranger(tracked);
  return tracked;
}

/** The sandbox, with its process alive: known already, or found by its process files. Else undefined. */
export async function findAlive(platform: SharedState, id: string): Promise<TrackedProcess | undefined> {
  const known = platform.tracked.get(id);
  if (known) return (await platform.follower.isAlive(known)) ? known : undefined;
  for (const mark of await readProcessFiles(platform.paths.sandbox(id))) {
    if (!(await isMarkAlive(platform, mark))) continue;
    const tracked = takeUp(platform, id, mark);
    const { alive } = await processesOf(platform.table, tracked);
    tracked.paused = alive.every((seen) => seen.state === 'stopped');
    return tracked;
  }
  return undefined;
}

/** As {@link findAlive}. Throws, not to be tried again, when its process is gone. */
export async function mustFind(platform: SharedState, id: string): Promise<TrackedProcess> {
  const tracked = await findAlive(platform, id);
  if (!tracked) throw processGone(platform.tracked.get(id)?.ended);
  return tracked;
}

/** Throws, not to be tried again, when the process of a sandbox is gone. */
export async function mustBeAlive(platform: SharedState, tracked: TrackedProcess): Promise<void> {
  if (!(await platform.follower.isAlive(tracked))) throw processGone(tracked.ended);
}
