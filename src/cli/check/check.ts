import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import { postgresUrl } from '../values.ts';
import { checkTraceText } from './check-trace-file.ts';
import type { CheckFlags } from './command.ts';

/** Checks a server's data folder and prints the result. */
export type CheckData = (folder: string) => Promise<void> | void;

/** The database is loaded for a folder only. */
const loadAndCheckData: CheckData = async (folder) => {
  await (await import('./check-data.ts')).printDataCheck(folder);
};

/**
 * Checks a trace (a file of JSON lines, or `-` for the standard input), a server's data folder, a backup or a PostgreSQL database,
 * and prints the result.
 * Sets the exit code: 0 when everything is legal, 1 when something is not, 2 when the input cannot be read. Throws a
 * {@link UsageError} for `--sampled` with a folder.
 */
export async function check(
  path: string,
  { sampled = false }: CheckFlags,
  checkData: CheckData = loadAndCheckData,
): Promise<void> {
  if (path !== '-' && (isPostgres(path) || isFolder(path) || isDatabase(path))) {
    if (sampled) throw new UsageError(`--sampled is for traces, and ${path} is the data of a server.`);
    await checkData(path);
    return;
  }
  const text = readText(path);
  if (text === undefined) return;
  const { code, message } = checkTraceText(text, path === '-' ? 'line' : path, sampled);
  (code === 0 ? console.log : console.error)(message);
  process.exitCode = code;
}

const isPostgres = (path: string) => postgresUrl.read(path) !== undefined;

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** Whether a file begins as a SQLite database does, such as a backup. */
function isDatabase(path: string): boolean {
  const header = Buffer.alloc(16);
  try {
    const file = openSync(path, 'r');
    readSync(file, header, 0, header.length, 0);
    closeSync(file);
  } catch {
    // The reading of the trace says why.
  }
  return header.toString('latin1') === 'SQLite format 3\0';
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    console.error(`Cannot read ${path}: ${(error as Error).message}`);
    process.exitCode = 2;
    return undefined;
  }
}
