import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from '../../sync-folder.ts';
import type { Ownership } from '../driver.ts';
import { hasCode } from './failures.ts';

/** Creates the mark of the database that owns a process driver's folder: a file with its identity. */
export function createOwnership(file: string): Ownership {
  return { read: () => read(file), write: (identity) => write(file, identity) };
}

async function read(file: string): Promise<string | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
  const identity = text.trim();
  if (identity === '')
    throw new Error(`The file ${file} is empty; it must contain the identity of the database.`);
  return identity;
}

/** Writes the file at once and for ever: complete, on the disk, and only when there is none yet. */
async function write(file: string, identity: string): Promise<void> {
  const folder = dirname(file);
  const unfinished = `${file}.${randomUUID()}`;
  await mkdir(folder, { recursive: true });
  try {
    await writeDurably(unfinished, `${identity}\n`);
    await link(unfinished, file);
  } catch (error) {
    if (!hasCode(error, 'EEXIST') || (await read(file)) !== identity) throw error;
  } finally {
    await rm(unfinished, { force: true });
  }
  await syncFolder(folder);
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
