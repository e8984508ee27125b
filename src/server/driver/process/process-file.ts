import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { orWithAccess } from './access.ts';
import { hasCode } from './failures.ts';
import { namesIn } from './folders.ts';

/**
 * The content of a process file: the process that an operation started. Pid and start together identify it for ever.
 */
export interface ProcessFile {
  readonly operation: number;
  readonly pid: number;
  readonly start: string;
  /** Whether the operation has taken effect. A start that was interrupted leaves an unpublished file. */
  readonly isPublished: boolean;
}

/** More than a process file has, in bytes. */
const longestBytes = 1_000;

/** Reads the process file of an operation; undefined when the operation did not publish one. */
export async function readProcessFile(file: string, operation: number): Promise<ProcessFile | undefined> {
  return parseProcessFile(await readText(file), operation);
}

/** Reads the process files in a sandbox's folder, newest operation first, including written but unpublished ones. */
export async function readProcessFiles(folder: string): Promise<ProcessFile[]> {
  const processFiles = (await namesIn(folder)).map(async (name) => {
    const [, operation, unpublished] = /^process-(\d+)(\.\d+)?$/.exec(name) ?? [];
    if (operation === undefined) return undefined;
    const processFile = await readProcessFile(join(folder, name), Number(operation));
    return processFile && { ...processFile, isPublished: unpublished === undefined };
  });
  return (await Promise.all(processFiles))
    .filter((processFile) => processFile !== undefined)
    .sort((one, other) => other.operation - one.operation);
}

/** Parses the content of a published process file; undefined when it is incomplete. */
export function parseProcessFile(text: string, operation: number): ProcessFile | undefined {
  const [, pid, start] = /^(\d+) (.+)\n$/.exec(text) ?? [];
  // Pids 0 and 1, negated for a signal, would mean "my own group" and "every process".
  if (start === undefined || !Number.isSafeInteger(Number(pid)) || Number(pid) <= 1) return undefined;
  return { operation, pid: Number(pid), start: start.trim(), isPublished: true };
}

async function readText(file: string): Promise<string> {
  try {
    return await orWithAccess(dirname(file), () => orWithAccess(file, () => readPlainFile(file)));
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENXIO')) return '';
    throw error;
  }
}

/**
 * Reads the text of a file in a sandbox's folder. The program of the sandbox can replace it: a pipe would block a thread of
 * the server, and a large file would fill its memory. So neither is read.
 */
async function readPlainFile(file: string): Promise<string> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    return stats.isFile() && stats.size <= longestBytes ? await handle.readFile('utf8') : '';
  } finally {
    await handle.close();
  }
}
