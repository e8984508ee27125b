import { join } from 'node:path';
import { moveFolder, namesIn } from './folders.ts';
import { removeFolder } from './remove-folder.ts';
import type { SharedState } from './shared-state.ts';

/** The pause between two removals of expired folders, in ms. */
const sweepIntervalMs = 60 * 60 * 1000;

/** Moves the folder of a sandbox without a record aside. An operator can move it back until it expires. */
export async function setAside(state: SharedState, id: string, folder: string): Promise<void> {
  await moveFolder(folder, state.paths.setAsideSandbox(id, Date.now()));
}

/** Removes the folders that were set aside longer ago than the limit, after a start and then at most once an hour. */
export function createSweep(state: SharedState): () => Promise<void> {
  let nextAt = 0;

  return async () => {
    const now = performance.now();
    if (now < nextAt) return;
    nextAt = now + sweepIntervalMs;
    const { setAside: folder } = state.paths;
    for (const name of await namesIn(folder)) {
      const [, at] = /^[0-9a-z]+-(\d+)-[0-9a-f]{8}$/.exec(name) ?? [];
      if (at !== undefined && Number(at) + state.setAsideMs <= Date.now())
        await removeFolder(join(folder, name));
    }
  };
}
