import { chmod, lstat } from 'node:fs/promises';
import { hasCode } from './failures.ts';

/**
 * Gives the user of the server full access to a folder or a file of the driver, and no access to others. Follows no links.
 */
export async function giveAccess(path: string | Buffer): Promise<void> {
  const stats = await lstat(path);
  const mode = stats.isDirectory() ? 0o700 : stats.isFile() ? 0o600 : undefined;
  if (mode !== undefined && (stats.mode & mode) !== mode) await chmod(path, mode);
}

/**
 * Does something with a folder or a file of the driver. When it has no access, because the program of the sandbox took it
 * away, does it once more with access.
 */
export async function orWithAccess<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!hasCode(error, 'EACCES', 'EPERM')) throw error;
    await giveAccess(path);
    return act();
  }
}
