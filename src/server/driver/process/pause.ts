import type { Job } from '../driver.ts';
import { lasting } from '../failures.ts';
import { mustBeAlive, mustFind } from './find-process.ts';
import type { SharedState } from './shared-state.ts';
import { continueGroup, stopGroup } from './signals.ts';
import type { TrackedProcess } from './tracked.ts';

/** Brings all the processes of a sandbox to a standstill. */
export async function suspend(platform: SharedState, job: Job, signal: AbortSignal): Promise<void> {
  const tracked = await mustFind(platform, job.sandboxId);
  if (isDone(tracked, job.operation)) return;
  await putBackOnFailure(platform, tracked, async () => {
    await stopGroup(platform, tracked, signal);
    await mustBeAlive(platform, tracked);
    signal.throwIfAborted();
  });
  tracked.paused = true;
  tracked.done = job.operation;
}

/** Lets the processes of a sandbox run again, as a new incarnation. */
export async function resume(platform: SharedState, job: Job, signal: AbortSignal): Promise<void> {
  const tracked = await mustFind(platform, job.sandboxId);
  if (isDone(tracked, job.operation)) return;
  signal.throwIfAborted();
  await putBackOnFailure(platform, tracked, async () => {
    await continueGroup(platform, tracked);
    await mustBeAlive(platform, tracked);
    signal.throwIfAborted();
  });
  tracked.paused = false;
  tracked.incarnation = job.operation;
  tracked.done = job.operation;
}

/** Whether an operation was carried out already. Throws, not to be tried again, when it is older than that. */
export function isDone(tracked: TrackedProcess, operation: number): boolean {
  if (operation >= tracked.done) return operation === tracked.done;
  throw lasting(`Operation ${operation} is over: ${tracked.done} has been carried out since.`);
}

/** Does something to a sandbox's processes, and has them stand still or run as before if that fails. */
export async function putBackOnFailure<T>(
  platform: SharedState,
  tracked: TrackedProcess,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await (tracked.paused ? stopGroup : continueGroup)(platform, tracked);
    throw error;
  }
}
