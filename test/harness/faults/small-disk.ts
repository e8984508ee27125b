import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Missing } from './tools.ts';

/** A small file system in memory, which only the commands of a test see. It ends with the process of the test. */
export interface SmallDisk {
  /** Its folder, for those commands. */
  readonly folder: string;
  /** The words before a command that sees it. Relative paths do not work for it. */
  readonly command: readonly string[];
  /** Writes a file of this size on it. */
  fill(name: string, bytes: number): void;
  /** Removes a file. */
  free(name: string): void;
  remove(): Promise<void>;
}

/** Creates a file system of this size. It needs the right to mount, and the commands `unshare`, `nsenter` and `mount`. */
export async function createSmallDisk(bytes: number): Promise<SmallDisk | Missing> {
  if (process.platform !== 'linux')
    return { skipped: 'a file system in memory can be mounted on Linux only' };
  const folder = mkdtempSync(join(tmpdir(), 'small-disk-'));
  const script = 'mount -t tmpfs -o "size=$1,mode=700" tmpfs "$2" && echo mounted && exec cat';
  // It holds the mount, and ends when the pipe of its input closes with this process.
  const holder = spawn('unshare', ['--mount', 'sh', '-c', script, 'sh', String(bytes), folder], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const isMounted = await Promise.race([
    once(holder.stdout, 'data').then(() => true),
    once(holder, 'exit').then(() => false),
    once(holder, 'error').then(() => false),
  ]);
  if (!isMounted || !hasCommand('nsenter')) {
    holder.kill();
    rmdirSync(folder);
    return { skipped: 'this user may not mount a file system' };
  }
  const seen = (name: string) => join(`/proc/${holder.pid}/root`, folder, name);
  return {
    folder,
    command: ['nsenter', '--target', String(holder.pid), '--mount', '--'],
    fill: (name, size) => writeFileSync(seen(name), Buffer.alloc(size)),
    free: (name) => rmSync(seen(name)),
    async remove() {
      const ended = once(holder, 'exit');
      holder.stdin.end();
      await ended;
      rmdirSync(folder);
    },
  };
}

function hasCommand(name: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, name)));
}
