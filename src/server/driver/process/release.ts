import type { ReleaseJob } from '../driver.ts';
import { moveFolder } from './folders.ts';
import { readProcessFiles } from './process-file.ts';
import { removeFolder } from './remove-folder.ts';
import { targetsOf } from './sandbox-processes.ts';
import { setAside } from './set-aside.ts';
import type { SharedState } from './shared-state.ts';
import { killProcesses } from './signals.ts';

/** Kills all processes of a sandbox and removes its folder. The folder of a sandbox without a record is set aside instead. */
export async function release(state: SharedState, job: ReleaseJob, signal: AbortSignal): Promise<void> {
  const { sandboxId: id, operation } = job;
  const { paths, tracked, exitWatcher, reports } = state;
  const known = tracked.get(id);
  // From here on its end was requested.
  if (known) exitWatcher.unwatch(known);
  reports.forget(id);

  const away = paths.releasedSandbox(id);
  // First clear the rest of an interrupted release. Then move the folder away atomically. A start in progress, even by
  // a server that went down, has published its process before the move and is found, or can no longer publish it.
  await clear(state, job, away, signal);
  if (await moveFolder(paths.sandbox(id), away)) await clear(state, job, away, signal);
  state.cgroups.remove(paths.cgroup(id));
  state.released.add(id, Math.max(operation, known?.newestOperation ?? 0));
  tracked.delete(id);
}

async function clear(
  state: SharedState,
  { sandboxId: id, operation }: ReleaseJob,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const known = state.tracked.get(id);
  const processFiles = [...(known ? [known.processFile] : []), ...(await readProcessFiles(folder))];
  await killProcesses(state, targetsOf(state.paths, id, processFiles), signal);
  if (operation === 0) await setAside(state, id, folder);
  else await removeFolder(folder, signal);
}
