import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { permanent } from '../failures.ts';
import { hasCode } from './failures.ts';

/** The command of a sandbox without an entrypoint. It does nothing until it is killed. */
const idle = ['tail', '-f', '/dev/null'];

/**
 * The command of a sandbox: its name, then its arguments. Throws a permanent error with a sentence when it cannot be
 * run.
 */
export async function commandOf(
  entrypoint: readonly string[] | null,
  folder: string,
  path: string,
): Promise<readonly string[]> {
  const command = entrypoint === null || entrypoint.length === 0 ? idle : entrypoint;
  const [name = ''] = command;
  if (command.some((word) => word.includes('\0'))) {
    throw permanent('The entrypoint contains a NUL character, which a command cannot contain.');
  }
  const places = name.includes('/')
    ? [resolve(folder, name)]
    : path.split(':').map((place) => resolve(folder, place, name));
  for (const place of places) if (name !== '' && (await isProgram(place))) return command;
  throw permanent(
    name.includes('/')
      ? `The entrypoint ${JSON.stringify(name)} is not a program in the sandbox's files; use an executable file that exists there.`
      : `The entrypoint ${JSON.stringify(name)} was not found in PATH; use a command that is installed here, or a path to one.`,
  );
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG')) return false;
    throw error;
  }
}
