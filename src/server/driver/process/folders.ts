import { chmod, lstat, mkdir, readdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { orWithAccess } from './access.ts';
import { hasCode } from './failures.ts';

/** Whether a path exists. Does not follow links. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Creates a folder that only the user of the server can enter. Also an existing one becomes private. */
export async function makePrivate(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (((await lstat(folder)).mode & 0o077) !== 0) await chmod(folder, 0o700);
}

/** The names in a folder of the driver. Empty when the folder is missing or is a file. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await orWithAccess(folder, () => readdir(folder));
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

/** Renames a folder atomically. Returns whether it existed. */
export async function moveFolder(from: string, to: string): Promise<boolean> {
  // A missing parent would look like a missing folder.
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  try {
    await orWithAccess(from, () => rename(from, to));
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}
