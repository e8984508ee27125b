import { constants, type Stats } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, readdir, readlink, symlink, utimes } from 'node:fs/promises';
import { moveFolder, removeFolder } from './folders.ts';

/**
 * Copies a folder to a target that does not exist yet, and returns the total size of its files in bytes. Copies links
 * as links; skips sockets, pipes and devices. The target is complete or missing, even when the server goes down: the
 * copy grows as `unfinished`, which is removed on an error, or at once when the signal aborts.
 */
export async function copyFolder(
  source: string,
  unfinished: string,
  target: string,
  signal: AbortSignal,
): Promise<number> {
  try {
    const bytes = await copy(Buffer.from(source), Buffer.from(unfinished), signal);
    signal.throwIfAborted();
    // Moving a folder needs write permission, and the process may have made its folder read-only.
    await chmod(unfinished, (await lstat(unfinished)).mode | 0o700);
    await moveFolder(unfinished, target);
    return bytes;
  } catch (error) {
    await removeFolder(unfinished);
    throw error;
  }
}

// File names are bytes, because they need not be valid text.
async function copy(source: Buffer, target: Buffer, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  const stats = await lstat(source);
  if (stats.isSymbolicLink()) return copyLink(source, target);
  if (stats.isFile()) return copyOne(source, target, stats, signal);
  if (stats.isDirectory()) return copyEntries(source, target, stats, signal);
  return 0;
}

async function copyLink(source: Buffer, target: Buffer): Promise<number> {
  await symlink(await readlink(source, { encoding: 'buffer' }), target);
  return 0;
}

async function copyOne(source: Buffer, target: Buffer, stats: Stats, signal: AbortSignal): Promise<number> {
  // On a file system that shares blocks between copies, this takes neither time nor space.
  await orAborted(copyFile(source, target, constants.COPYFILE_FICLONE), signal);
  await utimes(target, stats.atime, stats.mtime);
  return stats.size;
}

async function copyEntries(
  source: Buffer,
  target: Buffer,
  stats: Stats,
  signal: AbortSignal,
): Promise<number> {
  await mkdir(target, 0o700);
  let bytes = 0;
  for (const name of await readdir(source, { encoding: 'buffer' })) {
    bytes += await copy(inside(source, name), inside(target, name), signal);
  }
  // Last, because the original may be read-only, and each entry changes the modification time.
  await chmod(target, stats.mode & 0o7777);
  await utimes(target, stats.atime, stats.mtime);
  return bytes;
}

/** The total size of the files in a folder, in bytes. */
export async function sizeOfFolder(folder: string | Buffer): Promise<number> {
  const path = Buffer.from(folder);
  const stats = await lstat(path);
  if (!stats.isDirectory()) return stats.isFile() ? stats.size : 0;
  let bytes = 0;
  for (const name of await readdir(path, { encoding: 'buffer' }))
    bytes += await sizeOfFolder(inside(path, name));
  return bytes;
}

function inside(folder: Buffer, name: Buffer): Buffer {
  return Buffer.concat([folder, Buffer.from('/'), name]);
}

/** Rejects as soon as the signal aborts, without waiting for a large file. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
