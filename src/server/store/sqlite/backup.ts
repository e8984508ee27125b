import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type FileHandle, link, open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../../sync-folder.ts';
import { BackupError } from '../errors.ts';
import type { Backup } from '../store.ts';
import { type Database, onlineBackup } from './database.ts';
import { finishCopy } from './finish-copy.ts';

/** Makes backups of one database, one at a time. */
export interface Backups {
  /** Copies the database to a new file. Throws {@link BackupError}, and then leaves no file behind. */
  run(path: string): Promise<Backup>;
  /** Stops a backup in progress, and waits until it no longer uses the database. */
  close(): Promise<void>;
}

/** Creates the backups of an open database. Commits continue meanwhile, and the backup has them. */
export function createBackups(database: Database): Backups {
  const stop = new AbortController();
  let running: Promise<Backup> | undefined;
  return {
    async run(path) {
      if (running) throw new BackupError('A backup is already in progress; wait until it has ended.');
      running = backUp(database, path, stop.signal);
      try {
        return await running;
      } finally {
        running = undefined;
      }
    },
    async close() {
      stop.abort();
      await running?.catch(() => {});
    },
  };
}

/**
 * Copies an open database to a new file: complete, checked and on disk, or not at all. The copy has a temporary name until
 * then.
 */
export async function backUp(database: Database, path: string, signal: AbortSignal): Promise<Backup> {
  const unfinished = `${path}.${randomUUID()}.unfinished`;
  if (existsSync(path)) throw exists(path);
  const file = await createFile(unfinished, path);
  try {
    await copyTo(database, unfinished, file, signal);
    const found = await finishCopy(unfinished);
    await file.sync();
    // Unlike a rename, a link replaces no file that another program has created meanwhile.
    await link(unfinished, path);
    await syncFolder(dirname(path));
    return { path, bytes: (await stat(path)).size, ...found };
  } catch (error) {
    throw signal.aborted ? stopped(path) : asBackupError(error, path);
  } finally {
    await file.close();
    for (const suffix of ['', '-journal', '-wal', '-shm']) await rm(unfinished + suffix, { force: true });
  }
}

/** Only the owner can read the file: it has all records of all namespaces. */
async function createFile(unfinished: string, path: string): Promise<FileHandle> {
  try {
    return await open(unfinished, 'wx+', 0o600);
  } catch (error) {
    throw asBackupError(error, path);
  }
}

/**
 * Copies in steps, between which the event loop continues. Other threads write the copy to disk meanwhile: at the end SQLite
 * syncs it, and commits wait for that.
 */
async function copyTo(
  database: Database,
  path: string,
  file: FileHandle,
  signal: AbortSignal,
): Promise<void> {
  let syncing: Promise<void> | undefined;
  let failure: unknown;
  const progress = () => {
    signal.throwIfAborted();
    syncing ??= file
      .datasync()
      .catch((error: unknown) => {
        failure = error;
      })
      .finally(() => {
        syncing = undefined;
      });
  };
  signal.throwIfAborted();
  await onlineBackup(database, path, progress);
  await syncing;
  if (failure !== undefined) throw failure;
}

function exists(path: string): BackupError {
  return new BackupError(`${path} already exists, and a backup replaces no file; choose another name.`);
}

function stopped(path: string): BackupError {
  return new BackupError(`The server stopped before the backup ${path} was complete.`);
}

function asBackupError(cause: unknown, path: string): BackupError {
  if (cause instanceof BackupError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'EEXIST') return exists(path);
  const reason = code === 'ENOENT' ? `the folder ${dirname(path)} does not exist` : message;
  return new BackupError(`Cannot write the backup ${path}: ${reason}.`, { cause });
}
