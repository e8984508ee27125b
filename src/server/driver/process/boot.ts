import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { BootJob } from '../driver.ts';
import { lasting, passing } from '../failures.ts';
import { commandOf } from './command.ts';
import { copyFolder } from './copy.ts';
import { environmentOf } from './environment.ts';
import { hasCode } from './failures.ts';
import { isMarkAlive, takeUp } from './find-process.ts';
import { exists } from './folders.ts';
import { launch } from './launch.ts';
import { readProcessFile } from './process-file.ts';
import type { SharedState } from './shared-state.ts';
import { continueGroup } from './signals.ts';
import { track } from './tracked.ts';

/** Brings a sandbox up: its folder, its files, its process. Does nothing where this operation has a process already. */
export async function boot(platform: SharedState, job: BootJob, signal: AbortSignal): Promise<void> {
  const { paths, tracked, follower } = platform;
  const { sandboxId: id, operation, configuration } = job;
  if (platform.released.isOver(id, operation)) throw lasting(`The sandbox ${id} has been released since.`);
  if (await isBooted(platform, id, operation)) return;

  const env = environmentOf(id, paths.files(id));
  await prepareFiles(platform, id, job.snapshotId, signal);
  const command = await commandOf(configuration.entrypoint, paths.files(id), env['PATH'] ?? '');
  const launched = await launch(platform, {
    operation,
    command,
    env,
    files: paths.files(id),
    output: paths.output(id),
    processFile: paths.processFile(id, operation),
    signal,
  });
  if (launched) {
    const sandbox = track(id, paths.files(id), launched.mark);
    tracked.set(id, sandbox);
    follower.child(sandbox, launched.child);
  } else if (!(await isBooted(platform, id, operation))) {
    // The machine itself went down before the file's content was on the disk, or someone removed it just now.
    if (await exists(paths.processFile(id, operation))) throw lasting('its process ran and is gone');
    throw passing('its process could not be started: its process file came and went');
  }
}

/** Whether the operation has its process. Throws, not to be tried again, when it had one that is gone. */
async function isBooted(platform: SharedState, id: string, operation: number): Promise<boolean> {
  const mark = await readProcessFile(platform.paths.processFile(id, operation), operation);
  if (!mark) return false;
  const known = platform.tracked.get(id);
  if (known ? !(await platform.follower.isAlive(known)) : !(await isMarkAlive(platform, mark))) {
    throw lasting(`its process ran and is gone: ${known?.ended ?? 'it ended while nobody looked'}`);
  }
  const sandbox = known ?? takeUp(platform, id, mark);
  // A record that never heard of the boot had it paused, at a restart.
  if (sandbox.paused && sandbox.done === operation) {
    await continueGroup(platform, sandbox);
    sandbox.paused = false;
  }
  return true;
}

async function prepareFiles(
  platform: SharedState,
  id: string,
  snapshotId: string | null,
  signal: AbortSignal,
) {
  const { paths } = platform;
  const files = paths.files(id);
  await Promise.all(paths.parents.map((parent) => mkdir(parent, { recursive: true })));
  signal.throwIfAborted();
  if (snapshotId === null) return void (await mkdir(files, { recursive: true }));

  await mkdir(paths.sandbox(id), { recursive: true });
  if (await exists(files)) return;
  const snapshot = paths.snapshot(snapshotId);
  if (!(await exists(snapshot))) throw lasting(`The snapshot ${snapshotId} is not there (any more).`);
  try {
    await copyFolder(snapshot, `${files}-${randomUUID()}`, files, signal);
  } catch (error) {
    // Another server, gone meanwhile, may have put it there first: just as complete.
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
  }
}
