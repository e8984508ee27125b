import type { DriverError } from '../driver.ts';
import { lasting } from '../failures.ts';

/** The process that an operation needs is not there any more. `how` tells how it ended, when that is known. */
export function processGone(how: string | undefined): DriverError {
  return lasting(how === undefined ? gone : `${gone}: ${how}`);
}

/** What is said of a process whose end nobody saw. */
export const gone = 'its process is gone';

/** Whether an error is one that the operating system names by one of these codes, such as `ENOENT`. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}
