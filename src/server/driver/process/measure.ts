import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { permanent } from '../failures.ts';
import { createHardLinks, type HardLinks } from './hard-links.ts';

const bytesPerMb = 1024 * 1024;
/** The unit of `Stats.blocks`, on every file system, in bytes. */
const bytesPerBlock = 512;

/** The size of the files in a folder. A file with several names counts once. */
export interface FolderSize {
  /** The content of the files, holes included. */
  readonly sizeBytes: number;
  /** Their space on the disk, without holes. */
  readonly diskBytes: number;
}

/** Measures the files in a folder. Follows no links. */
export async function measureFolder(folder: string, signal?: AbortSignal): Promise<FolderSize> {
  const total = { sizeBytes: 0, diskBytes: 0 };
  await addTo(total, Buffer.from(folder), createHardLinks(), signal);
  return total;
}

async function addTo(
  total: { sizeBytes: number; diskBytes: number },
  path: Buffer,
  links: HardLinks,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const stats = await lstat(path);
  if (stats.isDirectory()) {
    for (const name of await readdir(path, { encoding: 'buffer' }))
      await addTo(total, inside(path, name), links, signal);
  }
  if (!stats.isFile() || (await links.earlier(path, stats, path))) return;
  total.sizeBytes += stats.size;
  total.diskBytes += stats.size - holeBytesOf(stats);
}

/** How many bytes of a file take no place on the disk. */
export function holeBytesOf({ size, blocks }: Stats): number {
  return Math.max(0, size - blocks * bytesPerBlock);
}

/** Throws a permanent error when files do not fit on the disk of a sandbox. `remedy` completes the sentence. */
export function mustFit({ diskBytes }: FolderSize, diskMb: number, what: string, remedy: string): void {
  if (diskBytes <= diskMb * bytesPerMb) return;
  const neededMb = Math.ceil(diskBytes / bytesPerMb);
  throw permanent(`${what} take ${neededMb} MB, more than the ${diskMb} MB of resources.disk_mb; ${remedy}.`);
}

/** The path of an entry. File names are bytes, because they need not be valid text. */
export function inside(folder: Buffer, name: Buffer): Buffer {
  return Buffer.concat([folder, Buffer.from('/'), name]);
}
