import type { Stats } from 'node:fs';
import { chmod, link, lstat, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import type { DriverError } from '../driver.ts';
import { permanent } from '../failures.ts';
import { copyAttributes, copyOneFile } from './copy-file.ts';
import { hasCode } from './failures.ts';
import { moveFolder } from './folders.ts';
import { createHardLinks, type HardLinks } from './hard-links.ts';
import { type FolderSize, inside, measureFolder } from './measure.ts';
import { removeFolder } from './remove-folder.ts';

/** A copy to make. */
interface FolderCopy {
  readonly source: string;
  /** Where the copy grows. It is removed on an error, or soon after the signal aborts. */
  readonly unfinished: string;
  /** Does not exist yet. It is complete or missing, even when the server goes down. */
  readonly target: string;
  /** Throws when the files are too large to be copied. */
  readonly check: (size: FolderSize) => void;
}

/**
 * Copies a folder, and returns the size of its files in bytes. Keeps holes, hard links, modes and times; copies links as
 * links; skips sockets, pipes and devices. Throws a permanent error when a part cannot be copied.
 */
export async function copyFolder(job: FolderCopy, signal: AbortSignal): Promise<number> {
  const { source, unfinished, target, check } = job;
  try {
    // A link in its place would lead out of the sandbox.
    if (!(await lstat(source)).isDirectory())
      throw permanent('The folder with the files was replaced by something else, so it cannot be copied.');
    const size = await measureFolder(source, signal);
    check(size);
    await copy(Buffer.from(source), Buffer.from(unfinished), { links: createHardLinks(), signal });
    signal.throwIfAborted();
    // Moving a folder needs write permission, and the process may have made its folder read-only.
    await chmod(unfinished, (await lstat(unfinished)).mode | 0o700);
    await moveFolder(unfinished, target);
    return size.sizeBytes;
  } catch (error) {
    await removeFolder(unfinished);
    throw impossibleCopy(error, source) ?? error;
  }
}

/** The permanent error for a folder that can never be copied as it is. */
function impossibleCopy(error: unknown, source: string): DriverError | undefined {
  if (hasCode(error, 'ENAMETOOLONG'))
    return permanent(
      'The files are nested deeper than a path can be long; remove the deepest folders.',
      error,
    );
  const path = error instanceof Error && 'path' in error ? String(error.path) : '';
  if (!hasCode(error, 'EACCES') || !path.startsWith(`${source}/`)) return undefined;
  const name = JSON.stringify(path.slice(source.length + 1));
  return permanent(`The server cannot read ${name}, so it cannot be copied; make it readable.`, error);
}

interface Walk {
  readonly links: HardLinks;
  readonly signal: AbortSignal;
}

async function copy(source: Buffer, target: Buffer, walk: Walk): Promise<void> {
  walk.signal.throwIfAborted();
  const stats = await lstat(source);
  if (stats.isSymbolicLink()) await symlink(await readlink(source, { encoding: 'buffer' }), target);
  else if (stats.isDirectory()) await copyEntries(source, target, stats, walk);
  else if (stats.isFile()) {
    const first = await walk.links.earlier(source, stats, target);
    if (first === undefined || !(await isLinked(first, target)))
      await copyOneFile(source, target, stats, walk.signal);
  }
}

/** Gives a copy another name. Returns false where that is impossible; the name then becomes a file of its own. */
async function isLinked(file: Buffer, name: Buffer): Promise<boolean> {
  try {
    await link(file, name);
    return true;
  } catch (error) {
    if (hasCode(error, 'EMLINK', 'EPERM', 'ENOTSUP', 'ENOSYS')) return false;
    throw error;
  }
}

async function copyEntries(source: Buffer, target: Buffer, stats: Stats, walk: Walk): Promise<void> {
  await mkdir(target, 0o700);
  for (const name of await readdir(source, { encoding: 'buffer' }))
    await copy(inside(source, name), inside(target, name), walk);
  // Last, because the original may be read-only, and each entry changes the modification time.
  await copyAttributes(target, stats);
}
