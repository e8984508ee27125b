import { randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { lstat, opendir, rename, rmdir, unlink } from 'node:fs/promises';
import { giveAccess } from './access.ts';
import { hasCode } from './failures.ts';

/** The most entries of one folder in memory. */
const batchEntries = 1_000;
/** The most files of one folder that are removed at the same time. */
const parallelFiles = 16;
/** Folders deeper than this below the removed folder first move up to it, so that recursion and paths stay short. */
const deepestLevel = 16;
/** The longest path below which folders are entered, in bytes. The system accepts about 4,000. */
const longestPathBytes = 3_000;
/** The most entries of one folder that may fail before the others are left for the next attempt. */
const mostFailures = 1_000;

/**
 * Removes a folder and its content, however deep, read-only and unreadable parts included. Ignores a missing folder, and
 * follows no links. When a part cannot be removed, removes the others first, then throws. Stops when the signal aborts.
 */
export async function removeFolder(folder: string, signal?: AbortSignal): Promise<void> {
  const root = Buffer.from(folder);
  try {
    if (!(await lstat(root)).isDirectory()) return await unlink(root);
    await removeLevel(root, { root, level: 0, signal });
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

interface Place {
  readonly root: Buffer;
  readonly level: number;
  readonly signal: AbortSignal | undefined;
}

async function removeLevel(folder: Buffer, place: Place): Promise<void> {
  await giveAccess(folder);
  const failures = new Map<string, unknown>();
  for (let vainLooks = 0; ; ) {
    place.signal?.throwIfAborted();
    const entries = await nextEntries(folder, failures);
    await removeEntries(folder, entries, place, failures);
    if (failures.size >= mostFailures || (entries.length === 0 && failures.size > 0))
      for (const failure of failures.values()) throw failure;
    if (entries.length === batchEntries || failures.size > 0) continue;
    // Folders may have moved up to here, and something may still create files.
    if (entries.length === 0) vainLooks++;
    if (await removeEmpty(folder, vainLooks < 3)) return;
  }
}

/** Some entries of a folder, without those that could not be removed. Holds no descriptor when it returns. */
async function nextEntries(
  folder: Buffer,
  failures: ReadonlyMap<string, unknown>,
): Promise<Dirent<Buffer>[]> {
  const entries: Dirent<Buffer>[] = [];
  // The declarations of Node omit the encoding `buffer`. File names are bytes, because they need not be valid text.
  const options = { encoding: 'buffer' as BufferEncoding, bufferSize: batchEntries };
  for await (const entry of await opendir(folder as unknown as string, options)) {
    const one = entry as unknown as Dirent<Buffer>;
    if (!failures.has(one.name.toString('latin1'))) entries.push(one);
    if (entries.length === batchEntries) break;
  }
  return entries;
}

async function removeEntries(
  folder: Buffer,
  entries: readonly Dirent<Buffer>[],
  place: Place,
  failures: Map<string, unknown>,
): Promise<void> {
  const attempt = async (entry: Dirent<Buffer>, remove: (path: Buffer) => Promise<void>) => {
    try {
      await remove(inside(folder, entry.name));
    } catch (error) {
      place.signal?.throwIfAborted();
      if (!hasCode(error, 'ENOENT')) failures.set(entry.name.toString('latin1'), error);
    }
  };
  const files = entries.filter((entry) => !entry.isDirectory());
  for (let from = 0; from < files.length; from += parallelFiles) {
    place.signal?.throwIfAborted();
    await Promise.all(files.slice(from, from + parallelFiles).map((file) => attempt(file, unlink)));
  }
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    place.signal?.throwIfAborted();
    await attempt(entry, (path) => removeBelow(path, place));
  }
}

async function removeBelow(folder: Buffer, place: Place): Promise<void> {
  const { root, level } = place;
  if (level < deepestLevel && folder.length <= longestPathBytes)
    return removeLevel(folder, { ...place, level: level + 1 });
  // Its parent entry is rewritten, which needs write access to the folder itself.
  await giveAccess(folder);
  await rename(folder, inside(root, Buffer.from(randomUUID())));
}

/** Removes an empty folder. Returns false when it is not empty, or throws when it should be. */
async function removeEmpty(folder: Buffer, mayBeFull: boolean): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    if (!mayBeFull || !hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
    return false;
  }
}

function inside(folder: Buffer, name: Buffer): Buffer {
  return Buffer.concat([folder, Buffer.from('/'), name]);
}
