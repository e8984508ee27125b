import type { Job } from '../driver.ts';
import { stale } from '../failures.ts';
import { mustBeAlive, mustFind } from './find-process.ts';
import type { SharedState } from './shared-state.ts';
import { continueProcesses, restoreProcesses, stopProcesses } from './signals.ts';
import type { TrackedProcess } from './tracked.ts';

/** Stops all processes of a sandbox. */
export async function suspend(state: SharedState, job: Job, signal: AbortSignal): Promise<void> {
  const tracked = await mustFind(state, job.sandboxId);
  if (isDone(tracked, job.operation)) return;
  await restoreOnFailure(state, tracked, async () => {
    await stopProcesses(state, tracked, signal);
    await mustBeAlive(state, tracked);
    signal.throwIfAborted();
  });
  tracked.paused = true;
  tracked.newestOperation = job.operation;
}

/** Continues the processes of a sandbox, as a new incarnation. */
export async function resume(state: SharedState, job: Job, signal: AbortSignal): Promise<void> {
  const tracked = await mustFind(state, job.sandboxId);
  if (isDone(tracked, job.operation)) return;
  signal.throwIfAborted();
  await restoreOnFailure(state, tracked, async () => {
    await continueProcesses(state, tracked);
    await mustBeAlive(state, tracked);
    signal.throwIfAborted();
  });
  tracked.paused = false;
  tracked.incarnation = job.operation;
  tracked.newestOperation = job.operation;
}

/** Whether an operation was already carried out. Throws `stale` when a newer one was. */
export function isDone(tracked: TrackedProcess, operation: number): boolean {
  if (operation >= tracked.newestOperation) return operation === tracked.newestOperation;
  throw stale(operation, tracked.newestOperation);
}

/**
 * Does work on a sandbox's processes. When the work fails, stops or continues them as they were before, as far as possible:
 * a difference that remains shows in the inventory.
 */
export async function restoreOnFailure<T>(
  state: SharedState,
  tracked: TrackedProcess,
  work: () => Promise<T>,
): Promise<T> {
  // Numbers of processes from earlier work may belong to other processes by now.
  tracked.lastSignalled = undefined;
  try {
    return await work();
  } catch (error) {
    await restoreProcesses(state, tracked).catch(() => {});
    throw error;
  }
}
