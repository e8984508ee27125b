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

/**
 * After a start, and then at most once an hour: removes the folders that were set aside longer ago than the limit, and what
 * interrupted deletions of snapshots have left.
 */
export function createSweep({ paths, setAsideMs }: SharedState): () => Promise<void> {
  let nextAt = 0;

  return async () => {
    const now = performance.now();
    if (now < nextAt) return;
    nextAt = now + sweepIntervalMs;
    const old = (await namesIn(paths.setAside)).filter((name) => {
      const [, at] = /^[0-9a-z]+-(\d+)-[0-9a-f]{8}$/.exec(name) ?? [];
      return at !== undefined && Number(at) + setAsideMs <= Date.now();
    });
    const folders = [...(await paths.releasedSnapshots()), ...old.map((name) => join(paths.setAside, name))];
    // A folder that cannot be removed now is removed later.
    for (const folder of folders) await removeFolder(folder).catch(() => {});
  };
}
