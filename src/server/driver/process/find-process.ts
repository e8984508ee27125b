import { processExited } from './failures.ts';
import { type ProcessFile, readProcessFiles } from './process-file.ts';
import { processesOf } from './sandbox-processes.ts';
import type { SharedState } from './shared-state.ts';
import { type TrackedProcess, track } from './tracked.ts';

/** Whether the process that a process file names is alive. */
export async function isProcessAlive(state: SharedState, processFile: ProcessFile): Promise<boolean> {
  const info = (await state.table.look([processFile.pid])).get(processFile.pid);
  return info !== undefined && info.start === processFile.start && info.state !== 'exited';
}

/** Starts to watch a process that an earlier server started. */
export function trackOrphan(state: SharedState, id: string, processFile: ProcessFile): TrackedProcess {
  const tracked = track(id, state.paths.files(id), processFile);
  state.tracked.set(id, tracked);
  state.exitWatcher.watchOrphan(tracked);
  return tracked;
}

/** Finds a sandbox whose process is alive, in memory or by its process files. Else returns undefined. */
export async function findAlive(state: SharedState, id: string): Promise<TrackedProcess | undefined> {
  const known = state.tracked.get(id);
  if (known) return (await state.exitWatcher.isAlive(known)) ? known : undefined;
  for (const processFile of await readProcessFiles(state.paths.sandbox(id))) {
    if (!(await isProcessAlive(state, processFile))) continue;
    const tracked = trackOrphan(state, id, processFile);
    const { alive } = await processesOf(state.table, tracked);
    tracked.paused = alive.every((info) => info.state === 'stopped');
    return tracked;
  }
  return undefined;
}

/** As {@link findAlive}, but throws a permanent error when its process has exited. */
export async function mustFind(state: SharedState, id: string): Promise<TrackedProcess> {
  const tracked = await findAlive(state, id);
  if (!tracked) throw processExited(state.tracked.get(id)?.exitReason);
  return tracked;
}

/** Throws a permanent error when the process of a sandbox has exited. */
export async function mustBeAlive(state: SharedState, tracked: TrackedProcess): Promise<void> {
  if (!(await state.exitWatcher.isAlive(tracked))) throw processExited(tracked.exitReason);
}
