import type { DriverError } from '../driver.ts';
import { permanent } from '../failures.ts';

/** The failure of an operation whose process has exited. `how` says how it ended, when that is known. */
export function processExited(how: string | undefined): DriverError {
  return permanent(how === undefined ? unseenExit : `${unseenExit}: ${how}`);
}

/** The crash reason of a process whose end this server did not see. */
export const unseenExit = 'its process is gone';

/** Whether an error is one that the operating system names by one of these codes, such as `ENOENT`. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
