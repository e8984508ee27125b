import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';

/** The files of one walk that have several names. */
export interface HardLinks {
  /** The value that came with the first name of a file. Undefined for a first name, whose value it remembers. */
  earlier(path: Buffer, stats: Stats, value: Buffer): Promise<Buffer | undefined>;
}

/** Creates the list for one walk. Forgets a file as soon as all its names were seen. */
export function createHardLinks(): HardLinks {
  const files = new Map<string, { readonly value: Buffer; left: bigint }>();
  return {
    async earlier(path, stats, value) {
      if (stats.nlink < 2) return undefined;
      // As numbers, two long inode numbers could look the same.
      const { dev, ino, nlink } = await lstat(path, { bigint: true });
      const key = `${dev}:${ino}`;
      const known = files.get(key);
      if (!known) {
        files.set(key, { value, left: nlink - 1n });
        return undefined;
      }
      known.left -= 1n;
      if (known.left <= 0n) files.delete(key);
      return known.value;
    },
  };
}
