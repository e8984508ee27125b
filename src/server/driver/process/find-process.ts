import { processExited, unseenExit } from './failures.ts';
import { type ProcessFile, readProcessFiles } from './process-file.ts';
import { isThere, processesOf } from './sandbox-processes.ts';
import type { SharedState } from './shared-state.ts';
import { type Ending, type TrackedProcess, track } from './tracked.ts';

const unseenEnding: Ending = { reason: unseenExit, exitCode: null };

/** Whether the process that a process file names is alive. Rejects when the look fails. */
export async function isProcessAlive(state: SharedState, processFile: ProcessFile): Promise<boolean> {
  return isThere(processFile, await state.table.look([processFile.pid]));
}

/** Starts to watch a process that an earlier server started. Changes nothing when the look fails. */
export async function trackOrphan(
  state: SharedState,
  id: string,
  processFile: ProcessFile,
): Promise<TrackedProcess> {
  const tracked = track(state.paths, id, processFile);
  const { alive } = await processesOf(state.table, tracked);
  tracked.paused = alive.every((info) => info.state === 'stopped');
  state.tracked.set(id, tracked);
  state.exitWatcher.watchOrphan(tracked);
  return tracked;
}

/**
 * Finds a sandbox whose process is alive, in memory or by its process files. Else returns undefined. Rejects when a look
 * fails.
 */
export async function findAlive(state: SharedState, id: string): Promise<TrackedProcess | undefined> {
  const known = state.tracked.get(id);
  if (known) return (await state.exitWatcher.isAlive(known)) ? known : undefined;
  for (const processFile of await readProcessFiles(state.paths.sandbox(id))) {
    if (await isProcessAlive(state, processFile)) return trackOrphan(state, id, processFile);
  }
  return undefined;
}

/** As {@link findAlive}, but throws a permanent error when its process has exited. */
export async function mustFind(state: SharedState, id: string): Promise<TrackedProcess> {
  const tracked = await findAlive(state, id);
  if (!tracked) throw processExited(state.tracked.get(id)?.ending?.reason);
  return tracked;
}

/** Throws a permanent error when the process of a sandbox has exited. */
export async function mustBeAlive(state: SharedState, tracked: TrackedProcess): Promise<void> {
  if (!(await state.exitWatcher.isAlive(tracked))) throw processExited(tracked.ending?.reason);
}

/**
 * The proof that the process of a sandbox has ended: its observed end, or a published process file whose process no longer
 * exists. Undefined without a trace of a process. Call it after {@link findAlive} has found none.
 */
export async function endingOf(
  state: SharedState,
  id: string,
): Promise<(Ending & { readonly operation: number }) | undefined> {
  const known = state.tracked.get(id);
  if (known) return { ...(known.ending ?? unseenEnding), operation: known.incarnation };
  const processFiles = await readProcessFiles(state.paths.sandbox(id));
  const newest = processFiles.find(({ isPublished }) => isPublished);
  return newest && { ...unseenEnding, operation: newest.operation };
}
