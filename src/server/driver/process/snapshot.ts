import { pathToFileURL } from 'node:url';
import type { Captured, SnapshotJob } from '../driver.ts';
import { copyFolder } from './copy.ts';
import { mustBeAlive, mustFind } from './find-process.ts';
import { exists, moveFolder } from './folders.ts';
import { type FolderSize, measureFolder, mustFit } from './measure.ts';
import { isDone, restoreOnFailure } from './pause.ts';
import { removeFolder } from './remove-folder.ts';
import type { SharedState } from './shared-state.ts';
import { continueProcesses, stopProcesses } from './signals.ts';

/** Stops a sandbox's processes, copies its files, and continues the processes. */
export async function snapshot(state: SharedState, job: SnapshotJob, signal: AbortSignal): Promise<Captured> {
  const { paths } = state;
  const target = paths.snapshot(job.snapshotId);
  const uri = pathToFileURL(target).href;
  if (await exists(target)) {
    // An earlier attempt may have failed after the copy and before it continued the processes.
    const known = state.tracked.get(job.sandboxId);
    if (known && !known.paused) await continueProcesses(state, known);
    return { sizeBytes: (await measureFolder(target, signal)).sizeBytes, uri };
  }
  const tracked = await mustFind(state, job.sandboxId);
  isDone(tracked, job.operation);
  const unfinished = paths.unfinishedSnapshot(tracked.id, job.snapshotId);
  const sizeBytes = await restoreOnFailure(state, tracked, async () => {
    await stopProcesses(state, tracked, signal);
    await mustBeAlive(state, tracked);
    // Remove the partial copy of a server that went down.
    await removeFolder(unfinished);
    const { diskMb } = job.configuration.resources;
    const check = (size: FolderSize) =>
      mustFit(size, diskMb, 'The files of the sandbox', 'remove some and try again');
    return copyFolder({ source: paths.files(tracked.id), unfinished, target, check }, signal);
  });
  if (!tracked.paused) await continueProcesses(state, tracked);
  tracked.newestOperation = job.operation;
  return { sizeBytes, uri };
}

/** Removes the data of a snapshot. The snapshot disappears atomically. */
export async function deleteSnapshot(
  { paths }: SharedState,
  snapshotId: string,
  signal: AbortSignal,
): Promise<void> {
  const away = paths.releasedSnapshot(snapshotId);
  // First remove the rest of an interrupted deletion.
  await removeFolder(away, signal);
  if (await moveFolder(paths.snapshot(snapshotId), away)) await removeFolder(away, signal);
}
