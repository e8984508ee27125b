import type { DriverError } from '../driver.ts';
import { permanent } from '../failures.ts';

/** The failure of an operation whose process has exited. `how` describes the end, when it is known. */
export function processExited(how: string | undefined): DriverError {
  return permanent(how === undefined ? unseenExit : `${unseenExit}: ${how}`);
}

/** The crash reason of a process whose end this server did not observe. */
export const unseenExit = 'its process has exited';

/** Whether an error has one of these system error codes, such as `ENOENT`. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/**
 * Whether an error of a read shows that a process does not exist, or that it belongs to another user. Every other error,
 * such as EMFILE, ENFILE, ENOMEM or EIO, says nothing about the process: the look has failed.
 */
export function isAbsence(error: unknown): boolean {
  return hasCode(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM');
}
