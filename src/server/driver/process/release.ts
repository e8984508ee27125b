import type { ReleaseJob } from '../driver.ts';
import { moveFolder, removeFolder } from './folders.ts';
import { readProcessFiles } from './process-file.ts';
import type { SharedState } from './shared-state.ts';
import { killProcesses } from './signals.ts';

/** Kills all processes of a sandbox and removes its folder. */
export async function release(
  state: SharedState,
  { sandboxId: id, operation }: ReleaseJob,
  signal: AbortSignal,
): Promise<void> {
  const { paths, tracked, exitWatcher, reports } = state;
  const known = tracked.get(id);
  // From here on its end was requested.
  if (known) exitWatcher.unwatch(known);
  reports.forget(id);

  const away = paths.releasedSandbox(id);
  // First clear the rest of an interrupted release. Then move the folder away atomically. A start in progress, even by
  // a server that went down, has published its process before the move and is found, or can no longer publish it.
  await clear(state, id, away, signal);
  if (await moveFolder(paths.sandbox(id), away)) await clear(state, id, away, signal);
  state.released.add(id, Math.max(operation, known?.newestOperation ?? 0));
  tracked.delete(id);
}

async function clear(state: SharedState, id: string, folder: string, signal: AbortSignal): Promise<void> {
  const known = state.tracked.get(id);
  const processFiles = [...(known ? [known.processFile] : []), ...(await readProcessFiles(folder))];
  await killProcesses(state, { id, home: state.paths.files(id), processFiles }, signal);
  await removeFolder(folder);
}
