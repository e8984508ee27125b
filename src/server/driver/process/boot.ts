import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { BootJob } from '../driver.ts';
import { permanent, transient } from '../failures.ts';
import { commandOf } from './command.ts';
import { copyFolder } from './copy.ts';
import { environmentOf } from './environment.ts';
import { hasCode } from './failures.ts';
import { isProcessAlive, trackOrphan } from './find-process.ts';
import { exists, makePrivate } from './folders.ts';
import { launch } from './launch.ts';
import { loggerArguments } from './logger.ts';
import { type FolderSize, mustFit } from './measure.ts';
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
  await prepareFiles(state, job, signal);
  const command = await commandOf(configuration.entrypoint, paths.files(id), env['PATH'] ?? '');
  const launched = await launch(state, {
    operation,
    command,
    env,
    files: paths.files(id),
    loggerArguments: loggerArguments(paths.output(id), state.outputLimitBytes),
    cgroup: state.cgroups.create(paths.cgroup(id)),
    processFilePath: paths.processFile(id, operation),
    signal,
  });
  if (launched) {
    const sandbox = track(paths, id, launched.processFile);
    tracked.set(id, sandbox);
    if (launched.isDone) exitWatcher.reportEnded(sandbox, 0);
    else exitWatcher.watchChild(sandbox, launched.child);
  } else if (!(await isBooted(state, id, operation))) {
    // The machine went down before the content of the file was on disk, or the file has just been removed.
    if (await exists(paths.processFile(id, operation))) throw permanent('its process started and has exited');
    throw transient('its process could not be started: its process file was removed');
  }
}

/**
 * Whether the operation has its process, or had one that exited with code 0. Throws a permanent error when its process
 * ended in any other way.
 */
async function isBooted(state: SharedState, id: string, operation: number): Promise<boolean> {
  const processFile = await readProcessFile(state.paths.processFile(id, operation), operation);
  if (!processFile) return false;
  const known = state.tracked.get(id);
  if (known ? !(await state.exitWatcher.isAlive(known)) : !(await isProcessAlive(state, processFile))) {
    if (known?.ending?.exitCode !== 0) {
      const how = known?.ending?.reason ?? 'the end was not observed';
      throw permanent(`its process started and has exited: ${how}`);
    }
    // The host may not have committed the boot when the exit was reported.
    state.exitWatcher.reportEnded(known, 0);
    return true;
  }
  const sandbox = known ?? (await trackOrphan(state, id, processFile));
  // At a restart, a record without this boot made the driver pause the sandbox.
  if (sandbox.paused && sandbox.newestOperation === operation) {
    await continueProcesses(state, sandbox);
    sandbox.paused = false;
  }
  return true;
}

async function prepareFiles(state: SharedState, job: BootJob, signal: AbortSignal) {
  const { paths } = state;
  const { sandboxId: id, snapshotId, configuration } = job;
  const files = paths.files(id);
  await Promise.all(paths.parents.map((parent) => makePrivate(parent)));
  signal.throwIfAborted();
  if (snapshotId === null) return void (await mkdir(files, { recursive: true, mode: 0o700 }));

  await mkdir(paths.sandbox(id), { recursive: true, mode: 0o700 });
  if (await exists(files)) return;
  const snapshot = paths.snapshot(snapshotId);
  if (!(await exists(snapshot))) throw permanent(`The snapshot ${snapshotId} does not exist or was deleted.`);
  try {
    const { diskMb } = configuration.resources;
    const check = (size: FolderSize) =>
      mustFit(size, diskMb, `The files of the snapshot ${snapshotId}`, 'request a larger disk');
    const unfinished = `${files}-${randomUUID()}`;
    await copyFolder({ source: snapshot, unfinished, target: files, check }, signal);
  } catch (error) {
    // An earlier server may have completed the same copy first.
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
  }
}
