import { readFileSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { UsageError } from '../help.ts';
import { checkText } from './check-trace-file.ts';

/** Checks a server's data folder, and says what it found. */
export type CheckData = (folder: string) => Promise<void> | void;

/**
 * Checks a trace (a file of JSON lines, or `-` for what comes in), or a server's data folder. The exit code is 0 when all
 * is legal, 1 when something is not, 2 when it cannot be read.
 */
export async function check(args: readonly string[], checkData: CheckData): Promise<void> {
  const { sampled, path } = readOptions(args);
  if (path !== '-' && isFolder(path)) {
    if (sampled) throw new UsageError(`--sampled is for traces, and ${path} is a folder.`);
    await checkData(path);
    return;
  }
  const text = read(path);
  if (text === undefined) return;
  const { code, said } = checkText(text, path === '-' ? 'line' : path, sampled);
  (code === 0 ? console.log : console.error)(said);
  process.exitCode = code;
}

function readOptions(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { sampled: { type: 'boolean' } },
      allowPositionals: true,
    });
    const [path, ...more] = positionals;
    if (path === undefined || more.length > 0) throw new UsageError('check takes one file or folder.');
    return { sampled: values.sampled ?? false, path };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError((error as Error).message);
  }
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

function read(path: string): string | undefined {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    console.error(`${path} cannot be read: ${(error as Error).message}`);
    process.exitCode = 2;
    return undefined;
  }
}
