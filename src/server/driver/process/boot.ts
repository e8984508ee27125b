import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { BootJob } from '../driver.ts';
import { permanent, transient } from '../failures.ts';
import { commandOf } from './command.ts';
import { copyFolder } from './copy.ts';
import { environmentOf } from './environment.ts';
import { hasCode } from './failures.ts';
import { isProcessAlive, trackOrphan } from './find-process.ts';
import { exists } from './folders.ts';
import { launch } from './launch.ts';
import { readProcessFile } from './process-file.ts';
import type { SharedState } from './shared-state.ts';
import { continueProcesses } from './signals.ts';
import { track } from './tracked.ts';

/** Starts a sandbox: its folder, its files, its process. Does nothing when this operation already has a process. */
export async function boot(state: SharedState, job: BootJob, signal: AbortSignal): Promise<void> {
  const { paths, tracked, exitWatcher } = state;
  const { sandboxId: id, operation, configuration } = job;
  if (state.released.isOver(id, operation)) throw permanent(`The sandbox ${id} has already been released.`);
  if (await isBooted(state, id, operation)) return;

  const env = environmentOf(id, paths.files(id));
  await prepareFiles(state, id, job.snapshotId, signal);
  const command = await commandOf(configuration.entrypoint, paths.files(id), env['PATH'] ?? '');
  const launched = await launch(state, {
    operation,
    command,
    env,
    files: paths.files(id),
    output: paths.output(id),
    processFilePath: paths.processFile(id, operation),
    signal,
  });
  if (launched) {
    const sandbox = track(id, paths.files(id), launched.processFile);
    tracked.set(id, sandbox);
    exitWatcher.watchChild(sandbox, launched.child);
  } else if (!(await isBooted(state, id, operation))) {
    // The machine went down before the content of the file was on disk, or the file has just been removed.
    if (await exists(paths.processFile(id, operation))) throw permanent('its process started and has exited');
    throw transient('its process could not be started: its process file was removed');
  }
}

/** Whether the operation has its process. Throws a permanent error when its process has exited. */
async function isBooted(state: SharedState, id: string, operation: number): Promise<boolean> {
  const processFile = await readProcessFile(state.paths.processFile(id, operation), operation);
  if (!processFile) return false;
  const known = state.tracked.get(id);
  if (known ? !(await state.exitWatcher.isAlive(known)) : !(await isProcessAlive(state, processFile))) {
    throw permanent(`its process started and has exited: ${known?.exitReason ?? 'the end was not observed'}`);
  }
  const sandbox = known ?? trackOrphan(state, id, processFile);
  // At a restart, a record without this boot made the driver pause the sandbox.
  if (sandbox.paused && sandbox.newestOperation === operation) {
    await continueProcesses(state, sandbox);
    sandbox.paused = false;
  }
  return true;
}

async function prepareFiles(state: SharedState, id: string, snapshotId: string | null, signal: AbortSignal) {
  const { paths } = state;
  const files = paths.files(id);
  await Promise.all(paths.parents.map((parent) => mkdir(parent, { recursive: true })));
  signal.throwIfAborted();
  if (snapshotId === null) return void (await mkdir(files, { recursive: true }));

  await mkdir(paths.sandbox(id), { recursive: true });
  if (await exists(files)) return;
  const snapshot = paths.snapshot(snapshotId);
  if (!(await exists(snapshot))) throw permanent(`The snapshot ${snapshotId} does not exist or was deleted.`);
  try {
    await copyFolder(snapshot, `${files}-${randomUUID()}`, files, signal);
  } catch (error) {
    // An earlier server may have completed the same copy first.
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
  }
}
