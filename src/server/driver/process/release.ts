import type { ReleaseJob } from '../driver.ts';
import { moveFolder, removeFolder } from './folders.ts';
import { readProcessFiles } from './process-file.ts';
import type { SharedState } from './shared-state.ts';
import { killGroup } from './signals.ts';

/** Kills all the processes of a sandbox and removes its folder. */
export async function release(
  platform: SharedState,
  { sandboxId: id, operation }: ReleaseJob,
  signal: AbortSignal,
): Promise<void> {
  const { paths, tracked, follower, reports } = platform;
  const known = tracked.get(id);
  // From here on its end is asked for.
  if (known) follower.leave(known);
  reports.forget(id);

  const away = paths.releasedSandbox(id);
  // First what a release that was cut short has left. Then the folder moves away in one step: a start under way, even
  // one by a server that has gone down, has published its process before it, and is found, or cannot do so any more.
  await clear(platform, id, away, signal);
  if (await moveFolder(paths.sandbox(id), away)) await clear(platform, id, away, signal);
  platform.released.add(id, Math.max(operation, known?.done ?? 0));
  tracked.delete(id);
}

async function clear(platform: SharedState, id: string, folder: string, signal: AbortSignal): Promise<void> {
  const known = platform.tracked.get(id);
  const marks = [...(known ? [known.mark] : []), ...(await readProcessFiles(folder))];
  await killGroup(platform, { id, home: platform.paths.files(id), marks }, signal);
  await removeFolder(folder);
}
