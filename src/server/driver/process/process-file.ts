import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from './failures.ts';
import { namesIn } from './folders.ts';

/** What a process file holds: which process an operation started. Pid and start together name it for ever. */
export interface ProcessFile {
  readonly operation: number;
  readonly pid: number;
  readonly start: string;
}

/** The process file that an operation left, or undefined when it never came that far. */
export async function readProcessFile(file: string, operation: number): Promise<ProcessFile | undefined> {
  const [, pid, start] = /^(\d+) (.+)\n$/.exec(await readText(file)) ?? [];
  // Pids 0 and 1, negated for a signal, would mean "my own group" and "everyone".
  if (start === undefined || !Number.isSafeInteger(Number(pid)) || Number(pid) <= 1) return undefined;
  return { operation, pid: Number(pid), start: start.trim() };
}

/** The process files in a sandbox's folder, newest operation first: also those that a start has written, but not published. */
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
