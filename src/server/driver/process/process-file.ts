import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from './failures.ts';
import { namesIn } from './folders.ts';

/**
 * The content of a process file: the process that an operation started. Pid and start together identify it for ever.
 */
export interface ProcessFile {
  readonly operation: number;
  readonly pid: number;
  readonly start: string;
}

/** Reads the process file of an operation; undefined when the operation did not publish one. */
export async function readProcessFile(file: string, operation: number): Promise<ProcessFile | undefined> {
  const [, pid, start] = /^(\d+) (.+)\n$/.exec(await readText(file)) ?? [];
  // Pids 0 and 1, negated for a signal, would mean "my own group" and "every process".
  if (start === undefined || !Number.isSafeInteger(Number(pid)) || Number(pid) <= 1) return undefined;
  return { operation, pid: Number(pid), start: start.trim() };
}

/** Reads the process files in a sandbox's folder, newest operation first, including written but unpublished ones. */
export async function readProcessFiles(folder: string): Promise<ProcessFile[]> {
  const processFiles = (await namesIn(folder)).map((name) => {
    const [, operation] = /^process-(\d+)(\.\d+)?$/.exec(name) ?? [];
    return operation === undefined ? undefined : readProcessFile(join(folder, name), Number(operation));
  });
  return (await Promise.all(processFiles))
    .filter((processFile) => processFile !== undefined)
    .sort((one, other) => other.operation - one.operation);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return '';
    throw error;
  }
}
