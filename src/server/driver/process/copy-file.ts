import { spawn } from 'node:child_process';
import { constants, type Stats } from 'node:fs';
import { chmod, copyFile, type FileHandle, lchown, open, rm, utimes } from 'node:fs/promises';
import { hasCode } from './failures.ts';
import { holeBytesOf } from './measure.ts';

/** Files up to this size are copied in one call, in bytes. A call cannot be aborted, and holds a thread of the server. */
const smallBytes = 1024 * 1024;
/** Holes of at least this size are kept, in bytes. */
const pieceBytes = 64 * 1024;
/** Files with more holes than this are copied by `cp`, which skips holes without reading them, in bytes. */
const longHolesBytes = 64 * 1024 * 1024;
const zeros = Buffer.alloc(pieceBytes);

/** Copies one file with its holes, times, mode and, as root, its owner. Ends soon after the signal aborts. */
export async function copyOneFile(
  source: Buffer,
  target: Buffer,
  stats: Stats,
  signal: AbortSignal,
): Promise<void> {
  const holes = holeBytesOf(stats);
  const isPlain = stats.size <= smallBytes && holes < pieceBytes;
  // On a file system that shares blocks between copies, this takes neither time nor space.
  const { COPYFILE_FICLONE, COPYFILE_FICLONE_FORCE } = constants;
  if (isPlain) await copyFile(source, target, COPYFILE_FICLONE);
  else if (!(await isCloned(copyFile(source, target, COPYFILE_FICLONE_FORCE))))
    await copyContent(source, target, holes, signal);
  await copyAttributes(target, stats);
}

async function isCloned(copy: Promise<void>): Promise<boolean> {
  try {
    await copy;
    return true;
  } catch (error) {
    if (hasCode(error, 'EACCES', 'EMFILE', 'ENFILE', 'ENOENT')) throw error;
    return false;
  }
}

async function copyContent(
  source: Buffer,
  target: Buffer,
  holes: number,
  signal: AbortSignal,
): Promise<void> {
  await rm(target as unknown as string, { force: true });
  // The program cannot put a pipe or a link in the place of the file, which would block the server or lead elsewhere.
  const from = await open(source, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const to = await open(target, 'wx', 0o600);
    try {
      if (holes >= longHolesBytes && (await isCopiedByProgram(from, to, signal))) return;
      await copyPieces(from, to, holes >= pieceBytes, signal);
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

/** Copies with `cp` of GNU. Returns false when this system has another one, or when it failed. */
function isCopiedByProgram(from: FileHandle, to: FileHandle, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn('cp', ['--sparse=always', '/dev/fd/0', '/dev/fd/3'], {
      stdio: [from.fd, 'ignore', 'ignore', to.fd],
    });
    const abort = () => child.kill('SIGKILL');
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    const end = (isCopied: boolean) => {
      signal.removeEventListener('abort', abort);
      if (signal.aborted) reject(signal.reason);
      else resolve(isCopied);
    };
    child.once('error', () => end(false));
    child.once('exit', (code) => end(code === 0));
  });
}

/** Copies piece by piece. With `keepHoles`, leaves out those that contain only zeros. */
export async function copyPieces(
  from: FileHandle,
  to: FileHandle,
  keepHoles: boolean,
  signal: AbortSignal,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(smallBytes);
  await to.truncate(0);
  for (let position = 0; ; ) {
    signal.throwIfAborted();
    const { bytesRead } = await from.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return to.truncate(position);
    for (let start = 0; start < bytesRead; start += pieceBytes) {
      const piece = buffer.subarray(start, Math.min(start + pieceBytes, bytesRead));
      const isHole = keepHoles && piece.equals(zeros.subarray(0, piece.length));
      if (!isHole) await writeAll(to, piece, position + start);
    }
    position += bytesRead;
  }
}

async function writeAll(to: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await to.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Gives a copy the owner, the mode and the times of its original. */
export async function copyAttributes(target: Buffer, stats: Stats): Promise<void> {
  // The mode last: a change of the owner clears parts of it.
  const isOwned = await isGivenTo(target, stats);
  await chmod(target, stats.mode & (isOwned ? 0o7777 : 0o1777));
  await utimes(target, stats.atime, stats.mtime);
}

/** Gives a copy the owner of its original, which only root can do. Returns whether it has that owner. */
async function isGivenTo(target: Buffer, { uid, gid }: Stats): Promise<boolean> {
  if (uid === process.geteuid?.() && gid === process.getegid?.()) return true;
  try {
    await lchown(target, uid, gid);
    return true;
  } catch (error) {
    if (hasCode(error, 'EPERM', 'EINVAL')) return false;
    throw error;
  }
}
